import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type Answer, type Caller, type TestApp } from 'clinic-rapport/testing';
import { behaviour, ledger } from '../fixtures/ledger/ledger.ts';
import { Rows } from '../fixtures/probe/rows.ts';

let app: TestApp;
let rows: Rows;
let patientId: string;
let otherPatient: string;
let key: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, ledger] });
  rows = await Rows.of(app.databaseUrl);
  const register = `mutation { a: registerPatient(input: { name: "Ada" }) { id } b: registerPatient(input: { name: "Ben" }) { id } }`;
  const { a, b } = await app.staff.data(register);
  [patientId, otherPatient] = [a.id, b.id];
});

beforeEach(() => {
  key = randomUUID();
  behaviour.within = undefined;
  behaviour.runs = 0;
});

afterEach(async () => {
  for (const table of ['idempotency_key', 'ledger_entry', 'job', 'delivery']) await rows.all(`delete from ${table}`);
});

afterAll(() => rows[Symbol.asyncDispose]());

const desk = (userId = 'ann'): Caller => app.as('frontDesk', { userId });
const write = `mutation ($input: WriteEntryInput!) { writeEntry(input: $input) { id text patient { name } } }`;
const input = (parts: object = {}) => ({ input: { patientId, text: 'one', idempotencyKey: key, ...parts } });
const codes = ({ errors = [] }: Answer): unknown[] => errors.map(({ extensions }) => extensions!['code']);
const count = async (table: string): Promise<number> =>
  Number((await rows.all<{ n: string }>(`select count(*) as n from ${table}`))[0]!.n);

test('the same key and input answers the first result, in the words that are asked for now, and does nothing again', async () => {
  const before = await count('outbox');
  const first = await desk().data(write, input());
  expect(first.writeEntry).toMatchObject({ text: 'one', patient: { name: 'Ada' } });
  const again = await desk().data(`mutation ($input: WriteEntryInput!) { writeEntry(input: $input) { id } }`, input());
  expect(again).toEqual({ writeEntry: { id: first.writeEntry.id } });
  expect(behaviour.runs).toBe(1);
  expect([await count('ledger_entry'), await count('job'), await count('delivery')]).toEqual([1, 1, 1]);
  expect(await count('outbox')).toBe(before + 1);
});

test('a mail is sent once, and an event handled once', async () => {
  const document = `mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id value } }`;
  const variables = { input: { patientId, system: 'EMAIL', value: 'ada@mail.test', idempotencyKey: key } };
  const first = await desk().data(document, variables);
  await app.settle();
  expect(await desk().data(document, variables)).toEqual(first);
  await app.settle();
  expect(app.mails).toHaveLength(1);
});

test('without a key everything is done as often as it is asked for', async () => {
  for (const none of [undefined, null]) await desk().data(write, input({ idempotencyKey: none }));
  expect([await count('ledger_entry'), await count('idempotency_key')]).toEqual([2, 0]);
});

test('of fifty at once one does the work, and all get its answer', async () => {
  const caller = desk();
  const answers = await Promise.all(Array.from({ length: 50 }, () => caller.data(write, input())));
  expect(new Set(answers.map(({ writeEntry }) => writeEntry.id)).size).toBe(1);
  expect([behaviour.runs, await count('ledger_entry'), await count('delivery')]).toEqual([1, 1, 1]);
});

test('another input, or another mutation, with the same key is refused, also at the same time', async () => {
  const caller = desk();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => caller.query(write, input(index === 5 ? { text: 'two' } : {}))),
  );
  const refused = answers.flatMap(codes);
  expect(await count('ledger_entry')).toBe(1);
  expect(new Set(refused)).toEqual(new Set(['IDEMPOTENCY_KEY_REUSED']));
  expect([1, 9]).toContain(refused.length);
  const { text } = (await rows.all('select text from ledger_entry'))[0]!;
  const open = `mutation ($input: OpenEntryInput!) { openEntry(input: $input) { entry { id } } }`;
  const other = await caller.query(open, input({ text }));
  expect(other.errors).toMatchObject([
    { extensions: { code: 'IDEMPOTENCY_KEY_REUSED', field: 'input.idempotencyKey' } },
  ]);
});

test('an instant is the same instant however it is written, and a field left out is not one that is null', async () => {
  await desk().data(write, input({ at: '2026-06-01T09:00:00+08:00' }));
  expect(codes(await desk().query(write, input({ at: '2026-06-01T01:00:00Z' })))).toEqual([]);
  expect(codes(await desk().query(write, input({ at: '2026-06-01T01:00:01Z' })))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  expect(codes(await desk().query(write, input()))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
});

test.each([
  ['is refused', () => input({ text: 'refused' }), 'BAD_USER_INPUT'],
  ['fails in the database', () => input({ patientId: randomUUID() }), 'INTERNAL_SERVER_ERROR'],
])('what %s keeps nothing, and the key can be used again', async (_, variables, code) => {
  const answer = await desk().query(write, variables());
  expect(answer.errors).toHaveLength(1);
  expect([code, 'PLUGIN_UNAVAILABLE']).toContain(codes(answer)[0]);
  expect(await count('idempotency_key')).toBe(0);
  expect((await desk().data(write, input())).writeEntry.text).toBe('one');
});

test('what fails after it has written is undone with its key, and succeeds at the next try', async () => {
  behaviour.within = () => Promise.reject(new Error('half way'));
  expect(codes(await desk().query(write, input()))).toEqual(['PLUGIN_UNAVAILABLE']);
  behaviour.within = undefined;
  await desk().data(write, input());
  expect([behaviour.runs, await count('ledger_entry'), await count('job')]).toEqual([2, 1, 1]);
});

test('where the first caller’s connection is killed before the commit, one that waits does the work', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<number>();
  const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
  behaviour.within = async ({ em }) => {
    if (behaviour.runs > 1) return;
    const [{ pid }] = (await em.execute('select pg_backend_pid() as pid')) as [{ pid: number }];
    begin(pid);
    await killed;
  };
  const caller = desk();
  const first = caller.query(write, input());
  const pid = await begun;
  const others = Array.from({ length: 5 }, () => caller.data(write, input()));
  await waiting(5);
  await rows.all('select pg_terminate_backend($1, 1000)', [pid]);
  kill();
  expect(codes(await first)).toEqual(['STORAGE_UNAVAILABLE']);
  const ids = (await Promise.all(others)).map(({ writeEntry }) => writeEntry.id as string);
  expect(new Set(ids).size).toBe(1);
  expect([behaviour.runs, await count('ledger_entry'), await count('job'), await count('delivery')]).toEqual([
    2, 1, 1, 1,
  ]);
});

/** Until so many backends wait for the row of another one. */
async function waiting(wanted: number): Promise<void> {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  for (let seen = 0; seen < wanted;) {
    const { rows: found } = await client.query<{ n: string }>(
      `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    seen = Number(found[0]!.n);
  }
  await client.end();
}

test('another actor, and another clinic, have keys of their own', async () => {
  await desk('ann').data(write, input());
  expect((await desk('ben').data(write, input({ text: 'of ben' }))).writeEntry.text).toBe('of ben');
  const clinicId = await app.addClinic('elsewhere');
  const elsewhere = app.as('frontDesk', { userId: 'ann', clinicId });
  const { registerPatient } = await app
    .as(['patient.write', 'patient.read'], { clinicId })
    .data(`mutation { registerPatient(input: { name: "Cy" }) { id } }`);
  const answer = await elsewhere.data(write, input({ patientId: registerPatient.id }));
  expect(answer.writeEntry.patient.name).toBe('Cy');
  expect(await count('idempotency_key')).toBe(3);
});

describe('of a patient', () => {
  const parent = (...patientIds: string[]): Caller => app.as('patient', { userId: 'parent', patientIds });

  test('counts while the patient stays in sight, and with more wards than before', async () => {
    const { writeEntry } = await parent(patientId).data(write, input());
    expect((await parent(otherPatient, patientId).data(write, input())).writeEntry.id).toBe(writeEntry.id);
  });

  test('answers nothing of a ward who is one no more, nor does the work again', async () => {
    await parent(patientId, otherPatient).data(write, input({ patientId: otherPatient }));
    const answer = await parent(patientId).query(write, input({ patientId: otherPatient }));
    expect([answer.data, codes(answer)]).toEqual([null, ['IDEMPOTENCY_KEY_REUSED']]);
    expect(await count('ledger_entry')).toBe(1);
  });

  test('is not even seen by the statement of another patient', async () => {
    await parent(patientId).data(write, input());
    const seen = (caller: Caller): Promise<object[]> =>
      caller.run(({ em }) => em.execute('select key from idempotency_key'));
    expect(await seen(parent(otherPatient))).toEqual([]);
    expect(await seen(parent(patientId))).toHaveLength(1);
    expect(await seen(desk())).toHaveLength(1);
  });
});

test('aliases with one key in one document are one call, and a second input is refused', async () => {
  const document = `mutation ($one: WriteEntryInput!, $two: WriteEntryInput!) {
    a: writeEntry(input: $one) { id } b: writeEntry(input: $one) { id text } c: writeEntry(input: $two) { id } }`;
  const { data, errors } = await desk().query(document, {
    one: input().input,
    two: input({ text: 'two' }).input,
  });
  // The answer of a field that may not be null takes the others with it; what they did stands.
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ path: ['c'], extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } }]);
  expect([behaviour.runs, await count('ledger_entry')]).toEqual([1, 1]);
  const both = `mutation ($one: WriteEntryInput!) { a: writeEntry(input: $one) { id } b: writeEntry(input: $one) { id text } }`;
  const { a, b } = await desk().data(both, { one: input().input });
  expect(a.id).toBe(b.id);
});

test.each([
  ['nothing', ''],
  ['U+0000', 'a\0b'],
  ['half a character', 'a\ud800'],
  ['256 characters', 'k'.repeat(256)],
])('a key of %s is refused', async (_, wrong) => {
  const answer = await desk().query(write, input({ idempotencyKey: wrong }));
  expect(codes(answer)).toEqual(['BAD_USER_INPUT']);
  expect(await count('ledger_entry')).toBe(0);
});

test('a key of 255 characters of any script is one', async () => {
  const long = '鍵'.repeat(255);
  const { writeEntry } = await desk().data(write, input({ idempotencyKey: long }));
  expect((await desk().data(write, input({ idempotencyKey: long }))).writeEntry.id).toBe(writeEntry.id);
});

test('a payload is answered as it was, with its things read again, and without what is shown once', async () => {
  const open = `mutation ($input: OpenEntryInput!) { openEntry(input: $input) { code at weights parts { name } entry { id text writer } } }`;
  const first = await app.as('owner', { userId: 'ann' }).data(open, input());
  expect(first.openEntry).toMatchObject({ code: 's3cret', entry: { text: 'one', writer: 'ann' } });
  await rows.all(`update ledger_entry set text = 'changed since'`);
  app.clock.advance({ minutes: 1 });
  const again = await app.as('owner', { userId: 'ann' }).data(open, input());
  expect(again.openEntry).toEqual({
    ...first.openEntry,
    code: null,
    entry: { ...first.openEntry.entry, text: 'changed since' },
  });
  expect(again.openEntry.weights).toEqual(['HEAVY', 'LIGHT']);
  const [{ kept }] = (await rows.all('select k::text as kept from idempotency_key k')) as [{ kept: string }];
  expect(kept).not.toMatch(/s3cret|Ada|changed since/);
});

test('what is read again is read with the rights of now', async () => {
  const look = `mutation ($input: WriteEntryInput!) { writeEntry(input: $input) { text writer } }`;
  expect((await app.as('owner', { userId: 'ann' }).data(look, input())).writeEntry.writer).toBe('ann');
  const answer = await desk('ann').query(look, input());
  expect(answer).toMatchObject({
    data: { writeEntry: { text: 'one', writer: null } },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  });
  await rows.all('delete from ledger_entry');
  expect(codes(await desk('ann').query(look, input()))).toEqual(['NOT_FOUND']);
});

test('a number, and null, are answered again too', async () => {
  const document = `mutation ($from: Int!, $key: String) { countEntries(input: { from: $from, idempotencyKey: $key }) }`;
  for (const [from, answer] of [
    [5, 6],
    [0, null],
  ]) {
    const variables = { from, key: `${key} ${from}` };
    for (let time = 0; time < 2; time += 1)
      expect(await desk().data(document, variables)).toEqual({ countEntries: answer });
  }
  expect(behaviour.runs).toBe(2);
});
