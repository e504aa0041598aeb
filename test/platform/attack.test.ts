import pg from 'pg';
import { databaseRoles, variablesOf, type Scope } from '../../api/database/tenancy.ts';
import { installedPlugins } from '../../scripts/installed.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';
import { insertOf, readTables, Specimen, type Row, type Table } from './specimen.ts';

// What a plugin that is wrong, or an injected statement, could do as the runtime's role: tried on every table there is.

/** Not of a clinic, with what the runtime may do there. */
const ofNoClinic = new Set(['rapport_migration', 'agenda_jobs', 'user_account']);
/** Of hashes alone: the dispatcher counts in it, and the runtime cannot read it. */
const countsOnly = 'rate_limit';
const refused = { permission: '42501', foreignKey: '23503' };

let clone: ClonedDatabase;
let client: pg.Client;
let tables: Table[];

/** Two patients of one clinic, and one of another. */
const own = new Specimen('own');
const neighbour = new Specimen('neighbour', own);
const foreign = new Specimen('foreign');

const staff: Scope = { clinicId: own.clinicId, patientIds: '*' };
const patient = (): Scope => ({ clinicId: own.clinicId, patientIds: [String(own.rows.get('patient')!['id'])] });

beforeAll(async () => {
  clone = await cloneDatabase(await installedPlugins());
  client = new pg.Client({ connectionString: clone.url });
  await client.connect();
  tables = (await readTables(client)).filter(({ name }) => name !== 'rapport_migration' && name !== countsOnly);
  await client.query('begin');
  for (const specimen of [own, neighbour, foreign]) {
    for (const table of tables.filter(({ name }) => name !== 'clinic' || specimen !== neighbour))
      await specimen.add(client, table);
  }
  await client.query('commit');
});

afterAll(async () => {
  await client?.end();
  await clone?.drop();
});

/** The number of rows, or the code of the error, of a statement that is rolled back. */
async function attempt(
  scope: Scope | undefined,
  text: string,
  values: unknown[] = [],
  role: string = databaseRoles.app,
): Promise<number | string> {
  await client.query('begin');
  try {
    await client.query(`set local role ${role}`);
    for (const [name, value] of Object.entries(scope ? variablesOf(scope) : {}))
      await client.query('select set_config($1, $2, true)', [name, value]);
    return (await client.query(text, values)).rowCount ?? 0;
  } catch (error) {
    return (error as pg.DatabaseError).code ?? String(error);
  } finally {
    await client.query('rollback');
  }
}

const where = ({ key }: Table, from = 1): string => key.map((column, at) => `${column} = $${at + from}`).join(' and ');
const keyOf = ({ key, name }: Table, { rows }: Specimen): unknown[] => key.map(column => rows.get(name)![column]);
const select = (table: Table, specimen: Specimen, scope?: Scope): Promise<number | string> =>
  attempt(scope, `select from ${table.name} where ${where(table)}`, keyOf(table, specimen));
const remove = (table: Table, specimen: Specimen, scope?: Scope): Promise<number | string> =>
  attempt(scope, `delete from ${table.name} where ${where(table)}`, keyOf(table, specimen));
const update = (
  table: Table,
  specimen: Specimen,
  column: string,
  value: unknown,
  scope?: Scope,
): Promise<number | string> =>
  attempt(scope, `update ${table.name} set ${column} = $1 where ${where(table, 2)}`, [
    value,
    ...keyOf(table, specimen),
  ]);
const insert = (table: Table, row: Row, scope?: Scope): Promise<number | string> =>
  attempt(scope, insertOf(table.name, row), Object.values(row));

const clinicColumn = ({ name }: Table): string => (name === 'clinic' ? 'id' : 'clinic_id');
const patientColumn = ({ name, columns }: Table): string | undefined =>
  name === 'patient' ? 'id' : columns.find(column => column.name === 'patient_id')?.name;

/** Does the same to each table and shows those where the answer is not among the expected ones. */
async function onEach(
  chosen: readonly Table[],
  work: (table: Table) => Promise<number | string>,
  ...expected: (number | string)[]
): Promise<void> {
  expect(chosen.length).toBeGreaterThan(5);
  const wrong: string[] = [];
  for (const table of chosen) {
    const answer = await work(table);
    if (!expected.includes(answer)) wrong.push(`${table.name}: ${answer}`);
  }
  expect(wrong).toEqual([]);
}

const ofClinic = (): Table[] => tables.filter(({ name }) => !ofNoClinic.has(name));
const ofPatient = (): Table[] => ofClinic().filter(patientColumn);

test('every table has a row in each specimen, and staff see those of their clinic', async () => {
  await onEach(ofClinic(), table => select(table, own, staff), 1);
  await onEach(ofPatient(), table => select(table, neighbour, staff), 1);
});

/** Which a trigger refuses to change whatever the new value is, also to their owner. */
const appendOnly: ReadonlySet<string> = new Set(['audit_entry', 'audit_link', 'audit_head', 'membership_ledger_entry']);

describe('from another clinic', () => {
  test('no row is seen', () => onEach(ofClinic(), table => select(table, foreign, staff), 0));

  test('no row is seen without its key either', () =>
    onEach(
      ofClinic(),
      table => attempt(staff, `select from ${table.name} where ${clinicColumn(table)} <> $1`, [own.clinicId]),
      0,
    ));

  test('no row is changed', () =>
    onEach(
      ofClinic(),
      table => update(table, foreign, clinicColumn(table), foreign.clinicId, staff),
      0,
      refused.permission,
    ));

  test('no row is removed', () => onEach(ofClinic(), table => remove(table, foreign, staff), 0, refused.permission));

  test('no row is added', () =>
    onEach(ofClinic(), table => insert(table, foreign.row(table), staff), refused.permission));

  test('no row is moved there', () =>
    onEach(ofClinic(), table => update(table, own, clinicColumn(table), foreign.clinicId, staff), refused.permission));

  test('nothing is pointed at, not even by the owner', async () => {
    const pointing = ofClinic().filter(({ references }) => references.some(reference => reference.ofClinic));
    expect(pointing.length).toBeGreaterThan(5);
    for (const table of pointing) {
      for (const { column, target } of table.references.filter(reference => reference.ofClinic)) {
        const text = `update ${table.name} set ${column} = $1 where ${where(table, 2)}`;
        const values = [foreign.rows.get(target)!['id'], ...keyOf(table, own)];
        const answer = await attempt(undefined, text, values, databaseRoles.owner);
        const expected = appendOnly.has(table.name) ? refused.permission : refused.foreignKey;
        expect([table.name, column, answer]).toEqual([table.name, column, expected]);
      }
    }
  });
});

describe('of another patient', () => {
  test('a patient sees the own rows', () => onEach(ofPatient(), table => select(table, own, patient()), 1));

  test('no row is seen', () => onEach(ofPatient(), table => select(table, neighbour, patient()), 0));

  test('no row is changed', () =>
    onEach(
      ofPatient(),
      table => update(table, neighbour, 'clinic_id', own.clinicId, patient()),
      0,
      refused.permission,
    ));

  test('no row is removed', () =>
    onEach(ofPatient(), table => remove(table, neighbour, patient()), 0, refused.permission));

  test('no row is added', () =>
    onEach(ofPatient(), table => insert(table, neighbour.row(table), patient()), refused.permission));

  test('no row is handed over', () =>
    onEach(
      ofPatient(),
      table => update(table, own, patientColumn(table)!, neighbour.rows.get('patient')!['id'], patient()),
      refused.permission,
    ));

  test('no row without a patient is seen', async () => {
    const optional = ofPatient().filter(({ columns }) =>
      columns.some(column => column.name === 'patient_id' && !column.required),
    );
    for (const table of optional) {
      expect([table.name, await attempt(patient(), `select from ${table.name} where patient_id is null`)]).toEqual([
        table.name,
        0,
      ]);
    }
  });
});

describe('without a scope', () => {
  test('no row is seen', () => onEach(ofClinic(), table => attempt(undefined, `select from ${table.name}`), 0));

  test('no row is added', () => onEach(ofClinic(), table => insert(table, own.row(table)), refused.permission));

  test('a clinic without patients is not a scope of staff', () =>
    onEach(ofPatient(), table => select(table, own, { clinicId: own.clinicId, patientIds: [] }), 0));
});

describe('by the dispatcher', () => {
  const dispatch = databaseRoles.dispatch;

  test('no whole row is read', () =>
    onEach(
      // Events are read whole, for all clinics, by the one who hands them on; they hold ids only.
      tables.filter(({ name }) => name !== 'outbox'),
      table => attempt(undefined, `select * from ${table.name}`, [], dispatch),
      refused.permission,
    ));

  test('nothing is added, changed or removed', async () => {
    await onEach(
      tables,
      table => attempt(undefined, insertOf(table.name, own.row(table)), Object.values(own.row(table)), dispatch),
      refused.permission,
    );
    await onEach(tables, table => attempt(undefined, `delete from ${table.name}`, [], dispatch), refused.permission);
    await onEach(
      tables,
      table => attempt(undefined, `update ${table.name} set ${table.key[0]} = null`, [], dispatch),
      refused.permission,
    );
  });
});

test('the runtime cannot become another, lift a policy or change a table', async () => {
  const statements = [
    'alter table patient disable row level security',
    'drop policy patient_clinic on patient',
    'create policy all_of_it on patient using (true)',
    'truncate patient',
    'create table loot as select 1',
    'select * from rapport_migration',
    "copy (select 1) to program 'true'",
  ];
  for (const statement of statements) {
    expect([statement, await attempt(staff, statement)]).toEqual([statement, refused.permission]);
  }
});

test('the runtime sees of users only those of its clinic, and changes neither who they are nor what they may', async () => {
  const user = (specimen: Specimen): unknown[] => [specimen.rows.get('user_account')!['id']];
  const text = 'select from user_account where id = $1';
  expect(await attempt(staff, text, user(own))).toBe(1);
  expect(await attempt(staff, text, user(foreign))).toBe(0);
  for (const column of ['id', 'subject', 'email', 'disabled_at']) {
    const change = `update user_account set ${column} = ${column} where id = $1`;
    expect([column, await attempt(staff, change, user(own))]).toEqual([column, refused.permission]);
  }
  const bind = `update user_account set external_subject = 'https://id.test|1' where id = $1`;
  expect(await attempt(staff, bind, user(own))).toBe(1);
  expect(await attempt(staff, bind, user(foreign))).toBe(0);
});
