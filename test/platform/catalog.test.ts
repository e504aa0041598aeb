import pg from 'pg';
import { installedPlugins } from '../../scripts/installed.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';

// What row-level security rests on, held for every table that any installed plugin brings. An exception has a name here.

interface Rule {
  readonly rule: string;
  /** Finds what breaks the rule, in its first column. */
  readonly offenders: string;
  /** What may break it, and why. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

const tables = `
  select c.oid, c.relname as name, c.relrowsecurity, c.relforcerowsecurity, c.relowner,
    (select attnum from pg_attribute where attrelid = c.oid and attname = 'clinic_id') as clinic,
    (select attnum from pg_attribute where attrelid = c.oid and attname = case c.relname when 'patient' then 'id' else 'patient_id' end) as patient
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`;

const noClinic = {
  rapport_migration: 'which migrations ran',
  agenda_jobs: 'what recurs; names no clinic and no patient',
  rate_limit: 'counts by hashes of keys; not readable by the runtime',
};

/** Conditions of a policy are stored as text: `current_setting('app.clinic_id'::text, true)`. */
const clinicCondition = `%current_setting('app.clinic_id'::text, true)%`.replaceAll("'", "''");
const patientCondition = `%current_setting('app.patient_ids'::text, true)%`.replaceAll("'", "''");

const rules: readonly Rule[] = [
  {
    rule: 'every table names its clinic',
    offenders: `select name from (${tables}) t where clinic is null`,
    exceptions: {
      ...noClinic,
      clinic: 'is the clinic; its policy compares the id',
      user_account: 'a person may work in several clinics; its policy asks user_role',
    },
  },
  {
    rule: 'a clinic_id is a uuid and never null',
    offenders: `select t.name from (${tables}) t join pg_attribute a on a.attrelid = t.oid and a.attnum = t.clinic
      where not a.attnotnull or a.atttypid <> 'uuid'::regtype`,
  },
  {
    rule: 'row-level security is enabled and forced',
    offenders: `select name from (${tables}) t where not (relrowsecurity and relforcerowsecurity)`,
    exceptions: noClinic,
  },
  {
    rule: 'the migrations own every table',
    offenders: `select name from (${tables}) t where relowner <> 'rapport_owner'::regrole`,
  },
  {
    rule: 'one permissive policy of the runtime demands the clinic for reading and for writing',
    offenders: `select name from (${tables}) t where relrowsecurity and 1 <> (
      select count(*) filter (where polcmd = '*' and pg_get_expr(polqual, polrelid) like '${clinicCondition}'
        and pg_get_expr(polwithcheck, polrelid) like '${clinicCondition}')
        + 10 * count(*) filter (where polcmd <> '*' or polwithcheck is null)
      from pg_policy where polrelid = t.oid and polpermissive and 'rapport_app'::regrole = any(polroles))`,
  },
  {
    rule: 'a restrictive policy hides the rows of other patients, for reading and for writing',
    offenders: `select name from (${tables}) t where patient is not null and not exists (
      select from pg_policy where polrelid = t.oid and not polpermissive and polcmd = '*' and polroles = array['rapport_app'::regrole::oid]
        and pg_get_expr(polqual, polrelid) like '${patientCondition}' and pg_get_expr(polwithcheck, polrelid) like '${patientCondition}')`,
  },
  {
    rule: 'a column that points at a patient is called patient_id, so that no table escapes the rule above',
    offenders: `select t.name || '.' || a.attname from (${tables}) t
      join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.confrelid = 'patient'::regclass
      join pg_attribute a on a.attrelid = t.oid and a.attnum = any(k.conkey)
      where a.attname not in ('clinic_id', 'patient_id')`,
    exceptions: {
      'patient.merged_into': 'a record of the same person; the row is hidden by its own id',
      'referrals_referral.friend_id': 'the row is the advocate’s, by patient_id; the friend is not to see who that is',
    },
  },
  {
    rule: 'policies are for the runtime and the dispatcher only',
    offenders: `select polname from pg_policy where not polroles <@ array['rapport_app'::regrole::oid, 'rapport_dispatch'::regrole::oid]`,
  },
  {
    rule: 'policies call no function that must run for every row',
    offenders: `select distinct polname from pg_policy p
      join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
      join pg_proc f on f.oid = d.refobjid where f.provolatile = 'v'`,
  },
  {
    rule: 'every unique index contains the clinic: another one would tell what other clinics have',
    offenders: `select i.indexrelid::regclass::text from (${tables}) t join pg_index i on i.indrelid = t.oid and i.indisunique
      where t.clinic is null or not t.clinic = any(i.indkey::int2[])`,
    exceptions: {
      rapport_migration_pkey: noClinic.rapport_migration,
      rate_limit_pkey: noClinic.rate_limit,
      agenda_jobs_pkey: noClinic.agenda_jobs,
      agenda_jobs_single_job_idx: noClinic.agenda_jobs,
      agenda_jobs_recurring: noClinic.agenda_jobs,
      clinic_pkey: 'is the clinic',
      clinic_slug_key: 'set by an operator; the runtime may not insert clinics of other ids',
      user_account_pkey: 'of all clinics; a random number',
      user_account_subject_key: 'of all clinics; named by issuers, and told to nobody',
      user_account_external_subject_key: 'of all clinics; named by issuers, and told to nobody',
    },
  },
  {
    rule: 'every primary key begins with the clinic',
    offenders: `select t.name from (${tables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'p'
      where k.conkey[1] is distinct from t.clinic`,
    exceptions: { ...noClinic, clinic: 'is the clinic', user_account: 'of all clinics' },
  },
  {
    rule: 'every exclusion constraint compares the clinic',
    offenders: `select conname from (${tables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'x'
      where not t.clinic = any(k.conkey)`,
  },
  {
    rule: 'every foreign key carries the clinic to the clinic: checks of foreign keys pass row-level security',
    offenders: `select k.conname from (${tables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
      join (${tables}) r on r.oid = k.confrelid
      where t.clinic is null or coalesce(array_position(k.conkey, t.clinic), 0) <>
        coalesce(array_position(k.confkey, coalesce(r.clinic, case r.name when 'clinic' then 1::int2 end)), -1)`,
    exceptions: {
      user_role_user_id_fkey: 'a user is of all clinics',
      break_glass_user_id_fkey: 'a user is of all clinics',
      practitioner_user_id_fkey: 'a user is of all clinics',
    },
  },
  {
    rule: 'every view runs with the rights of the one who asks',
    offenders: `select relname from pg_class where relnamespace = 'public'::regnamespace and (relkind = 'm'
      or relkind = 'v' and not coalesce(reloptions @> array['security_invoker=true'] or reloptions @> array['security_invoker=on'], false))`,
  },
  {
    rule: 'no function runs with the rights of its owner',
    offenders: `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
  },
  {
    rule: 'the runtime and the dispatcher own nothing, inherit nothing and pass no policy',
    offenders: `select rolname from pg_roles r where rolname in ('rapport_app', 'rapport_dispatch') and (rolsuper or rolbypassrls
      or rolcreaterole or rolcreatedb or rolcanlogin or exists (select from pg_auth_members where member = r.oid)
      or exists (select from pg_class where relowner = r.oid) or has_schema_privilege(r.oid, 'public', 'create'))`,
  },
  {
    rule: 'the runtime may read and write rows, and nothing else of a table',
    offenders: `select distinct t.name || ' ' || g.privilege_type from (${tables}) t, pg_class c, aclexplode(c.relacl) g
      where c.oid = t.oid and (g.grantee = 0 or g.grantee = 'rapport_app'::regrole
        and (g.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') or t.name = 'rapport_migration'))`,
  },
  {
    rule: 'the dispatcher reads the columns by which work and credentials are found, and nothing else',
    offenders: `select t.name || '.' || a.attname from (${tables}) t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
      where has_column_privilege('rapport_dispatch', t.oid, a.attnum, 'select')
      union all select t.name || ' ' || p from (${tables}) t, unnest(array['insert', 'update', 'delete']) p
      where has_table_privilege('rapport_dispatch', t.oid, p)`,
    exceptions: {
      'rate_limit insert': 'counts hashes; of no clinic',
      'rate_limit update': 'counts hashes; of no clinic',
      'rate_limit delete': 'counts hashes; of no clinic',
      ...routing({
        clinic: 'id slug time_zone',
        clinic_plugin: 'clinic_id plugin enabled',
        user_role: 'clinic_id user_id role patient_id until',
        user_account: 'id subject external_subject email email_verified_at disabled_at',
        api_key: 'clinic_id id hash scopes expires_at revoked_at',
        standing_change: 'id xid bearer',
        outbox: 'clinic_id id xid position name subject_type subject_id subject_version patient_id payload created_at',
        audit_waiting: 'clinic_id',
        outbox_forgotten: 'clinic_id name xid position',
        event_handling: 'clinic_id id handler state due_at lease_until',
        job: 'clinic_id id name state due_at lease_until',
        job_schedule: 'clinic_id name slot',
        agenda_jobs: 'name repeat_timezone last_run_at',
        delivery: 'clinic_id id state due_at lease_until stream',
        rapport_migration: 'name',
        rate_limit: 'key points expire',
        clinic_origin: 'clinic_id origin',
        clinic_key: 'master_key',
      }),
    },
  },
];

function routing(columns: Record<string, string>): Record<string, string> {
  const names = Object.entries(columns).flatMap(([table, list]) => list.split(' ').map(column => `${table}.${column}`));
  return Object.fromEntries(names.map(name => [name, 'finds work, or who is asking']));
}

let database: ClonedDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await cloneDatabase(await installedPlugins());
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const offendersOf = async ({ offenders }: Rule): Promise<string[]> =>
  (await client.query<[string]>({ text: offenders, rowMode: 'array' })).rows.map(([name]) => name);

test.each(rules.map(rule => [rule.rule, rule] as const))('%s', async (_, rule) => {
  const found = await offendersOf(rule);
  expect(found.filter(name => !rule.exceptions?.[name])).toEqual([]);
  // An exception that is not needed any more would let a new table of that name through.
  expect(Object.keys(rule.exceptions ?? {}).filter(name => !found.includes(name))).toEqual([]);
});

test('each rule finds a table, view, function or role that breaks it', async () => {
  await client.query('begin');
  for (const statement of faults) await client.query(statement);
  for (const rule of rules) {
    const found = (await offendersOf(rule)).filter(name => !rule.exceptions?.[name]);
    expect([rule.rule, found]).toEqual([
      rule.rule,
      expect.arrayContaining([expect.stringMatching(/fault|^rapport_dispatch$/)]),
    ]);
  }
  await client.query('rollback');
});

const faults = [
  'create table fault_bare (id uuid primary key)',
  `create table fault_half (
    clinic_id text, patient_id uuid, guardian_clinic uuid, guardian_id uuid, slot int4range,
    exclude using gist (slot with &&), foreign key (guardian_clinic, guardian_id) references patient (clinic_id, id)
  )`,
  'alter table fault_half enable row level security',
  'create policy fault_for_all on fault_half using (true)',
  `create function fault_volatile() returns boolean language sql volatile as 'select true'`,
  'create policy fault_slow on fault_half to rapport_app using (fault_volatile())',
  `create view fault_view as select 1 as one`,
  `create function fault_definer() returns integer language sql security definer as 'select 1'`,
  'grant truncate on fault_half to rapport_app',
  'grant select (slot) on fault_half to rapport_dispatch',
  'alter role rapport_dispatch bypassrls',
];
