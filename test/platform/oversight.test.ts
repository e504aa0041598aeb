import { randomUUID } from 'node:crypto';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type Answer, type Caller, type TestApp } from 'clinic-rapport/testing';
import { defineJob, on } from '../../api/define.ts';
import type { Context } from '../../api/plugin.ts';
import { deadLettered } from '../../api/work/dead-letter.ts';
import { createNotes } from '../fixtures/notes/index.ts';
import { happened, mark, neighbour, probe, type Happening } from '../fixtures/probe/probe.ts';
import { Rows } from '../fixtures/probe/rows.ts';

type Act = (happening: Happening, context: Context) => Promise<void>;

let app: TestApp;
let rows: Rows;
let broken: boolean;
let mute = false;
let jobsRun: string[];
const notes = createNotes();
const secret = 'the text of the patient';

const act: Act = async ({ text }, context) => {
  if (broken) throw new Error('the service does not answer');
  await mark(text, context);
};
const chore = defineJob<{ text: string }>('neighbour.chore', {
  attempts: 2,
  run: async ({ text }) => {
    if (broken) throw new Error('no chore now');
    jobsRun.push(text);
  },
});

beforeAll(async () => {
  const handlers = [
    on(happened, async function count(happening, context) {
      await mark(`count ${happening.text}`, context);
    }),
  ];
  const beside = [
    on(happened, async function tell(happening, context) {
      await act(happening, context);
    }),
    on(deadLettered, async function page() {
      if (mute) throw new Error('nobody answers');
    }),
  ];
  app = await createTestApp({
    plugins: [core, probe({ handlers }), neighbour({ handlers: beside, jobs: [chore] }), notes.plugin],
  });
  rows = await Rows.of(app.databaseUrl);
});

beforeEach(() => {
  broken = true;
  jobsRun = [];
});

afterEach(async () => {
  const tables = ['event_handling', 'outbox', 'job', 'delivery', 'intervention', 'plugin_failure', 'probe_mark'];
  for (const table of tables) await rows.all(`delete from ${table}`);
  app.clock.advance({ days: 2 });
});

afterAll(() => rows[Symbol.asyncDispose]());

const operator = (): Caller => app.as('operator', { userId: '01900000-0000-7000-8000-000000000001' });
const codes = ({ errors = [] }: Answer): unknown[] => errors.map(({ extensions }) => extensions!['code']);

/** Tries it until it is given up. */
async function giveUp(): Promise<void> {
  for (let attempt = 0; attempt < 11; attempt += 1) {
    await app.settle();
    app.clock.advance({ hours: 1, seconds: 1 });
  }
}

async function deadHandling(): Promise<{ eventId: string; id: string }> {
  await app.emit(happened, { subject: randomUUID(), text: secret });
  await giveUp();
  const { eventHandlings } = await operator().data(
    '{ eventHandlings(filter: { state: [DEAD] }) { nodes { id event { id } } } }',
  );
  const [{ id, event }] = eventHandlings.nodes;
  return { id, eventId: event.id };
}

async function deadJob(): Promise<string> {
  await app.staff.run(({ enqueue }) => enqueue(chore, { text: secret }, { key: 'k' }));
  await giveUp();
  return (await operator().data('{ jobs(filter: { state: [DEAD] }) { nodes { id } } }')).jobs.nodes[0].id;
}

const look = `{
  events { totalCount nodes { id name subjectType subjectId subjectVersion at cursor handlings { handler state attempts reason dueAt } } }
  eventHandlings { nodes { handler state attempts reason dueAt event { name } } }
  jobs(orderBy: { field: DUE_AT }) { nodes { name plugin state attempts reason dueAt createdAt } }
}`;

test('an operator sees what waits and what failed, and nothing of patients', async () => {
  await deadHandling();
  await deadJob();
  await app.staff.run(({ enqueue, now }) => enqueue(chore, { text: secret }, { at: new Date(now.getTime() + 60_000) }));
  const seen = await operator().data(look);
  const handling = {
    handler: 'neighbour.tell',
    state: 'DEAD',
    attempts: 10,
    reason: 'Error: the service does not answer',
  };
  const told = seen.events.nodes.find(({ name }: { name: string }) => name === 'probe.happened');
  expect(told).toMatchObject({ subjectType: 'Probe', subjectVersion: null, handlings: [handling] });
  expect(seen.eventHandlings.nodes).toMatchObject([{ ...handling, event: { name: 'probe.happened' } }]);
  expect(seen.jobs.nodes).toMatchObject([
    { name: 'neighbour.chore', plugin: 'neighbour', state: 'DEAD', attempts: 2, reason: 'Error: no chore now' },
    { name: 'neighbour.chore', plugin: 'neighbour', state: 'WAITING', attempts: 0, reason: null },
  ]);
  expect(JSON.stringify(seen)).not.toContain(secret);
  const place = await app.app.platform.tail.placeOf(told.cursor, {
    clinicId: app.clinicId,
    patientIds: '*',
    names: [],
  });
  expect(await rows.all('select xid::text, position::text from outbox where id = $1', [told.id])).toEqual([place]);
});

test.each(['frontDesk', 'practitioner', 'marketer', 'patient'] as const)('the role %s sees none of it', async role => {
  const caller = app.as(role);
  expect(new Set(codes(await caller.query(look)))).toEqual(new Set(['FORBIDDEN']));
  expect(codes(await caller.query('{ pluginHealth { name } }'))).toEqual(['FORBIDDEN']);
  const replay = `mutation { replayEvent(input: { eventId: "${randomUUID()}" }) { id } }`;
  expect(codes(await caller.query(replay))).toEqual(['FORBIDDEN']);
});

test('another clinic’s work is not there', async () => {
  const { eventId, id } = await deadHandling();
  const jobId = await deadJob();
  const elsewhere = app.as('operator', { clinicId: await app.addClinic('elsewhere') });
  const empty = { nodes: [] };
  expect(await elsewhere.data(look)).toEqual({
    events: { totalCount: 0, ...empty },
    eventHandlings: empty,
    jobs: empty,
  });
  for (const mutation of [
    `replayEvent(input: { eventId: "${eventId}" }) { id }`,
    `retryJob(input: { id: "${jobId}" }) { id }`,
    `discardDeadLetter(input: { id: "${id}" }) { id }`,
    `discardDeadLetter(input: { id: "nonsense" }) { id }`,
  ])
    expect(codes(await elsewhere.query(`mutation { ${mutation} }`))).toEqual(['NOT_FOUND']);
});

const replay = `mutation ($input: ReplayEventInput!) { replayEvent(input: $input) { name handlings { handler state attempts } } }`;
const interventions = async (): Promise<object[]> =>
  (await operator().data('{ interventions { nodes { action subjectId name reason actorKind actorId } } }'))
    .interventions.nodes;
const by = { actorKind: 'user', actorId: '01900000-0000-7000-8000-000000000001' };

describe('an event', () => {
  test('is handled again by those that failed for good, and who did it is kept', async () => {
    const { eventId } = await deadHandling();
    broken = false;
    const { replayEvent } = await operator().data(replay, { input: { eventId } });
    expect(replayEvent).toEqual({
      name: 'probe.happened',
      handlings: [{ handler: 'neighbour.tell', state: 'WAITING', attempts: 0 }],
    });
    await app.settle();
    expect(await rows.marks()).toEqual([`count ${secret}`, secret]);
    expect(await interventions()).toEqual([
      { action: 'REPLAY_EVENT', subjectId: eventId, name: 'probe.happened', reason: null, ...by },
    ]);
    expect(codes(await operator().query(replay, { input: { eventId } }))).toEqual(['CONFLICT']);
  });

  test('is handled again by all, or by the one that is named, also where it succeeded', async () => {
    const { eventId } = await deadHandling();
    broken = false;
    await operator().data(replay, { input: { eventId, handler: 'probe.count' } });
    await app.settle();
    expect(await rows.marks()).toEqual([`count ${secret}`, `count ${secret}`]);
    await operator().data(replay, { input: { eventId, succeededToo: true } });
    await app.settle();
    expect((await rows.marks()).sort()).toEqual([...Array(3).fill(`count ${secret}`), secret].sort());
    expect(await rows.handlings()).toEqual([]);
  });

  test('is not handled by who does not listen to it, nor twice at once', async () => {
    const { eventId } = await deadHandling();
    const wrong = await operator().query(replay, { input: { eventId, handler: 'probe.tell' } });
    expect(wrong.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'input.handler' } }]);
    const input = { eventId, handler: 'probe.count' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => operator().query(replay, { input })));
    expect(answers.flatMap(codes)).toEqual(Array(4).fill('CONFLICT'));
  });
});

describe('a job', () => {
  const retry = 'mutation ($id: ID!) { retryJob(input: { id: $id }) { state attempts reason } }';

  test('that failed for good is tried again', async () => {
    const id = await deadJob();
    expect((await operator().data(retry, { id })).retryJob).toEqual({
      state: 'WAITING',
      attempts: 0,
      reason: 'Error: no chore now',
    });
    broken = false;
    await app.settle();
    expect(jobsRun).toEqual([secret]);
    expect(await interventions()).toEqual([
      { action: 'RETRY_JOB', subjectId: id, name: 'neighbour.chore', reason: 'Error: no chore now', ...by },
    ]);
    expect(codes(await operator().query(retry, { id }))).toEqual(['NOT_FOUND']);
  });

  test('does not come back where a newer one has taken its place', async () => {
    const id = await deadJob();
    await app.staff.run(({ enqueue, now }) =>
      enqueue(chore, { text: 'newer' }, { key: 'k', at: new Date(now.getTime() + 60_000) }),
    );
    expect(codes(await operator().query(retry, { id }))).toEqual(['CONFLICT']);
    expect(await interventions()).toEqual([]);
  });

  test('and an event at a handler are given up when someone says so', async () => {
    const discard = 'mutation ($id: ID!) { discardDeadLetter(input: { id: $id }) { name attempts reason } }';
    const { id } = await deadHandling();
    const jobId = await deadJob();
    expect((await operator().data(discard, { id: jobId })).discardDeadLetter).toEqual({
      name: 'neighbour.chore',
      attempts: 2,
      reason: 'Error: no chore now',
    });
    expect((await operator().data(discard, { id })).discardDeadLetter).toMatchObject({
      name: 'neighbour.tell',
      attempts: 10,
    });
    expect([await rows.jobs(), await rows.handlings()]).toEqual([[], []]);
    expect(await interventions()).toMatchObject([{ action: 'DISCARD_DEAD_LETTER' }, { action: 'DISCARD_DEAD_LETTER' }]);
    await app.emit(happened, { subject: randomUUID(), text: 'waits' });
    const [{ id: waiting }] = (await rows.all('select id from event_handling limit 1')) as [{ id: string }];
    expect(codes(await operator().query(discard, { id: waiting }))).toEqual(['NOT_FOUND']);
  });
});

describe('a mail', () => {
  const retry = 'mutation ($input: RetryDeliveryInput!) { retryDelivery(input: $input) { state attempts reason } }';
  const mailed = async (state: string): Promise<string> => {
    await app.staff.run(({ send }) => send(notes.note, { relatedPersonId: randomUUID() }, { words: secret }));
    await rows.all(`update delivery set state = $1, attempts = 3, reason = 'SMTP_550', address = 'ada@mail.test'`, [
      state,
    ]);
    return ((await rows.all('select id from delivery')) as [{ id: string }])[0].id;
  };

  test.each(['failed', 'withheld', 'queued'])('that is %s is sent after all', async state => {
    const id = await mailed(state);
    expect((await operator().data(retry, { input: { id } })).retryDelivery).toEqual({
      state: 'QUEUED',
      attempts: 0,
      reason: null,
    });
    const before = app.mails.length;
    await app.settle();
    expect(app.mails).toHaveLength(before + 1);
    expect(await interventions()).toEqual([
      { action: 'RETRY_DELIVERY', subjectId: id, name: 'notes.note', reason: 'SMTP_550', ...by },
    ]);
  });

  test('that may have arrived is sent again only if that is said', async () => {
    const id = await mailed('uncertain');
    expect(codes(await operator().query(retry, { input: { id } }))).toEqual(['CONFLICT']);
    await operator().data(retry, { input: { id, evenIfItMayArriveTwice: true } });
    const before = app.mails.length;
    await app.settle();
    expect(app.mails).toHaveLength(before + 1);
  });

  test.each(['sent', 'sending', 'claimed'])('that is %s is left alone', async state => {
    const id = await mailed(state);
    expect(codes(await operator().query(retry, { input: { id, evenIfItMayArriveTwice: true } }))).toEqual(['CONFLICT']);
  });

  test('that was never tried waits until it is due', async () => {
    const id = await mailed('queued');
    await rows.all('update delivery set attempts = 0');
    expect(codes(await operator().query(retry, { input: { id } }))).toEqual(['CONFLICT']);
  });

  test('shows an operator neither address nor patient', async () => {
    await mailed('failed');
    const answer = await operator().query(
      '{ deliveries(filter: { state: [FAILED, UNCERTAIN] }) { nodes { mail plugin stream purpose state reason basis attempts dueAt sentAt address patient { name } } } }',
    );
    expect(answer.data.deliveries.nodes).toMatchObject([
      { mail: 'notes.note', state: 'FAILED', reason: 'SMTP_550', attempts: 3, address: null, patient: null },
    ]);
    expect(new Set(codes(answer))).toEqual(new Set(['FORBIDDEN']));
    expect(JSON.stringify(answer)).not.toMatch(/ada@|the text/);
    const guess = await operator().query(`{ deliveries(filter: { patientId: ["${randomUUID()}"] }) { totalCount } }`);
    expect(codes(guess)[0]).toBe('FORBIDDEN');
  });
});

const health = `{ pluginHealth { name version enabled failuresLastHour failuresLastDay lastFailureAt lastReason waiting dead oldestDueAt overdueSeconds pausedUntil pausedBy } }`;
const healthOf = async (name: string): Promise<Record<string, unknown>> =>
  (await operator().data(health)).pluginHealth.find((plugin: { name: string }) => plugin.name === name);

describe('the health of a plugin', () => {
  test('tells what waits, what failed and why, in its clinic alone', async () => {
    await app.emit(happened, { subject: randomUUID(), text: 'a' });
    await app.staff.run(({ enqueue }) => enqueue(chore, { text: 'b' }));
    app.clock.advance({ seconds: 90 });
    expect(await healthOf('neighbour')).toMatchObject({
      enabled: true,
      version: '1.0.0',
      waiting: 2,
      dead: 0,
      overdueSeconds: 90,
      failuresLastHour: 0,
      lastReason: null,
    });
    await app.settle();
    const failing = await healthOf('neighbour');
    expect(failing).toMatchObject({ failuresLastHour: 2, failuresLastDay: 2, waiting: 2 });
    expect(failing['lastReason']).toMatch(/^Error: (no chore now|the service does not answer)$/);
    expect(await healthOf('probe')).toMatchObject({
      failuresLastHour: 0,
      waiting: 0,
      dead: 0,
      oldestDueAt: null,
      overdueSeconds: 0,
    });
    await giveUp();
    expect(await healthOf('neighbour')).toMatchObject({ waiting: 0, dead: 2, failuresLastDay: 12 });
    app.clock.advance({ hours: 2 });
    expect(await healthOf('neighbour')).toMatchObject({ failuresLastHour: 0, failuresLastDay: 12 });
    const clinicId = await app.addClinic('healthy');
    const { pluginHealth } = await app.as('operator', { clinicId }).data(health);
    expect(pluginHealth).toHaveLength(4);
    expect(pluginHealth.map(({ name }: { name: string }) => name)[0]).toBe('core');
    expect(
      pluginHealth.every(({ dead, failuresLastDay }: Record<string, number>) => dead === 0 && failuresLastDay === 0),
    ).toBe(true);
  });

  test('tells which process leaves it alone, and until when', async () => {
    for (let number = 0; number < 8; number += 1) await app.emit(happened, { subject: randomUUID(), text: 'a' });
    await app.settle();
    const until = new Date(app.clock.now().getTime() + 30_000).toISOString();
    expect(await healthOf('neighbour')).toMatchObject({
      pausedUntil: until,
      pausedBy: expect.stringMatching(`:${process.pid}$`),
    });
    app.clock.advance({ seconds: 31 });
    expect(await healthOf('neighbour')).toMatchObject({ pausedUntil: null, pausedBy: null });
  });

  test('tells of mails that could not be made', async () => {
    notes.behaviour.fields = () => Promise.reject(new Error('no words'));
    await app.staff.run(({ send }) => send(notes.note, { relatedPersonId: randomUUID() }, { words: 'a' }));
    await app.settle();
    expect(await healthOf('notes')).toMatchObject({ failuresLastHour: 1, lastReason: 'Error: no words' });
  });
});

test('dead letters are told of as they happen, and who listens to them and fails is not told for ever', async () => {
  const told = await operator().subscribe('subscription { deadLettered { kind plugin name attempts reason cursor } }');
  await deadJob();
  expect(await told.next()).toEqual({
    deadLettered: {
      kind: 'JOB',
      plugin: 'neighbour',
      name: 'neighbour.chore',
      attempts: 2,
      reason: 'Error: no chore now',
      cursor: expect.any(String),
    },
  });
  mute = true;
  await deadJob();
  await giveUp();
  mute = false;
  const deaths = await operator().data('{ events(filter: { name: ["work.dead-lettered"] }) { totalCount } }');
  expect(deaths.events.totalCount).toBe(2);
  expect(await rows.handlings()).toMatchObject([{ handler: 'neighbour.page', state: 'dead' }]);
});

test('of twenty thousand, those that are asked for are found by an index', async () => {
  const at = `'2026-01-01'::timestamptz + n * interval '1 second'`;
  const id = `('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid`;
  await rows.all(
    `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, data, state, message_id, due_at, created_at)
       select $1, ${id}, 'notes.note', 'notes', 'transactional', 'care', '{}', case when n % 5000 = 0 then 'failed' else 'sent' end,
         'x', ${at}, ${at} from generate_series(1, 20000) n`,
    [app.clinicId],
  );
  await rows.all(
    `insert into job (clinic_id, id, name, data, state, due_at, created_at)
       select $1, ${id}, 'neighbour.chore', 'null', case when n % 5000 = 0 then 'dead' else 'waiting' end, ${at}, ${at} from generate_series(1, 20000) n`,
    [app.clinicId],
  );
  for (const table of ['delivery', 'job']) await rows.all(`analyze ${table}`);
  // As the lane writes them; see `fill` of `api/read/list-query.ts`.
  const lists = [
    ['the latest mails', 'delivery', '', 'd.id desc', /delivery_pkey/],
    [
      'mails that failed',
      'delivery',
      `and (d.state = 'failed' or d.state = 'uncertain')`,
      'd.id desc',
      /delivery_unsent/,
    ],
    ['mails as they are due', 'delivery', '', 'd.due_at, d.id', /delivery_due_at/],
    ['the latest jobs', 'job', '', 'd.id desc', /job_pkey/],
    ['dead jobs', 'job', `and (d.state = 'dead')`, 'd.id desc', /job_dead/],
    ['jobs as they are due', 'job', '', 'd.due_at, d.id', /job_due_at/],
  ] as const;
  for (const [what, table, filter, order, index] of lists) {
    const plan = await app.staff.run(({ em, clinicId }) =>
      em.execute<{ 'QUERY PLAN': string }[]>(
        `explain select d.id from ${table} d where d.clinic_id = ? ${filter} order by ${order} limit 21`,
        [clinicId],
      ),
    );
    const text = plan.map(line => line['QUERY PLAN']).join(' ');
    expect([what, text]).toEqual([what, expect.stringMatching(index)]);
    expect(text).not.toMatch(/Seq Scan/);
  }
  const { deliveries, jobs } = await operator().data(
    '{ deliveries(filter: { state: [FAILED] }) { totalCount nodes { state } } jobs(filter: { state: [DEAD, RUNNING] }) { totalCount } }',
  );
  expect([deliveries.totalCount, deliveries.nodes.length, jobs.totalCount]).toEqual([4, 4, 4]);
  expect(await healthOf('neighbour')).toMatchObject({
    waiting: 1_000,
    dead: 4,
    oldestDueAt: '2026-01-01T00:00:01.000Z',
  });
});
