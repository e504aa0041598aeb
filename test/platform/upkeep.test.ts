import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { batch, forgetEvents } from '../../api/upkeep/forgetting.ts';
import { behaviour, ledger } from '../fixtures/ledger/ledger.ts';
import { Rows } from '../fixtures/probe/rows.ts';

let app: TestApp;
let rows: Rows;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, ledger] });
  rows = await Rows.of(app.databaseUrl);
});

afterEach(async () => {
  for (const table of ['event_handling', 'outbox', 'outbox_forgotten', 'job', 'idempotency_key'])
    await rows.all(`delete from ${table}`);
});

afterAll(() => rows[Symbol.asyncDispose]());

const count = async (table: string): Promise<number> =>
  Number((await rows.all<{ n: string }>(`select count(*) as n from ${table}`))[0]!.n);
const store = (number: number, days: number, clinicId = app.clinicId): Promise<unknown> =>
  rows.all(
    `insert into outbox (clinic_id, id, name, subject_type, subject_id, payload, created_at)
     select $1, gen_random_uuid(), 'ledger.written', 'entry', gen_random_uuid(), '{}', $2::timestamptz from generate_series(1, $3)`,
    [clinicId, new Date(app.clock.now().getTime() - days * 86_400_000), number],
  );
/** As the clock of recurring jobs gives it to a clinic. */
const due = (name: string): Promise<unknown> =>
  rows.all(
    `insert into job (clinic_id, id, name, data, due_at, created_at) values ($1, gen_random_uuid(), $2, 'null', $3, $3)`,
    [app.clinicId, name, app.clock.now()],
  );

test('events that are old and done with are removed, batch by batch, and others stay', async () => {
  await store(batch + 10, 31);
  await store(5, 29);
  const elsewhere = await app.addClinic('elsewhere');
  await store(3, 400, elsewhere);
  await rows.all(
    `insert into event_handling (clinic_id, id, event_id, handler, subject_id, state, due_at)
     select clinic_id, gen_random_uuid(), id, 'ledger.dead', subject_id, 'dead', created_at from outbox where clinic_id = $1 order by created_at limit 1`,
    [app.clinicId],
  );
  await due('event.forget');
  await app.settle();
  expect(await count('job')).toBe(0);
  expect(await count(`outbox where clinic_id = '${app.clinicId}'`)).toBe(5 + 1);
  expect(await count(`outbox where clinic_id = '${elsewhere}'`)).toBe(3);
  expect(await rows.all('select clinic_id, name from outbox_forgotten')).toEqual([
    { clinic_id: app.clinicId, name: 'ledger.written' },
  ]);
});

test('a clinic says for how many days events are kept', async () => {
  await store(1, 10);
  const keep = (days: number): string =>
    `mutation { updateSettings(input: { core: { keepEventsForDays: ${days} } }) { core { keepEventsForDays } } }`;
  const owner = app.as(['settings.read', 'settings.write']);
  expect((await owner.data('{ settings { core { keepEventsForDays } } }')).settings.core.keepEventsForDays).toBe(30);
  const refused = await owner.query(keep(0));
  expect(refused.errors).toMatchObject([{ extensions: { field: 'input.core.keepEventsForDays' } }]);
  await due('event.forget');
  await app.settle();
  expect(await count('outbox')).toBe(1);
  await owner.data(keep(9));
  await due('event.forget');
  await app.settle();
  expect(await count('outbox')).toBe(0);
});

test('what was removed last is remembered, whatever is removed later', async () => {
  await store(2, 31);
  const [first, second] = (await rows.all(`select id, xid::text, position::text from outbox order by position`)) as [
    Record<string, string>,
    Record<string, string>,
  ];
  const forget = (): Promise<number> => app.staff.run(context => forgetEvents(context.now, context));
  await rows.all("update outbox set created_at = created_at + interval '30 days 23 hours' where id = $1", [
    first['id'],
  ]);
  await app.staff.run(context => forgetEvents(new Date(context.now.getTime() - 30 * 86_400_000), context));
  await rows.all(`update outbox set created_at = '2026-01-01'`);
  expect(await forget()).toBe(1);
  expect(await rows.all('select xid::text, position::text from outbox_forgotten')).toEqual([
    { xid: second['xid'], position: second['position'] },
  ]);
});

test('a key stands for 24 hours, and the work can be done again when it is forgotten', async () => {
  const { registerPatient } = await app.staff.data('mutation { registerPatient(input: { name: "Ada" }) { id } }');
  const caller = app.as('frontDesk');
  const write = (): Promise<unknown> =>
    caller.data('mutation ($input: WriteEntryInput!) { writeEntry(input: $input) { id } }', {
      input: { patientId: registerPatient.id, text: 'one', idempotencyKey: 'k' },
    });
  behaviour.runs = 0;
  await write();
  app.clock.advance({ hours: 23, minutes: 59 });
  await due('idempotency-key.forget');
  await app.settle();
  await write();
  expect(behaviour.runs).toBe(1);
  app.clock.advance({ minutes: 2 });
  await due('idempotency-key.forget');
  await app.settle();
  expect(await count('idempotency_key')).toBe(0);
  await write();
  expect(behaviour.runs).toBe(2);
});

test('the jobs recur in every clinic', () => {
  const recurring = app.app.plugins.flatMap(({ jobs = [] }) =>
    jobs.filter(({ every }) => every).map(({ name }) => name),
  );
  expect(recurring).toEqual(
    expect.arrayContaining(['event.forget', 'idempotency-key.forget', 'plugin-failure.forget']),
  );
});
