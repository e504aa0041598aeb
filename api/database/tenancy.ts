/**
 * Who sees which rows, decided by PostgreSQL under every resolver and every plugin.
 *
 * Two settings, local to a transaction, say who reads: `app.clinic_id`, and `app.patient_ids` (`*` for staff, else the
 * ids of the patient and wards, separated by commas). Unset means no rows. A policy is written here and nowhere else.
 */
export interface Scope {
  readonly clinicId: string;
  readonly patientIds: '*' | readonly string[];
}

export const databaseRoles = { owner: 'rapport_owner', app: 'rapport_app', dispatch: 'rapport_dispatch' } as const;

/** The session variables of a scope, for `set_config(name, value, true)`. */
export const variablesOf = ({
  clinicId,
  patientIds,
}: Scope): { 'app.clinic_id': string; 'app.patient_ids': string } => ({
  'app.clinic_id': clinicId,
  'app.patient_ids': patientIds === '*' ? '*' : patientIds.join(','),
});

export interface ClinicTable {
  /** The column that points at a patient; rows of other patients, and rows without one, are then hidden from a patient. */
  patient?: string;
  /** The column with the `app.patient_ids` of who wrote the row; a patient then sees rows written for no other patients. */
  scope?: string;
  /** What the runtime role may do; `select, insert` makes the table append only. */
  grants?: 'select' | 'select, insert' | 'select, insert, update' | 'select, insert, update, delete';
  /** Columns that the dispatcher may read over all clinics, to find out for which clinic there is work. */
  routing?: readonly string[];
}

const clinicSetting = "nullif(current_setting('app.clinic_id', true), '')::uuid";
// The sub-selects make PostgreSQL evaluate a setting once for a statement, not once for a row.
const seesAll = "(select current_setting('app.patient_ids', true)) = '*'";
const seenPatients = "(select string_to_array(nullif(current_setting('app.patient_ids', true), ''), ','))::text[]";

/** Statements that put a table with a `clinic_id` under row-level security. Every table of a plugin ends with them. */
export function clinicTable(table: string, options: ClinicTable = {}): string[] {
  return protect(table, `clinic_id = ${clinicSetting}`, options);
}

/** For the clinic table itself, and for tables whose clinic is found through another one. */
export function protect(table: string, visible: string, options: ClinicTable = {}): string[] {
  const { patient, scope, grants = 'select, insert, update, delete', routing } = options;
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy ${table}_clinic on ${table} to ${databaseRoles.app} using (${visible}) with check (${visible})`,
    ...(patient ? [patientPolicy(table, patient)] : []),
    ...(scope ? [scopePolicy(table, scope)] : []),
    `grant ${grants} on ${table} to ${databaseRoles.app}`,
    ...(routing ? routingPolicy(table, routing) : []),
  ];
}

const patientPolicy = (table: string, column: string): string =>
  hidden(table, `${seesAll} or ${column}::text = any(${seenPatients})`);

const scopePolicy = (table: string, column: string): string =>
  hidden(table, `${seesAll} or string_to_array(${column}, ',') <@ ${seenPatients}`);

function hidden(table: string, visible: string): string {
  return `create policy ${table}_patient on ${table} as restrictive to ${databaseRoles.app} using (${visible}) with check (${visible})`;
}

function routingPolicy(table: string, columns: readonly string[]): string[] {
  return [
    `create policy ${table}_routing on ${table} for select to ${databaseRoles.dispatch} using (true)`,
    `grant select (${columns.join(', ')}) on ${table} to ${databaseRoles.dispatch}`,
  ];
}
