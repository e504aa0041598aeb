import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { Database } from '../../api/database/database.ts';
import { startEmbedded, type EmbeddedPostgres } from '../../api/database/embedded.ts';
import { writeCursor, type Place } from '../../api/events/cursor.ts';
import type { Listener } from '../../api/events/listener.ts';
import {
  createTail,
  type Follower,
  type Joined,
  type StoredOccurrence,
  type Tail,
  type Topic,
} from '../../api/events/tail.ts';
import { forgetEvents } from '../../api/upkeep/forgetting.ts';
import { core } from '../../schema/core.ts';
import { happened, probe } from '../fixtures/probe/probe.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { clusterVariable } from '../harness/cluster.ts';
import { createTestApp, type TestApp } from '../harness/index.ts';

// Transactions that are held open hold the horizon of their whole cluster back, and so the tails of other tests.
let cluster: EmbeddedPostgres;
let home: string;
let app: TestApp;
let rows: Rows;
let tail: Tail;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'rapport-tail-'));
  cluster = await startEmbedded({ home, fast: true });
  process.env[clusterVariable] = cluster.url;
  app = await createTestApp({ plugins: [core, probe()] });
  rows = await Rows.of(app.databaseUrl);
  tail = app.app.platform.tail;
}, 60_000);

afterAll(async () => {
  await rows[Symbol.asyncDispose]();
  await app.stop();
  await cluster.stop();
  await rm(home, { recursive: true, force: true });
});

const followers: Joined[] = [];
afterEach(() => followers.splice(0).forEach(joined => joined[Symbol.dispose]()));

interface Heard {
  texts: string[];
  occurrences: StoredOccurrence[];
  joined: Joined;
  /** Waits until so many have been heard. */
  count(expected: number): Promise<void>;
}

async function hear({ take, ...topic }: Partial<Follower> = {}): Promise<Heard> {
  const occurrences: StoredOccurrence[] = [];
  const texts: string[] = [];
  const waiting: (() => void)[] = [];
  const joined = await tail.join({
    clinicId: app.clinicId,
    patientIds: '*',
    names: [happened.name],
    ...topic,
    take(occurrence) {
      occurrences.push(occurrence);
      texts.push(occurrence.payload.text);
      waiting.splice(0).forEach(wake => wake());
      take?.(occurrence);
    },
  });
  followers.push(joined);
  const count = async (expected: number): Promise<void> => {
    while (texts.length < expected) await new Promise<void>(resolve => waiting.push(resolve));
  };
  return { texts, occurrences, joined, count };
}

const emit = (text: string, more: { patientId?: string } = {}): Promise<void> =>
  app.emit(happened, { subject: randomUUID(), text, ...more });

/** A writer that has stored its event, with its place, and has not committed yet. */
async function writer(text: string): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }> {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query(
    `insert into outbox (clinic_id, id, name, subject_type, subject_id, payload, created_at)
     values ($1, $2, $3, 'Probe', $2, $4, now())`,
    [app.clinicId, randomUUID(), happened.name, { text }],
  );
  const end = async (how: string): Promise<void> => {
    await client.query(how);
    await client.end();
  };
  return { commit: () => end(`notify rapport_events; commit`), rollback: () => end('rollback') };
}

const everything = (topic: Partial<Topic> = {}): Topic => ({
  clinicId: app.clinicId,
  patientIds: '*',
  names: [happened.name],
  ...topic,
});

const inOrder = (occurrences: readonly StoredOccurrence[]): boolean =>
  occurrences.every(({ place: { xid, position } }, at) => {
    const before = occurrences[at - 1]?.place;
    return (
      !before || BigInt(before.xid) < BigInt(xid) || (before.xid === xid && BigInt(before.position) < BigInt(position))
    );
  });

async function replayed(after: Place, upTo: Place, topic: Partial<Follower> = {}): Promise<StoredOccurrence[]> {
  const found: StoredOccurrence[] = [];
  const names = [happened.name];
  for await (const each of tail.replay({ clinicId: app.clinicId, patientIds: '*', names, ...topic }, after, upTo))
    found.push(each);
  return found;
}

test('an event is heard once it is committed, by its notification', async () => {
  const heard = await hear();
  const begun = Date.now();
  await emit('a');
  await heard.count(1);
  expect(heard.texts).toEqual(['a']);
  expect(Date.now() - begun).toBeLessThan(900);
  heard.joined[Symbol.dispose]();
  await emit('unheard');
  expect(heard.texts).toEqual(['a']);
});

test('an event of a transaction that commits late is heard, in the order of its cursor', async () => {
  const heard = await hear();
  const late = await writer('late');
  await emit('early');
  await emit('early too');
  // A second follower has read on meanwhile: it gets the late one as well.
  const second = await hear();
  await late.commit();
  await heard.count(3);
  await second.count(3);
  expect(heard.texts).toEqual(['late', 'early', 'early too']);
  expect(second.texts).toEqual(heard.texts);
  expect(inOrder(heard.occurrences)).toBe(true);
});

test('many writers at once, of which some take their time and some roll back: nothing is missed, nothing comes twice', async () => {
  const heard = await hear();
  const expected: string[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async (_, number) => {
      for (let round = 0; round < 12; round += 1) {
        const text = `${number}/${round}`;
        const { commit, rollback } = await writer(text);
        for (let wait = Math.random() * 20; wait > 0; wait -= 1) await new Promise(setImmediate);
        if (round % 5 === 4) await rollback();
        else {
          expected.push(text);
          await commit();
        }
      }
    }),
  );
  await heard.count(expected.length);
  await emit('end');
  await heard.count(expected.length + 1);
  expect(heard.texts.at(-1)).toBe('end');
  expect(heard.texts.slice(0, -1).sort()).toEqual(expected.sort());
  expect(inOrder(heard.occurrences)).toBe(true);
});

const listening = `from pg_stat_activity where datname = current_database() and query ilike 'listen %'`;

test('nothing is missed while the connection that listens is ended again and again', async () => {
  const heard = await hear();
  const total = 120;
  for (let number = 0; number < total; number += 1) {
    if (number % 40 === 20) {
      while ((await rows.all(`select ${listening}`)).length === 0) await new Promise(setImmediate);
      await rows.all(`select pg_terminate_backend(pid, 1000) ${listening}`);
    }
    await emit(String(number));
  }
  await heard.count(total);
  expect(heard.texts).toEqual(Array.from({ length: total }, (_, number) => String(number)));
});

test('who was away for a thousand events gets them in order, then goes on', async () => {
  const first = await hear();
  await emit('before');
  await first.count(1);
  const after = first.occurrences[0]!;
  first.joined[Symbol.dispose]();
  for (let batch = 0; batch < 20; batch += 1) {
    await app.staff.run(async ({ publish }) => {
      for (let number = 0; number < 50; number += 1)
        publish(happened, { subject: randomUUID(), text: String(batch * 50 + number) });
    });
  }
  const back = await hear();
  const missed = await replayed(await tail.placeOf(after.cursor, everything()), back.joined.from);
  await emit('live');
  await back.count(1);
  expect(missed.map(({ payload }) => payload.text)).toEqual(
    Array.from({ length: 1_000 }, (_, number) => String(number)),
  );
  expect(inOrder(missed)).toBe(true);
  expect(back.texts).toEqual(['live']);
});

test('between replay and live nothing is missed and nothing comes twice, whenever one joins', async () => {
  const witness = await hear();
  await emit('start');
  await witness.count(1);
  const after = witness.occurrences[0]!.place;
  const total = 200;
  const writing = (async () => {
    for (let number = 0; number < total; number += 4) {
      const held = await writer(String(number));
      await Promise.all([1, 2, 3].map(more => emit(String(number + more))));
      await held.commit();
    }
  })();
  const joining = Array.from({ length: 25 }, async (_, number) => {
    await witness.count(1 + number * 6);
    const heard = await hear();
    const missed = await replayed(after, heard.joined.from);
    return { heard, missed };
  });
  const all = await Promise.all(joining);
  await writing;
  await witness.count(total + 1);
  const complete = witness.occurrences.slice(1).map(({ id }) => id);
  expect(new Set(complete).size).toBe(total);
  for (const { heard, missed } of all) {
    await heard.count(total - missed.length);
    expect([...missed, ...heard.occurrences].map(({ id }) => id)).toEqual(complete);
  }
});

test('each hears its own clinic, its own events and its own patients, live and afterwards', async () => {
  const [mine, theirs] = [randomUUID(), randomUUID()];
  const other = await app.addClinic('other');
  const all = await hear();
  const patient = await hear({ patientIds: [mine] });
  const elsewhere = await hear({ clinicId: other });
  const otherEvents = await hear({ names: ['appointment.booked'] });
  await emit('mine', { patientId: mine });
  await emit('theirs', { patientId: theirs });
  await emit('of nobody');
  await all.count(3);
  expect(patient.texts).toEqual(['mine']);
  expect(elsewhere.texts).toEqual([]);
  expect(otherEvents.texts).toEqual([]);
  const upTo = all.occurrences.at(-1)!.place;
  const past = async (topic: Partial<Follower>): Promise<string[]> =>
    (await replayed(all.joined.from, upTo, topic)).map(({ payload }) => payload.text);
  expect(await past({})).toEqual(['mine', 'theirs', 'of nobody']);
  expect(await past({ patientIds: [mine] })).toEqual(['mine']);
  expect(await past({ patientIds: [] })).toEqual([]);
  expect(await past({ clinicId: other })).toEqual([]);
});

test('who comes in the very turn in which a read ends is not left to the clock', async () => {
  const rows = [{ id: null, horizon: '5', changes: null, epoch: 'e' }];
  const { logger } = app.app.platform;
  const database = { dispatch: { query: async () => ({ rows }) } } as unknown as Database;
  const listener: Listener = { on: () => ({ [Symbol.dispose]() {} }), stop: async () => {} };
  for (let turns = 0; turns < 30; turns += 1) {
    const quick = createTail({ database, listener, logger });
    const follower: Follower = { ...everything(), take() {} };
    const joining = [quick.join(follower)];
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    joining.push(quick.join({ ...follower }));
    let joined = false;
    void Promise.all(joining).then(() => (joined = true));
    await new Promise(setImmediate);
    expect({ turns, joined }).toEqual({ turns, joined: true });
    await quick.stop();
  }
});

test('a follower that throws does not keep the others from hearing', async () => {
  const failing = await hear({
    take() {
      throw new Error('no');
    },
  });
  const heard = await hear();
  await emit('a');
  await emit('b');
  await heard.count(2);
  expect(failing.texts).toEqual(['a', 'b']);
});

describe('a cursor', () => {
  test('that is none is refused', async () => {
    for (const wrong of [
      '',
      'x',
      '💥',
      Buffer.from('a/b/c').toString('base64url'),
      writeCursor('e', { xid: '99999999999999999999', position: '1' }),
    ]) {
      await expect(tail.placeOf(wrong, everything())).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' });
    }
  });

  test('of another database cannot be followed', async () => {
    await expect(tail.placeOf(writeCursor('7-1', { xid: '800', position: '3' }), everything())).rejects.toMatchObject({
      code: 'RESYNC',
    });
  });

  test('from before what is kept cannot be followed, and one from after it can', async () => {
    const heard = await hear();
    await emit('seen');
    await emit('missed');
    await heard.count(2);
    const [seen, missed] = heard.occurrences as [StoredOccurrence, StoredOccurrence];
    await expect(tail.placeOf(seen.cursor, everything())).resolves.toMatchObject(seen.place);
    app.clock.advance({ days: 31 });
    await app.staff.run(context => forgetEvents(context.now, context));
    await expect(tail.placeOf(seen.cursor, everything())).rejects.toMatchObject({ code: 'RESYNC' });
    await expect(tail.placeOf(missed.cursor, everything())).resolves.toMatchObject(missed.place);
    await expect(replayed(seen.place, missed.place)).rejects.toMatchObject({ code: 'RESYNC' });
  });

  test('is too old for a clinic whose events are all gone, though others have older ones', async () => {
    const quiet = await app.addClinic('quiet');
    await emit('older, of another clinic');
    const of = everything({ clinicId: quiet });
    const heard = await hear({ clinicId: quiet });
    for (const text of ['seen', 'missed'])
      await app
        .as(['*'], { clinicId: quiet })
        .run(async ({ publish }) => publish(happened, { subject: randomUUID(), text }));
    await heard.count(2);
    const [seen] = heard.occurrences as [StoredOccurrence];
    app.clock.advance({ days: 31 });
    await app.as(['*'], { clinicId: quiet }).run(context => forgetEvents(context.now, context));
    await expect(tail.placeOf(seen.cursor, of)).rejects.toMatchObject({ code: 'RESYNC' });
    await expect(tail.placeOf(seen.cursor, everything())).resolves.toMatchObject(seen.place);
    await expect(tail.placeOf(seen.cursor, { ...of, names: ['probe.other'] })).resolves.toMatchObject(seen.place);
  });
});

test('a replay is found by its index, however much is stored', async () => {
  await rows.all(
    `insert into outbox (clinic_id, id, xid, name, subject_type, subject_id, payload, created_at)
     select $1, gen_random_uuid(), (number / 10)::text::xid8, $2, 'Probe', gen_random_uuid(), '{}', now() from generate_series(1, 20000) number`,
    [app.clinicId, happened.name],
  );
  await rows.all('analyze outbox');
  await rows.all('set role rapport_dispatch');
  const lines = await rows.all<{ 'QUERY PLAN': string }>(
    `explain select id from outbox o where clinic_id = '${app.clinicId}' and name = any('{${happened.name}}')
       and (xid, position) > ('1990'::xid8, 0) and (xid, position) <= ('99999'::xid8, 1)
       and (null::uuid[] is null or patient_id = any(null::uuid[])) order by xid, position limit 500`,
  );
  await rows.all('reset role');
  const text = lines.map(line => line['QUERY PLAN']).join('\n');
  expect(text).toMatch(/Index (Only )?Scan/);
  expect(text).not.toMatch(/Seq Scan/);
});
