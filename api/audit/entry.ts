import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import { seeingAllPatients } from '../database/all-patients.ts';
import { steady } from '../database/steady.ts';
import type { Scope } from '../database/tenancy.ts';
import type { Actor } from '../plugin.ts';

/** What was done: something was read, made, changed or removed; or someone did something that shows in no entity. */
export type EntryKind = 'READ' | 'CREATE' | 'UPDATE' | 'DELETE' | 'ACT';

/** As what something is done: the permission that it needed, and the field of the API by which it was asked for. */
export interface Act {
  /** `appointment.book`; without a permission the name of the operation, job, handler or link. */
  readonly action: string;
  /** `bookAppointment`. */
  readonly operation?: string;
}

/** To what. Names and ids, never a value. */
export interface Deed {
  readonly kind: EntryKind;
  /** Name of the table. */
  readonly subjectType?: string;
  readonly subjectId?: string;
  readonly patientId?: string;
  readonly fields?: readonly string[];
  /** How many rows a list had. */
  readonly rowCount?: number;
}

/** Who does it, and in answer to which request. */
export interface Doer {
  readonly actor: Actor;
  readonly requestId: string;
  readonly now: Date;
}

/** A row of `audit_entry` but for its clinic. */
export interface Entry extends Act, Deed {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: Actor['kind'];
  readonly actorId: string;
  readonly actorRole?: string;
  readonly requestId: string;
}

export function entryOf({ actor, requestId, now }: Doer, act: Act, deed: Deed): Entry {
  const { kind: actorKind, id: actorId, roles, patientIds } = actor;
  // Whoever sees one patient alone has to do with that one.
  const patientId = deed.patientId ?? (patientIds !== '*' && patientIds.length === 1 ? patientIds[0] : undefined);
  return { id: newId(), at: now, actorKind, actorId, actorRole: roles[0], requestId, ...act, ...deed, patientId };
}

/** Where the patient of a subject is found that is known by its id alone: `"appointment"`, by the name of the table. */
export type PatientColumns = ReadonlyMap<string, string>;

const none: PatientColumns = new Map();

const statement = (
  patients: PatientColumns,
  [clinic, entries]: readonly [string, string],
): string => `insert into audit_entry (clinic_id, id, at, kind, action,
    operation, actor_kind, actor_id, actor_role, request_id, subject_type, subject_id, patient_id, fields, row_count)
  select c.id, r.id, r.at, r.kind, r.action, r.operation, r."actorKind", r."actorId", r."actorRole", r."requestId",
    r."subjectType", r."subjectId", ${patientSql(patients)}, coalesce(r.fields, '{}'), r."rowCount"
  from (select ${clinic}::uuid as id) c, jsonb_to_recordset(${entries}::jsonb) as r(id uuid, at timestamptz, kind text, action text,
    operation text, "actorKind" text, "actorId" text, "actorRole" text, "requestId" text, "subjectType" text,
    "subjectId" text, "patientId" uuid, fields text[], "rowCount" integer)
  order by r.id`;

function patientSql(patients: PatientColumns): string {
  if (patients.size === 0) return 'r."patientId"';
  const cases = [...patients].map(
    ([name, from]) =>
      `when '${name}' then (select t.patient_id from ${from} t where t.clinic_id = c.id and t.id = r."subjectId"::uuid)`,
  );
  return `coalesce(r."patientId", case r."subjectType" ${cases.join(' ')} end)`;
}

/** Of a change, which names its patients itself. */
const insert = steady('audit entries', statement(none, ['$1', '$2']));

/** Writes the entries in the open transaction, whichever patients it sees. */
export async function writeEntries(
  em: EntityManager,
  { clinicId, patientIds }: Scope,
  entries: readonly Entry[],
  patients = none,
): Promise<void> {
  const values = [clinicId, JSON.stringify(entries)] as const;
  const write = (): Promise<unknown> =>
    patients.size === 0 ? insert(em, values) : em.execute(statement(patients, ['?', '?']), [...values]);
  await (patientIds === '*' ? write() : seeingAllPatients({ em }, write));
}
