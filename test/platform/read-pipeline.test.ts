import pg from 'pg';
import { connectionConfig } from '../../api/database/connection.ts';
import { Pipelines } from '../../api/read/pipelines.ts';
import { createWorld, type World } from '../fixtures/lane/world.ts';

let world: World;
let pipelines: Pipelines;
const clinicId = '01a20654-9f56-77df-abd1-9318e2833e20';

beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());
beforeEach(() => (pipelines = pipelinesOf(1)));
afterEach(() => pipelines.close());

const pipelinesOf = (size: number, deadline?: number): Pipelines =>
  new Pipelines(connectionConfig(world.database.url, 'app'), { size, deadline });
const read = (text: string, values: string[] = [], scope: [string, string] = [clinicId, '*']): Promise<string | null> =>
  pipelines.read({ scope, text, values });
const codes = async (reads: Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(reads)).map(read => (read.status === 'rejected' ? read.reason.code : read.value));

/** Both connections are there. */
async function pair(deadline?: number): Promise<Pipelines & AsyncDisposable> {
  const two = pipelinesOf(2, deadline);
  const pids = new Set<string | null>();
  while (pids.size < 2) {
    const reads = [backend, backend].map(text => two.read({ scope: [clinicId, '*'], text, values: [] }));
    for (const pid of await Promise.all(reads)) pids.add(pid);
  }
  return Object.assign(two, { [Symbol.asyncDispose]: () => two.close() });
}

const backend = `select pg_backend_pid()::text`;
const scopeNow = `select concat(current_setting('app.clinic_id'), ' ', current_setting('app.patient_ids'))`;

async function terminate(pid: string | null): Promise<void> {
  const admin = new pg.Client({ connectionString: world.database.url });
  await admin.connect();
  await admin.query('select pg_terminate_backend($1)', [pid]);
  await admin.end();
}

test('a failed read has no effect on those before and behind it in the pipeline', async () => {
  const answers = await codes([
    read(`select 'one'`),
    read(`select 1 / 0`),
    read(`select 'two'`),
    read(`select nonsense`),
    read(`select nonsense`),
    read(`select $1::uuid::text`, ['not one']),
    read(`select $1::uuid::text`, [clinicId]),
    read(`select 'three'`),
  ]);
  expect(answers).toEqual(['one', 'BAD_USER_INPUT', 'two', '42703', '42703', 'BAD_USER_INPUT', clinicId, 'three']);
});

test('a statement whose preparation failed is prepared again by the read behind it', async () => {
  await read(`select 'warm'`);
  const text = `select count(*)::text from later`;
  expect(await codes([read(text), read(text)])).toEqual(['42P01', '42P01']);
  const admin = new pg.Client({ connectionString: world.database.url });
  await admin.connect();
  await admin.query('create table later (); grant select on later to rapport_app');
  await admin.end();
  expect(await codes([read(text), read(text)])).toEqual(['0', '0']);
});

test('each read has its own scope, and none is left when it is over, even after an error', async () => {
  const answers = await codes([
    read(scopeNow, [], ['a', '*']),
    read(`select 1 / 0`, [], ['b', '*']),
    read(scopeNow, [], ['c', 'x,y']),
  ]);
  expect(answers).toEqual(['a *', 'BAD_USER_INPUT', 'c x,y']);
  const bare = new pg.Client(connectionConfig(world.database.url, 'app'));
  await bare.connect();
  const { rows } = await bare.query(`select current_setting('app.clinic_id', true) as left`);
  await bare.end();
  expect(rows[0].left || null).toBeNull();
});

test('a lost connection fails the reads under way, and is replaced', async () => {
  const first = await read(backend);
  const underWay = codes([read(`select pg_sleep(5)::text`), read(`select 'behind'`)]);
  await terminate(first);
  expect(await underWay).toEqual(['STORAGE_UNAVAILABLE', 'STORAGE_UNAVAILABLE']);
  const second = await read(backend);
  expect(second).not.toBe(first);
});

test('an idle connection that was lost does not fail the next read', async () => {
  const first = await read(backend);
  await terminate(first);
  // The loss of an idle connection is heard in a turn of its own; until then a read may still be sent into it.
  for (let tries = 0; tries < 50; tries++) {
    const [answer] = await codes([read(backend)]);
    if (answer !== 'STORAGE_UNAVAILABLE') return expect(answer).not.toBe(first);
  }
  throw new Error('The connection was never replaced.');
});

test('a database that cannot be reached is unavailable, and found when it is there', async () => {
  const nowhere = new Pipelines({ host: '127.0.0.1', port: 1 }, { size: 2 });
  await expect(nowhere.read({ scope: ['', ''], text: 'select 1', values: [] })).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
  await nowhere.close();
});

test('a read that does not end is given up with its connection, and others go on', async () => {
  await using impatient = await pair(200);
  const stuck = impatient.read({ scope: [clinicId, '*'], text: 'select pg_sleep(30)::text', values: [] });
  const quick = impatient.read({ scope: [clinicId, '*'], text: `select 'quick'`, values: [] });
  expect(await quick).toBe('quick');
  await expect(stuck).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
});

test('a read of which little time is left is given up by PostgreSQL, and the next one has its own time', async () => {
  const scope: [string, string] = [clinicId, '*'];
  await expect(
    pipelines.read({ scope, text: 'select pg_sleep(30)::text', values: [], timeLimit: 20 }),
  ).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
  expect(await read(`select current_setting('statement_timeout')`)).toBe('8s');
});

test('new reads go around a connection on which one takes long', async () => {
  await using wide = await pair();
  const statement = (text: string) => ({ scope: [clinicId, '*'] as [string, string], text, values: [] });
  const order: string[] = [];
  const slow = wide.read(statement('select pg_sleep(0.4)::text')).then(() => order.push('slow'));
  await wide.read(statement('select pg_sleep(0.1)::text'));
  for (let i = 0; i < 20; i++) await wide.read(statement(`select '${i}'`)).then(() => order.push('quick'));
  await slow;
  expect(order).toEqual([...Array(20).fill('quick'), 'slow']);
});

test('what is known to be fast does not wait for a crowd of what turns out to be slow', async () => {
  await using wide = await pair();
  const ask = (text: string) => wide.read({ scope: [clinicId, '*'], text, values: [] });
  const slow = 'select pg_backend_pid()::text from pg_sleep(0.3)';
  await ask(`select 'fast'`);
  let ended = 0;
  const crowd = Array.from({ length: 6 }, () => ask(slow).finally(() => ended++));
  await Promise.race(crowd);
  for (let i = 0; i < 20; i++) await ask(`select 'fast'`);
  expect(ended).toBeLessThan(4);
  const usual = await Promise.all(crowd);
  expect(usual).not.toContain(await ask(slow));
});

test('nor for one that has only just begun', async () => {
  await using wide = await pair();
  const ask = (text: string) => wide.read({ scope: [clinicId, '*'], text, values: [] });
  await ask(`select 'fast'`);
  let ended = 0;
  const crowd = Array.from({ length: 6 }, () => ask(`select 'new' from pg_sleep(0.3)`).finally(() => ended++));
  await ask(`select 'fast'`);
  expect(ended).toBe(0);
  await Promise.all(crowd);
});

test('a thousand different statements do not stay prepared', async () => {
  for (let i = 0; i < 1000; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => read(`select '${i + j}'`)));
  }
  expect(Number(await read('select count(*)::text from pg_prepared_statements'))).toBeLessThanOrEqual(201);
});

test('the lane cannot write, whatever the predicate of an author does', async () => {
  const admin = new pg.Client({ connectionString: world.database.url });
  await admin.connect();
  await admin.query(`create function lane_write() returns boolean language plpgsql as
    $$ begin update lane_animal set name = 'written'; return true; end $$`);
  await admin.end();
  const before = await world.query(`{ fewAnimals(limit: 5) { name } }`);
  const { errors } = await world.query(`{ animals(search: "write") { nodes { id } } }`);
  expect((errors![0]!.originalError as any).cause?.message ?? errors![0]!.message).toMatch(/read-only transaction/);
  expect(await world.query(`{ fewAnimals(limit: 5) { name } }`)).toEqual(before);
});

test('inside a transaction it sees what the transaction has written, and nobody else does', async () => {
  const { database, data } = world;
  const [animal] = data.animals;
  const document = `query($id: ID!) { animal(id: $id) { name stays { totalCount } } }`;
  await database.transaction({ clinicId: data.clinicId, patientIds: '*' }, async em => {
    await em.execute('update lane_animal set name = ? where id = ?', ['Renamed', animal!.id]);
    const inside = await world.query(document, { id: animal!.id }, { openTransaction: em });
    expect(inside).toEqual({ data: { animal: { name: 'Renamed', stays: { totalCount: 0 } } } });
    const outside = await world.query(document, { id: animal!.id });
    expect(outside.data.animal.name).toBe(animal!.name);
  });
  expect((await world.query(document, { id: animal!.id })).data.animal.name).toBe('Renamed');
});
