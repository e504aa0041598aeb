import { v7 as newId } from 'uuid';
import { recordIdentifiers, searchTerms } from 'clinic-rapport/schema';
import type { Context } from 'clinic-rapport';
import type { Candidate } from './batch.ts';
import type { ImportedPatient } from './mapping.ts';

/** Into which clinic rows are imported, from which system, in which transaction. */
export interface ImportingContext {
  readonly source: string;
  readonly clinic: {
    readonly id: string;
    readonly timeZone: string;
    readonly language: string;
    readonly currency: string;
  };
  readonly context: Context;
}

export const run = <T extends object>({ context }: ImportingContext, statement: string, ...values: unknown[]) =>
  context.em.execute<T[]>(statement, values);

/** The patients of the rows; of several rows of one patient the last counts. */
const distinct = (rows: readonly Candidate[]): ImportedPatient[] => [
  ...new Map(rows.map(({ imported: { patient } }) => [patient.externalId, patient])).values(),
];

/** Answers the ids of those that were not there before, by those of the other system. */
export async function insertPatients(
  rows: readonly Candidate[],
  importing: ImportingContext,
): Promise<Map<string, string>> {
  const { source, clinic, context } = importing;
  const records = distinct(rows).map(patient => ({ ...patient, id: newId() }));
  const inserted = await run<{ id: string; externalId: string }>(
    importing,
    `insert into patient (clinic_id, id, name, other_name, birth_date, birth_date_approximate, sex, language, source,
        external_id, created_at, updated_at)
     select ?, id, name, "otherName", "birthDate", coalesce("birthDateApproximate", false), sex, ?, ?, "externalId", ?, ?
     from jsonb_to_recordset(?::jsonb) as r(id uuid, name text, "otherName" text, "birthDate" date,
       "birthDateApproximate" boolean, sex text, "externalId" text)
     on conflict (clinic_id, source, external_id) do nothing
     returning id, external_id as "externalId"`,
    clinic.id,
    clinic.language,
    source,
    context.now,
    context.now,
    JSON.stringify(records),
  );
  return new Map(inserted.map(({ id, externalId }) => [externalId, id]));
}

/** Contact points and what the search finds them by, of new patients only: a known one may have changed since. */
export async function insertContacts(
  rows: readonly Candidate[],
  known: ReadonlyMap<string, string>,
  importing: ImportingContext,
): Promise<void> {
  const patients = distinct(rows).filter(({ externalId }) => known.has(externalId));
  const contacts = patients.flatMap(({ externalId, email, phone }) =>
    [email && { system: 'EMAIL', value: email }, phone && { system: 'PHONE', value: phone }]
      .filter(contact => contact !== undefined && contact !== '')
      .map((contact, at) => ({ ...(contact as object), externalId, id: newId(), rank: at + 1 })),
  );
  const terms = patients.flatMap(({ externalId, name, otherName, phone, birthDate }) =>
    searchTerms([name, ...(otherName ? [otherName] : [])], phone ? [phone] : [], birthDate).map(term => ({
      externalId,
      term,
    })),
  );
  await insertOfPatients('contact_point', ['id uuid', 'system text', 'value text', 'rank int'], contacts, importing);
  await insertOfPatients('patient_search_term', ['term text'], terms, importing);
}

/** Of new patients only, encrypted. */
export async function insertIdentifiers(
  rows: readonly Candidate[],
  known: ReadonlyMap<string, string>,
  { context }: ImportingContext,
): Promise<void> {
  const numbers = distinct(rows).flatMap(({ externalId, identifiers = [] }) => {
    const patientId = known.get(externalId);
    return patientId === undefined ? [] : identifiers.map(identifier => ({ ...identifier, patientId }));
  });
  await recordIdentifiers(numbers, context);
}

export async function insertConditions(rows: readonly Candidate[], importing: ImportingContext): Promise<void> {
  const conditions = rows.flatMap(({ imported: { patient } }) =>
    (patient.conditions ?? []).map(condition => ({
      ...condition,
      externalId: patient.externalId,
      id: newId(),
      recorded_at: importing.context.now,
    })),
  );
  const columns = ['id uuid', 'code text', 'display text', 'recorded_at timestamptz'];
  await insertOfPatients('patient_condition', columns, conditions, importing);
}

/** Rows of a table that points at patients, which are named by the other system's id. Those that are there stay. */
async function insertOfPatients(
  table: string,
  columns: readonly string[],
  records: readonly object[],
  importing: ImportingContext,
): Promise<void> {
  if (records.length === 0) return;
  const names = columns.map(column => column.split(' ')[0]!);
  await run(
    importing,
    `insert into ${table} (clinic_id, patient_id, ${names.join()})
     select p.clinic_id, coalesce(p.merged_into, p.id), ${names.map(name => `r.${name}`).join()}
     from jsonb_to_recordset(?::jsonb) as r("externalId" text, ${columns.join()})
     join patient p on p.clinic_id = ? and p.source = ? and p.external_id = r."externalId"
     on conflict do nothing`,
    JSON.stringify(records),
    importing.clinic.id,
    importing.source,
  );
}

/** Appointments, and the visits of those that were kept. Without a practitioner and a room they take no slot. */
export async function insertAppointments(rows: readonly Candidate[], importing: ImportingContext): Promise<void> {
  const { source, clinic } = importing;
  const appointments = rows.flatMap(({ imported: { appointment, patient } }) =>
    appointment ? [{ ...appointment, patient: patient.externalId, id: newId(), visit: newId() }] : [],
  );
  if (appointments.length === 0) return;
  await run(
    importing,
    `with r as (
       select r.*, coalesce(p.merged_into, p.id) as patient_id from jsonb_to_recordset(?::jsonb) as r(id uuid, visit uuid, "externalId" text,
         patient text, day date, "startsAt" timestamptz, "endsAt" timestamptz, "bookedAt" timestamptz, status text)
       join patient p on p.clinic_id = ? and p.source = ? and p.external_id = r.patient
     ), booked as (
       insert into appointment (clinic_id, id, patient_id, day, starts_at, ends_at, booked_at, lead_days, status, source,
         external_id)
       select ?, id, patient_id, day, "startsAt", "endsAt", "bookedAt",
         greatest(0, day - ("bookedAt" at time zone ?)::date), status, ?, "externalId" from r
       returning id
     )
     insert into visit (clinic_id, id, patient_id, appointment_id, status, started_at, completed_at, currency)
     select ?, visit, patient_id, id, 'COMPLETED', coalesce("startsAt", day::timestamp at time zone ?),
       coalesce("endsAt", day::timestamp at time zone ?), ?
     from r where status = 'FULFILLED'`,
    JSON.stringify(appointments),
    clinic.id,
    source,
    clinic.id,
    clinic.timeZone,
    source,
    clinic.id,
    clinic.timeZone,
    clinic.timeZone,
    clinic.currency,
  );
}
