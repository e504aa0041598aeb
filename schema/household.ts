import { defineLoader, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { dayOf } from './clinic-day.ts';

interface Asked {
  readonly deliveryId: string;
  readonly patientId: string;
  readonly address: string;
}

/**
 * Whether another one of the household has the same mail already: of the same name, to the same address, with the same data, on the same day
 * of the clinic. By a delivery, its patient and address. The first to ask has it, and keeps it, unless it is not sent in the
 * end; two workers cannot both be the first, as they ask one after the other until the end of their transactions.
 */
export const isServed = defineLoader<string, boolean>(async (keys, context) => {
  const asked = keys.map(key => JSON.parse(key) as Asked);
  const marks = await marksOf(asked, context);
  await lock([...new Set(marks.values())].toSorted(), context);
  const holders = await holdersOf([...new Set(marks.values())], context);
  const first = asked.filter(({ deliveryId, patientId }) => {
    const mark = marks.get(deliveryId);
    if (mark === undefined) return true;
    const holder = holders.get(mark) ?? patientId;
    holders.set(mark, holder);
    return holder === patientId;
  });
  await note(first, marks, context);
  const firsts = new Set(first.map(({ deliveryId }) => deliveryId));
  return asked.map(({ deliveryId }) => !firsts.has(deliveryId));
});

async function marksOf(asked: readonly Asked[], context: Context): Promise<Map<string, string>> {
  const { em, clinicId, now } = context;
  const today = dayOf(now, (await clinicOf(context)).timeZone);
  const rows = await em.execute<{ id: string; mark: string }[]>(
    `select d.id, encode(sha256(convert_to(jsonb_build_array(d.mail, d.data, lower(a.address), ?::text)::text, 'UTF8')), 'hex') as mark
     from jsonb_to_recordset(?::jsonb) as a ("deliveryId" uuid, address text)
     join delivery d on d.clinic_id = ? and d.id = a."deliveryId"`,
    [today, JSON.stringify(asked), clinicId],
  );
  return new Map(rows.map(({ id, mark }) => [id, mark]));
}

async function lock(marks: readonly string[], { em, clinicId }: Context): Promise<void> {
  await em.execute(
    `select pg_advisory_xact_lock(hashtextextended('household ' || ? || value, 0))
     from jsonb_array_elements_text(?::jsonb) with ordinality order by ordinality`,
    [clinicId, JSON.stringify(marks)],
  );
}

/** Patients by mark. What was not sent in the end served nobody. */
async function holdersOf(marks: readonly string[], { em, clinicId }: Context): Promise<Map<string, string>> {
  const rows = await em.execute<{ mark: string; patient_id: string }[]>(
    `select household as mark, patient_id from delivery
     where clinic_id = ? and household in (select value from jsonb_array_elements_text(?::jsonb))
       and state not in ('withheld', 'failed')`,
    [clinicId, JSON.stringify(marks)],
  );
  return new Map(rows.map(({ mark, patient_id }) => [mark, patient_id]));
}

async function note(first: readonly Asked[], marks: ReadonlyMap<string, string>, context: Context): Promise<void> {
  const { em, clinicId } = context;
  const given = first.flatMap(({ deliveryId: id }) => (marks.has(id) ? [{ id, mark: marks.get(id) }] : []));
  if (given.length === 0) return;
  await em.execute(
    `update delivery d set household = g.mark from jsonb_to_recordset(?::jsonb) as g (id uuid, mark text)
     where d.clinic_id = ? and d.id = g.id`,
    [JSON.stringify(given), clinicId],
  );
}
