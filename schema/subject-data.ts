import { conflict, sentMessage, unmask, type Context, type SubjectData } from 'clinic-rapport';
import { emptied } from './emptied-mail.ts';
import { find, findToChange } from './find.ts';
import { PatientIdentifier, placeOf } from './identifier.ts';
import { Patient } from './patient.ts';

/** Every table of the core and of the platform with rows of a patient, and the column that says of which. */
export const subjectTables = {
  patient: 'id',
  contact_point: 'patient_id',
  patient_identifier: 'patient_id',
  identifier_use: 'patient_id',
  patient_key: 'patient_id',
  patient_condition: 'patient_id',
  patient_allergy: 'patient_id',
  appointment: 'patient_id',
  visit: 'patient_id',
  visit_procedure: 'patient_id',
  patient_statistics: 'patient_id',
  patient_department: 'patient_id',
  consent: 'patient_id',
  delivery: 'patient_id',
  disturbance: 'patient_id',
  unsubscribe: 'patient_id',
  user_role: 'patient_id',
  related_person: 'patient_id',
  patient_interest: 'patient_id',
  subject_request: 'patient_id',
  patient_merge: 'patient_id',
  ended_link: 'patient_id',
  audit_entry: 'patient_id',
  questionnaire_response: 'patient_id',
  questionnaire_request: 'patient_id',
  step_up: 'patient_id',
  waitlist_offer: 'patient_id',
  waitlist_entry: 'patient_id',
  report: 'patient_id',
  report_file: 'patient_id',
  report_opening: 'patient_id',
} as const;

/** Of a mail that was still to be sent; the worker that had taken it has lost it. */
const dropped = `state = 'withheld', reason = 'PATIENT_ERASED', claimed_by = null, lease_until = null`;

/** The same of those that are still to be sent, among others. */
const dropping = `state = case when state in ('queued', 'claimed') then 'withheld' else state end,
  reason = case when state in ('queued', 'claimed') then 'PATIENT_ERASED' else reason end,
  claimed_by = case when state in ('queued', 'claimed') then null else claimed_by end`;

/** A recorded choice may name the row still. */
const nobodyRelated = `name = '—', email = null, email_verified_at = null, phone = null, person_id = null, evidence = null,
  ended_at = coalesce(ended_at, now()), version = version + 1`;

/** What cannot be told of whom once it is gone; that a visit took place, and what it cost, has to be kept. */
const erasures = [
  'delete from contact_point where clinic_id = ? and patient_id = ?',
  'delete from patient_identifier where clinic_id = ? and patient_id = ?',
  'update identifier_use set reason = null where clinic_id = ? and patient_id = ?',
  'delete from patient_condition where clinic_id = ? and patient_id = ?',
  'delete from patient_allergy where clinic_id = ? and patient_id = ?',
  'delete from patient_search_term where clinic_id = ? and patient_id = ?',
  `update user_account set name = '—', external_subject = null where id in
     (select patient_id from user_role where clinic_id = ? and patient_id = ? and user_id = patient_id)`,
  // Whoever may act for the patient, and all for whom the patient may.
  'delete from user_role where clinic_id = ? and patient_id = ?',
  "delete from user_role where clinic_id = ? and user_id = ? and role = 'patient'",
  'delete from patient_interest where clinic_id = ? and patient_id = ?',
  `update delivery set ${emptied}, ${dropping} where clinic_id = ?
     and related_person_id in (select id from related_person where patient_id = ?)`,
  `update related_person set ${nobodyRelated} where clinic_id = ? and patient_id = ?`,
  `update related_person set ${nobodyRelated} where clinic_id = ? and person_id = ?`,
  'delete from idempotency_key where clinic_id = ? and patient_ids = ?::text',
  'update appointment set note = null, cancellation_reason = null, external_id = null where clinic_id = ? and patient_id = ?',
  `update consent set evidence = null, notice = null where clinic_id = ? and patient_id = ?
     and (evidence is not null or notice is not null)`,
  // What one record took over from another one is written down beside the merge.
  "update patient_merge set reason = null, filled = '{}' where clinic_id = ? and patient_id = ?",
  "update patient_merge set reason = null, filled = '{}' where clinic_id = ? and merged_id = ?",
  "update subject_request set reason = null where clinic_id = ? and patient_id = ? and kind <> 'ERASURE'",
  `update delivery set ${emptied} where clinic_id = ? and patient_id = ?`,
  `update delivery set ${dropped} where clinic_id = ? and patient_id = ? and state in ('queued', 'claimed')`,
  // A hash of what went where.
  'update disturbance set household = null where clinic_id = ? and patient_id = ?',
  'delete from questionnaire_response where clinic_id = ? and patient_id = ?',
  'delete from questionnaire_request where clinic_id = ? and patient_id = ?',
  'delete from step_up where clinic_id = ? and patient_id = ?',
  'delete from waitlist_offer where clinic_id = ? and patient_id = ?',
  'delete from waitlist_entry where clinic_id = ? and patient_id = ?',
  'delete from report_opening where clinic_id = ? and patient_id = ?',
  'delete from report_file where clinic_id = ? and patient_id = ?',
  'delete from report where clinic_id = ? and patient_id = ?',
];

export const subjectData: SubjectData = {
  export: async (patientId, context) => {
    await find(Patient, patientId, context);
    const entries = Object.entries(subjectTables).map(async ([table, column]) => [
      table,
      await rowsOf(table, column, patientId, context),
    ]);
    const rows = Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>;
    return {
      ...rows,
      patient_identifier: await identifiersOf(patientId, context),
      delivery: await mailsOf(rows['delivery'] as MailRow[], context),
    };
  },
  erase: async (patientId, context) => {
    const patient = await findToChange(Patient, patientId, undefined, context);
    if (patient.heldSince) throw conflict('A legal hold stands: nothing of this patient may be erased.');
    // What any plugin has sealed of this patient is unreadable then, also where it forgot to remove it.
    await context.vault.shred(patientId);
    await forgetAddresses(patientId, context);
    for (const statement of erasures) await context.em.execute(statement, [context.clinicId, patientId]);
    context.em.assign(patient, {
      ...nobody(patient),
      erasedAt: patient.erasedAt ?? context.now,
      updatedAt: context.now,
    });
    await context.em.flush();
  },
  hold: async (patientId, on, context) => {
    const patient = await findToChange(Patient, patientId, undefined, context);
    patient.heldSince = on ? (patient.heldSince ?? context.now) : null;
    await context.em.flush();
  },
};

/** Mails that went to an address as such are found by it; of a household, the others keep theirs. */
const bareMails = `patient_id is null and related_person_id is null and user_id is null and address is not null
  and clinic_id = ? and address in (
    select value from jsonb_array_elements_text(?::jsonb)
    except select value from contact_point where clinic_id = ? and patient_id <> ? and system = 'EMAIL')`;

/**
 * A stop for an address outlives whoever had it, as a hash: it is not to get mail when someone registers it again. What else
 * was sent there, or was asked for from there, is not to tell it.
 */
async function forgetAddresses(patientId: string, context: Context): Promise<void> {
  const { em, clinicId } = context;
  const known = await em.execute<{ address: string }[]>(
    `select value as address from contact_point where clinic_id = ? and patient_id = ? and system = 'EMAIL'
     union select address from delivery where clinic_id = ? and patient_id = ? and address is not null`,
    [clinicId, patientId, clinicId, patientId],
  );
  for (const { address } of known) await unmask(address, context);
  const forms = JSON.stringify(known.flatMap(({ address }) => [address, address.toLowerCase()]));
  const bare = [clinicId, forms, clinicId, patientId];
  await em.execute(`update delivery set ${dropped} where state in ('queued', 'claimed') and ${bareMails}`, bare);
  await em.execute(`update delivery set ${emptied} where ${bareMails}`, bare);
  for (const table of ['sign_in_link', 'sign_in_request']) {
    await em.execute(
      `delete from ${table} where clinic_id = ? and lower(email) in
         (select lower(value) from jsonb_array_elements_text(?::jsonb))`,
      [clinicId, forms],
    );
  }
}

/** In clear: they are the patient's own. */
async function identifiersOf(patientId: string, { em, vault }: Context): Promise<unknown[]> {
  const identifiers = await em.find(PatientIdentifier, { patient: patientId }, { orderBy: { id: 'asc' } });
  return Promise.all(
    identifiers.map(async ({ id, kind, country, recordedAt, sealed }) => ({
      ...{ id, kind, country, recorded_at: recordedAt.toISOString() },
      value: await vault.open(sealed, placeOf(id)),
    })),
  );
}

interface MailRow {
  readonly id: string;
  readonly template: string | null;
  readonly fields: unknown;
}

/** Each as it was sent, in place of what it is kept as. */
const mailsOf = (rows: readonly MailRow[], { load }: Context): Promise<unknown[]> =>
  Promise.all(
    rows.map(async ({ template: _, fields: __, ...row }) => {
      const { subject, html, text } = (await load(sentMessage, row.id)) ?? {};
      return { ...row, message: html === undefined ? null : { subject, html, text } };
    }),
  );

const nobody = ({ birthDate }: Patient) => ({
  name: '—',
  otherName: null,
  birthDate: birthDate && `${birthDate.slice(0, 4)}-01-01`,
  birthDateApproximate: true,
  preferredDepartment: null,
  residence: null,
  origin: null,
  timeZone: null,
  source: null,
  externalId: null,
});

async function rowsOf(table: string, column: string, patientId: string, { em, clinicId }: Context): Promise<unknown> {
  const rows = await em.execute<{ rows: unknown }[]>(
    `select coalesce(jsonb_agg(to_jsonb(t) - '{verification_code,wrapped,sealed,lookup}'::text[]), '[]') as rows from ${table} t
     where clinic_id = ? and ${column} = ?`,
    [clinicId, patientId],
  );
  return rows[0]!.rows;
}
