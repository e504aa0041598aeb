import type { Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { dayOf } from './clinic-day.ts';

/** Of an offer: another one of the household may have it already. */
export interface Offered {
  readonly deliveryId: string;
  readonly address: string;
}

/**
 * What the offers of a household have in common, by delivery: the same mail to the same address, with the same data, on the same
 * day of the clinic. A hash, as it stays when the delivery has been sent.
 */
export async function marksOf(offers: readonly Offered[], context: Context): Promise<ReadonlyMap<string, string>> {
  if (offers.length === 0) return new Map();
  const { em, clinicId, now } = context;
  const today = dayOf(now, (await clinicOf(context)).timeZone);
  const rows = await em.execute<{ id: string; mark: string }[]>(
    `select d.id, encode(sha256(convert_to(jsonb_build_array(d.mail, d.data, lower(a.address), ?::text)::text, 'UTF8')), 'hex') as mark
     from jsonb_to_recordset(?::jsonb) as a ("deliveryId" uuid, address text)
     join delivery d on d.clinic_id = ? and d.id = any(?::uuid[]) and d.id = a."deliveryId"`,
    [today, JSON.stringify(offers), clinicId, `{${offers.map(({ deliveryId }) => deliveryId).join()}}`],
  );
  return new Map(rows.map(({ id, mark }) => [id, mark]));
}

/** Who of the household has it: patients by mark. What was not sent in the end served nobody. */
export async function holdersOf(marks: readonly string[], { em, clinicId }: Context): Promise<Map<string, string>> {
  if (marks.length === 0) return new Map();
  const rows = await em.execute<{ mark: string; patient_id: string }[]>(
    `select s.household as mark, s.patient_id from disturbance s
     join delivery d on d.clinic_id = s.clinic_id and d.id = s.delivery_id and d.state not in ('withheld', 'failed')
     where s.clinic_id = ? and s.household = any(?::text[])`,
    [clinicId, `{${marks.join()}}`],
  );
  return new Map(rows.map(({ mark, patient_id }) => [mark, patient_id]));
}
