import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { verifyAudit } from '../../api/audit/verify.ts';
import { addPatient } from '../../schema/test/fixture.ts';
import { ask, asOwner } from '../../schema/test/asking.ts';

// Everything is done over the API, as by its users; false entries are planted as the owner of the database.

let app: TestApp;
beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
});

const entries = async (own = app): Promise<any[]> => {
  await own.settle();
  const fields = `id kind action operation actorKind actorId actorRole requestId subjectType subjectId patientId fields rowCount`;
  const { auditEntries } = await own.as('owner').data(`{ auditEntries(first: 100) { nodes { ${fields} } } }`);
  return auditEntries.nodes.toReversed();
};

const rename = `mutation ($id: ID!, $name: String!) { updatePatient(input: { id: $id, name: $name }) { id } }`;
const renamed = (id: string, name: string, as = app.as('frontDesk')) => as.data(rename, { id, name });

/** As the owner of the database who means it: past the triggers that refuse. */
const plant = (statement: string, values: unknown[] = []): Promise<unknown> =>
  asOwner(app, async client => {
    await client.query('set session_replication_role = replica');
    return client.query(statement, values);
  });

test('a change writes who changed which fields of what, and no value of them', async () => {
  const id = await addPatient(app);
  await renamed(id, '秘密之名');
  const written = (await entries()).at(-1);
  expect(written).toMatchObject({
    kind: 'UPDATE',
    action: 'patient.write',
    operation: 'updatePatient',
    actorKind: 'user',
    actorId: 'test-user',
    actorRole: 'frontDesk',
    subjectType: 'patient',
    subjectId: id,
    patientId: id,
  });
  expect(written.fields).toContain('name');
  expect(written.requestId).toMatch(/./);
  const stored = await asOwner(app, client =>
    client.query(`select string_agg(e::text, '') as text from audit_entry e`),
  );
  expect(stored.rows[0].text).not.toContain('秘密');
});

test('a change of a row that points at a patient is known to be of that patient', async () => {
  const id = await addPatient(app);
  const add = `mutation ($id: ID!) { addContactPoint(input: { patientId: $id, system: EMAIL, value: "new@home.test" }) { id } }`;
  await app.as('frontDesk').data(add, { id });
  const written = (await entries()).filter(({ operation }) => operation === 'addContactPoint');
  expect(written).toEqual(
    expect.arrayContaining([expect.objectContaining({ kind: 'CREATE', subjectType: 'contact_point', patientId: id })]),
  );
});

test('what rolls back leaves no entry, and a mutation that changes no entity leaves one', async () => {
  const id = await addPatient(app);
  const before = (await entries()).length;
  const { errors } = await app.as('frontDesk').query(rename, { id: randomUUID(), name: 'No one' });
  expect(errors![0]!.extensions!['code']).toBe('NOT_FOUND');
  const { operation } = (await entries()).at(-1);
  expect(operation).not.toBe('updatePatient');
  await renamed(id, '王小明', app.as('owner'));
  const after = (await entries()).filter(entry => entry.operation === 'updatePatient');
  expect(after).toHaveLength(1);
  expect(before).toBeGreaterThan(0);
});

test('a patient who changes their own record is written down too, though they see no row of others', async () => {
  const id = await addPatient(app, { email: 'me@home.test' });
  const give = `mutation ($id: ID!) { giveConsent(input: { patientId: $id, purpose: REMINDER, channel: EMAIL, source: ONLINE }) { id } }`;
  await app.as('patient', { patientIds: [id] }).data(give, { id });
  expect((await entries()).filter(({ action }) => action === 'consent.write')).toMatchObject([
    { kind: 'CREATE', subjectType: 'consent', patientId: id, actorRole: 'patient' },
  ]);
});

test('a read of one patient is an entry of that patient, also where PostgreSQL wrote the answer', async () => {
  const id = await addPatient(app);
  const desk = app.as('frontDesk');
  for (let times = 0; times < 3; times++) await desk.data('query ($id: ID!) { patient(id: $id) { name } }', { id });
  await desk.data('query ($id: ID!) { patient(id: $id) { name age } }', { id });
  const reads = (await entries()).filter(({ kind, operation }) => kind === 'READ' && operation === 'patient');
  expect(reads).toHaveLength(4);
  for (const read of reads)
    expect(read).toMatchObject({ action: 'patient.read', subjectType: 'patient', subjectId: id, patientId: id });
});

test('a read of a thing by its id is an entry of the patient whom its row names', async () => {
  const id = await addPatient(app);
  const [row] = await app.staff.run(({ em, clinicId, now }) =>
    em.execute<{ id: string }[]>(
      `insert into visit (clinic_id, id, patient_id, status, started_at, currency)
       values (?, gen_random_uuid(), ?, 'IN_PROGRESS', ?, 'TWD') returning id`,
      [clinicId, id, now.toISOString()],
    ),
  );
  await app.as('owner').data('query ($id: ID!) { visit(id: $id) { status } }', { id: row!.id });
  const read = (await entries()).find(({ operation }) => operation === 'visit');
  expect(read).toMatchObject({ kind: 'READ', subjectType: 'visit', subjectId: row!.id, patientId: id });
});

test('a read of a list is one entry with the number of its rows, and what finds nothing is none', async () => {
  for (let patients = 0; patients < 3; patients++) await addPatient(app);
  const desk = app.as('frontDesk');
  await desk.data('{ patients(first: 2) { nodes { name } pageInfo { hasNextPage } } }');
  await desk.data('{ patients(first: 50) { nodes { name age } } }');
  await desk.query(`{ patient(id: "${randomUUID()}") { name } }`);
  await desk.data('{ departments { code } }');
  const reads = (await entries()).filter(({ kind, actorRole }) => kind === 'READ' && actorRole === 'frontDesk');
  expect(reads).toMatchObject([
    { operation: 'patients', rowCount: 2, subjectId: null, patientId: null },
    { operation: 'patients', rowCount: 3 },
  ]);
});

test('fifty changes at once make one chain without a gap', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => addPatient(app)));
  await Promise.all(Array.from({ length: 50 }, (_, index) => renamed(ids[index % 10]!, `Name ${index}`)));
  await app.settle();
  const { rows } = await asOwner(app, client =>
    client.query('select count(*)::int as links, max(position)::int as last from audit_link'),
  );
  expect(rows[0].links).toBe(rows[0].last);
  expect(rows[0].links).toBeGreaterThanOrEqual(60);
  expect(await verifyAudit(app.databaseUrl)).toEqual({ entries: rows[0].last, clinics: 1, waiting: 0, faults: [] });
});

test('the chain goes on after its tenth entry, where it was linked entry by entry', async () => {
  const id = await addPatient(app);
  for (let index = 0; index < 12; index++) {
    await renamed(id, `Name ${index}`);
    await app.settle();
  }
  const { entries: checked, faults } = await verifyAudit(app.databaseUrl);
  expect(checked).toBeGreaterThan(12);
  expect(faults).toEqual([]);
});

test('sealers at once, and a change that commits later than others that began after it, leave one chain', async () => {
  const id = await addPatient(app);
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const late = app.staff.run(async ({ em, transaction: _, ...context }) => {
    await em.execute(
      `insert into audit_entry (clinic_id, id, at, kind, action, actor_kind, actor_id, request_id, fields)
       values (?, gen_random_uuid(), now(), 'ACT', 'late', 'system', 'late', 'r', '{}')`,
      [context.clinicId],
    );
    begun.resolve();
    await held.promise;
  });
  await begun.promise;
  await renamed(id, 'Early');
  await Promise.all([app.settle(), app.settle(), app.settle()]);
  expect((await verifyAudit(app.databaseUrl)).faults).toEqual([]);
  held.resolve();
  await late;
  await Promise.all([app.settle(), app.settle()]);
  const { waiting, faults } = await verifyAudit(app.databaseUrl);
  expect({ waiting, faults }).toEqual({ waiting: 0, faults: [] });
  const { rows } = await asOwner(app, client =>
    client.query(`select l.position::int, (select max(position)::int from audit_link) as last from audit_entry e
      join audit_link l on l.entry_id = e.id where e.action = 'late'`),
  );
  expect(rows[0].position).toBe(rows[0].last);
});

describe('no runtime role', () => {
  const roles = ['rapport_app', 'rapport_dispatch'];
  const tables = ['audit_entry', 'audit_link', 'audit_head'];
  const statements = tables.flatMap(table => [
    `update ${table} set clinic_id = clinic_id`,
    `delete from ${table}`,
    `truncate ${table}`,
    `alter table ${table} disable trigger all`,
  ]);

  test('changes or removes what is written, nor does an owner who does not mean it', async () => {
    await renamed(await addPatient(app), 'A');
    await app.settle();
    const code = (client: pg.Client, statement: string): Promise<string> =>
      client.query(statement).then(
        () => 'done',
        (error: pg.DatabaseError) => error.code!,
      );
    await asOwner(app, async client => {
      for (const role of roles) {
        await client.query(`set role ${role}`);
        await client.query(`select set_config('app.clinic_id', $1, false), set_config('app.patient_ids', '*', false)`, [
          app.clinicId,
        ]);
        for (const statement of statements)
          expect([statement, await code(client, statement)]).toEqual([statement, '42501']);
        await client.query('reset role');
      }
      for (const table of tables) {
        expect(await code(client, `update ${table} set clinic_id = clinic_id`)).toBe('42501');
        expect(await code(client, `delete from ${table}`)).toBe('42501');
      }
    });
  });
});

describe('audit:verify', () => {
  beforeEach(async () => {
    const id = await addPatient(app);
    for (const name of ['A', 'B', 'C', 'D']) await renamed(id, name);
    await app.settle();
  });

  const fault = async (): Promise<string> => (await verifyAudit(app.databaseUrl)).faults.join('\n');

  test('finds nothing wrong with what nobody has touched', async () => {
    const { entries: checked, faults } = await verifyAudit(app.databaseUrl);
    expect(checked).toBeGreaterThanOrEqual(5);
    expect(faults).toEqual([]);
  });

  test('names the first entry that was changed', async () => {
    await plant(`update audit_entry set actor_id = 'somebody else' where id in (
      select entry_id from audit_link where position in (3, 4))`);
    expect(await fault()).toMatch(/entry 3 \([\w-]+\) is not what was written/);
  });

  test('names one that was removed', async () => {
    await plant('delete from audit_entry where id = (select entry_id from audit_link where position = 2)');
    expect(await fault()).toContain('what entry 2 said is missing');
    await plant('delete from audit_link where position = 2');
    expect(await fault()).toContain('entry 2 is missing');
  });

  test('finds one that was put past the chain', async () => {
    await plant(
      `insert into audit_entry (clinic_id, id, at, kind, action, actor_kind, actor_id, request_id, fields)
       values ($1, gen_random_uuid(), now(), 'READ', 'patient.read', 'user', 'planted', 'r', '{}')`,
      [app.clinicId],
    );
    expect(await fault()).toContain('is not in the chain');
  });

  test('misses an end that was cut off, by the head that was kept', async () => {
    app.clock.advance({ days: 1 });
    await renamed(await addPatient(app), 'next day');
    await app.settle();
    const { rows } = await asOwner(app, client => client.query('select max(position)::int as last from audit_head'));
    await plant(
      'with cut as (delete from audit_link where position >= $1 returning entry_id) delete from audit_entry e using cut where e.id = cut.entry_id',
      [rows[0].last],
    );
    expect(await fault()).toContain(`its end is cut off: the last entry is ${rows[0].last - 1}`);
  });
});

test('an incident report counts whom someone touched, page by page, and nobody else', async () => {
  const ids = (await Promise.all(Array.from({ length: 5 }, () => addPatient(app)))).toSorted();
  const thief = app.as('frontDesk', { userId: 'thief' });
  for (const id of ids.slice(0, 4)) await thief.data('query ($id: ID!) { patient(id: $id) { name } }', { id });
  await renamed(ids[0]!, 'Taken', thief);
  await thief.data('{ patients { nodes { name } } }');
  await app.as('frontDesk', { userId: 'honest' }).data(`{ patient(id: "${ids[4]}") { name } }`);
  await app.settle();
  const report = `query ($input: IncidentReportInput!) { incidentReport(input: $input) {
    entries patientCount listReads listRows hasNextPage endCursor patients { patientId reads changes } } }`;
  const at = app.clock.now().getTime();
  const instant = (offset: number): string => new Date(at + offset).toISOString();
  const input = { actorId: 'thief', from: instant(-1000), to: instant(1000), first: 3 };
  const owner = app.as('owner');
  const first = (await owner.data(report, { input })).incidentReport;
  expect(first).toMatchObject({ entries: 6, patientCount: 4, listReads: 1, listRows: 5, hasNextPage: true });
  expect(first.patients).toEqual([
    { patientId: ids[0], reads: 1, changes: 1 },
    { patientId: ids[1], reads: 1, changes: 0 },
    { patientId: ids[2], reads: 1, changes: 0 },
  ]);
  const next = (await owner.data(report, { input: { ...input, after: first.endCursor } })).incidentReport;
  expect(next).toMatchObject({ patientCount: 4, hasNextPage: false, patients: [{ patientId: ids[3] }] });
  const earlier = { ...input, from: instant(-2000), to: instant(-1000) };
  expect((await owner.data(report, { input: earlier })).incidentReport).toMatchObject({ entries: 0, patients: [] });
  const refused = async (wrong: object) =>
    (await owner.query(report, { input: { ...input, ...wrong } })).errors?.[0]?.extensions?.['code'];
  expect(await refused({ to: input.from })).toBe('BAD_USER_INPUT');
  expect(await refused({ first: 0 })).toBe('BAD_USER_INPUT');
  expect(await refused({ after: 'nonsense' })).toBe('BAD_USER_INPUT');
});

test('a patient reads who had to do with their own record, in their language, and no more of it', async () => {
  const [mine, other] = [await addPatient(app), await addPatient(app)];
  for (const id of [mine, other]) {
    await app.as('practitioner').data('query ($id: ID!) { patient(id: $id) { name } }', { id });
    await renamed(id, 'New');
  }
  await app.settle();
  const credential = await app.signIn('patient', { patientId: mine });
  const log = `query ($id: ID!) { patient(id: $id) { accessLog { nodes { kind actorRole en: words(language: EN)
    hant: words(language: ZH_HANT) hans: words(language: ZH_HANS) } } } }`;
  const { data } = await ask(app, log, { id: mine }, { credential });
  const told = data.patient.accessLog.nodes;
  expect(told).toEqual(
    expect.arrayContaining([
      {
        kind: 'READ',
        actorRole: 'practitioner',
        en: 'A practitioner read your record.',
        hant: '醫療人員查看了您的基本資料。',
        hans: '医疗人员查看了您的基本资料。',
      },
      expect.objectContaining({ kind: 'UPDATE', en: 'The front desk changed your record.' }),
    ]),
  );
  expect((await ask(app, log, { id: other }, { credential })).code).toBe('NOT_FOUND');
  const closer = `query ($id: ID!) { patient(id: $id) { accessLog { nodes { id actorId requestId fields } } } }`;
  const closely = await ask(app, closer, { id: mine }, { credential });
  expect(closely.code).toBe('FORBIDDEN');
  expect(closely.data.patient.accessLog.nodes[0]).toMatchObject({ actorId: null, requestId: null, fields: null });
  expect((await ask(app, '{ auditEntries { nodes { id } } }', {}, { credential })).code).toBe('FORBIDDEN');
  expect(
    (await ask(app, '{ auditEntries { nodes { id } } }', {}, { credential: await app.signIn('frontDesk') })).code,
  ).toBe('FORBIDDEN');
});

test('no clinic sees the entries of another, and each has a chain of its own', async () => {
  const clinicId = await app.addClinic('other');
  await addPatient(app);
  const id = await addPatient(app, { clinicId });
  await renamed(id, 'Elsewhere', app.as('frontDesk', { clinicId }));
  const here = await entries();
  expect(here.length).toBeGreaterThan(0);
  expect(here.filter(({ patientId }) => patientId === id)).toEqual([]);
  expect(await verifyAudit(app.databaseUrl)).toMatchObject({ clinics: 2, faults: [] });
});
