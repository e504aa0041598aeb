import pg from 'pg';
import { v7 as newId } from 'uuid';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from './fixture.ts';

let app: TestApp;
let client: pg.Client;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
  client = new pg.Client({ connectionString: app.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
});
afterAll(() => client.end());

const set = (settings: string): Promise<unknown> =>
  app.staff.data(`mutation { updateSettings(input: { core: { ${settings} } }) { core { keepMailsForDays } } }`);
/** As the clock of recurring jobs gives it to a clinic. */
async function run(name: string): Promise<void> {
  await client.query(
    `insert into job (clinic_id, id, name, data, due_at, created_at) values ($1, gen_random_uuid(), $2, 'null', $3, $3)`,
    [app.clinicId, name, app.clock.now()],
  );
  await app.settle();
}
const daysAgo = (days: number): Date => new Date(app.clock.now().getTime() - days * 86_400_000);

describe('a medical record', () => {
  interface Life {
    registered: string;
    visited?: string;
    born?: string;
    residence?: string;
  }
  const patient = async ({ registered, visited, born, residence }: Life): Promise<string> => {
    const id = await addPatient(app, { birthDate: born });
    await client.query('update patient set created_at = $2, residence = $3 where id = $1', [id, registered, residence]);
    if (visited) {
      await client.query(
        `insert into visit (clinic_id, id, patient_id, status, started_at, completed_at, currency)
         values ($1, $2, $3, 'COMPLETED', $4, $4, 'TWD')`,
        [app.clinicId, newId(), id, visited],
      );
    }
    return id;
  };
  const due = async (): Promise<string[]> => {
    const { retentionDue } = await app.as('owner').data('{ retentionDue(first: 100) { nodes { id } } }');
    return retentionDue.nodes.map(({ id }: { id: string }) => id);
  };

  beforeAll(() => set('compliancePack: TW'));

  // The tests’ clock shows 2026-06-01; Taiwan keeps records for seven years, mainland China for fifteen.
  it.each<[string, Life, boolean]>([
    ['that nothing was entered into for eight years', { registered: '2018-05-01' }, true],
    ['that is six years old', { registered: '2020-05-01' }, false],
    ['with a visit six years ago', { registered: '2010-05-01', visited: '2020-05-01' }, false],
    ['with a visit eight years ago', { registered: '2010-05-01', visited: '2018-05-01' }, true],
    ['of who came of age five years ago', { registered: '2010-05-01', born: '2003-05-01' }, false],
    ['of who came of age eight years ago', { registered: '2010-05-01', born: '2000-05-01' }, true],
    ['of a resident of mainland China, ten years old', { registered: '2016-05-01', residence: 'CN' }, false],
    ['of a resident of mainland China, sixteen years old', { registered: '2010-05-01', residence: 'CN' }, true],
  ])('%s', async (_, life, isDue) => {
    const id = await patient(life);
    expect((await due()).includes(id)).toBe(isDue);
  });

  it('under a legal hold is not due, and one that was erased neither', async () => {
    const [held, erased] = [await patient({ registered: '2010-05-01' }), await patient({ registered: '2010-05-01' })];
    expect(await due()).toEqual(expect.arrayContaining([held, erased]));
    const ask = (name: string, patientId: string) =>
      app.as('owner').data(`mutation ($input: SubjectRequestInput!) { ${name}(input: $input) { id } }`, {
        input: { patientId, reason: 'A test' },
      });
    await ask('holdPatient', held);
    await ask('erasePatient', erased);
    const left = await due();
    expect([left.includes(held), left.includes(erased)]).toEqual([false, false]);
  });

  it('is never erased by itself, and only the owner is told', async () => {
    const id = await patient({ registered: '1990-05-01' });
    for (const name of ['delivery.forget', 'sign-in.forget', 'event.forget']) await run(name);
    expect(await due()).toContain(id);
    const { errors } = await app.as('frontDesk').query('{ retentionDue { nodes { id } } }');
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});

it('who came in is forgotten after the days that the clinic says', async () => {
  const signIn = (days: number) =>
    client.query(
      `insert into sign_in (clinic_id, id, method, outcome, created_at) values ($1, gen_random_uuid(), 'LINK', 'SUCCEEDED', $2)`,
      [app.clinicId, daysAgo(days)],
    );
  for (const days of [731, 729, 181]) await signIn(days);
  const left = async () => (await client.query('select from sign_in where clinic_id = $1', [app.clinicId])).rowCount;
  await run('sign-in.forget');
  expect(await left()).toBe(2);
  await expect(set('keepSignInsForDays: 10')).rejects.toThrow('180 to 3650');
  await set('keepSignInsForDays: 180');
  await run('sign-in.forget');
  expect(await left()).toBe(0);
});

it('mails lose their address and data after the days that the clinic says, but not under a legal hold', async () => {
  const [patientId, held] = [await addPatient(app), await addPatient(app)];
  await client.query('update patient set held_since = now() where id = $1', [held]);
  const mail = async (days: number, of: string, state = 'sent'): Promise<string> => {
    const id = newId({ msecs: daysAgo(days).getTime() });
    await client.query(
      `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, patient_id, address, data, state, basis, message_id, due_at, created_at)
       values ($1, $2, 'a.mail', 'a', 'transactional', 'care', $3, 'old@mail.test', '{"a":1}', $4, 'message-class:care', '<a@b>', $5, $5)`,
      [app.clinicId, id, of, state, daysAgo(days)],
    );
    return id;
  };
  const [old, ofHeld, young, failed] = [
    await mail(1_900, patientId),
    await mail(1_890, held),
    await mail(1_800, patientId),
    await mail(1_880, patientId, 'failed'),
  ];
  await run('delivery.forget');
  await run('delivery.forget');
  const { rows } = await client.query(
    'select id, address, data, basis from delivery where clinic_id = $1 and id = any($2) order by id',
    [app.clinicId, [old, ofHeld, young, failed]],
  );
  const gone = { address: null, data: {}, basis: 'message-class:care' };
  const kept = { address: 'old@mail.test', data: { a: 1 }, basis: 'message-class:care' };
  expect(rows).toEqual([
    { id: old, ...gone },
    { id: ofHeld, ...kept },
    { id: failed, ...gone },
    { id: young, ...kept },
  ]);
});

it('a mail that lost its address and data could still be read as it was sent', async () => {
  const [patientId, held] = [
    await addPatient(app, { email: 'archive@mail.test' }),
    await addPatient(app, { email: 'held@mail.test' }),
  ];
  const tell = 'mutation ($id: ID!) { notifyRecordUpdated(patientId: $id) { id } }';
  for (const id of [patientId, held]) await app.as('practitioner').data(tell, { id });
  await app.settle();
  const hold = 'mutation ($input: SubjectRequestInput!) { holdPatient(input: $input) { id } }';
  await app.as('owner').data(hold, { input: { patientId: held, reason: 'A court asked' } });
  const mails = async (id: string) => {
    const read = 'query ($id: ID!) { patient(id: $id) { deliveries { nodes { state message { subject } } } } }';
    const { rows } = await client.query('select template, fields from delivery where patient_id = $1', [id]);
    return { rows, nodes: (await app.as('frontDesk').data(read, { id })).patient.deliveries.nodes };
  };
  expect((await mails(patientId)).nodes).toEqual([{ state: 'SENT', message: { subject: expect.any(String) } }]);
  app.clock.advance({ days: 3_000 });
  await run('delivery.forget');
  expect(await mails(patientId)).toEqual({
    rows: [{ template: null, fields: null }],
    nodes: [{ state: 'SENT', message: null }],
  });
  expect(await mails(held)).toEqual({
    rows: [{ template: expect.any(String), fields: expect.any(Object) }],
    nodes: [{ state: 'SENT', message: { subject: expect.any(String) } }],
  });
});

it('mails to who belongs to a patient under a legal hold were emptied', async () => {
  const held = await addPatient(app);
  const add = 'mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }';
  const input = { patientId: held, name: '林媽媽', relationship: 'PARENT', email: 'mother@mail.test' };
  const { addRelatedPerson } = await app.as('frontDesk').data(add, { input });
  await app.settle();
  await client.query('update patient set held_since = now() where id = $1', [held]);
  const { rows } = await client.query(
    `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, related_person_id, address, data, state, basis, message_id, due_at, created_at)
     values ($1, $2, 'a.mail', 'a', 'transactional', 'care', $3, 'mother@mail.test', '{}', 'sent', 'message-class:care', '<c@d>', $4, $4) returning id`,
    [app.clinicId, newId({ msecs: daysAgo(1_900).getTime() }), addRelatedPerson.id, daysAgo(1_900)],
  );
  // What is looked at once is not looked at again.
  await client.query('delete from forgotten');
  await run('delivery.forget');
  const kept = await client.query('select address from delivery where id = $1', [rows[0].id]);
  expect(kept.rows).toEqual([{ address: 'mother@mail.test' }]);
});
