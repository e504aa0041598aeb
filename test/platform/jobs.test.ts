import { defineJob } from '../../api/define.ts';
import type { Job, Plugin } from '../../api/plugin.ts';
import { createJobWorker } from '../../api/jobs/queue.ts';
import { nextTime } from '../../api/jobs/timetable.ts';
import { Claims } from '../../api/work/claims.ts';
import { core } from '../../schema/core.ts';
import { mark, probe } from '../fixtures/probe/probe.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { createTestApp, type TestApp } from '../harness/index.ts';

type Noted = { text: string };

const note = defineJob<Noted>('probe.note', { run: ({ text }, context) => mark(text, context) });

async function start(jobs: Job<any>[], parts: Partial<Plugin> = {}): Promise<{ app: TestApp; rows: Rows }> {
  const app = await createTestApp({ plugins: [core, probe({ jobs, ...parts })] });
  return { app, rows: await Rows.of(app.databaseUrl) };
}

describe('a job', () => {
  let app: TestApp;
  let rows: Rows;
  let failures = 0;
  const flaky = defineJob<Noted>('probe.flaky', {
    attempts: 3,
    async run({ text }, context) {
      await mark(text, context);
      if (failures-- > 0) throw new Error('not now');
    },
  });

  beforeAll(async () => {
    ({ app, rows } = await start([note, flaky]));
  });
  beforeEach(() => rows.all('delete from probe_mark'));
  afterEach(() => rows.all('delete from job'));
  afterAll(() => rows[Symbol.asyncDispose]());

  test('runs when it is due, and not before', async () => {
    const at = new Date(app.clock.now().getTime() + 60_000);
    await app.staff.run(({ enqueue }) => enqueue(note, { text: 'later' }, { at }));
    await app.settle();
    expect(await rows.marks()).toEqual([]);
    app.clock.advance({ minutes: 1 });
    await app.settle();
    expect(await rows.marks()).toEqual(['later']);
    expect(await rows.jobs()).toEqual([]);
  });

  test('is not there if its transaction is rolled back', async () => {
    const failing = app.staff.run(async ({ enqueue }) => {
      await enqueue(note, { text: 'never' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await rows.jobs()).toEqual([]);
  });

  test('replaces the one of its key that still waits', async () => {
    const at = new Date(app.clock.now().getTime() + 60_000);
    await app.staff.run(({ enqueue }) => enqueue(note, { text: 'first' }, { key: 'k', at }));
    await Promise.all(
      Array.from({ length: 8 }, () => app.staff.run(({ enqueue }) => enqueue(note, { text: 'second' }, { key: 'k' }))),
    );
    await app.staff.run(({ enqueue }) => enqueue(note, { text: 'other' }, { key: 'l' }));
    expect(await rows.jobs()).toHaveLength(2);
    await app.settle();
    expect((await rows.marks()).sort()).toEqual(['other', 'second']);
  });

  test('that fails is tried again, and writes once', async () => {
    failures = 2;
    await app.staff.run(({ enqueue }) => enqueue(flaky, { text: 'a' }));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await app.settle();
      app.clock.advance({ seconds: 31 });
    }
    expect([await rows.marks(), await rows.jobs()]).toEqual([['a'], []]);
  });

  test('that fails as often as it may is a dead letter', async () => {
    failures = 3;
    await app.staff.run(({ enqueue }) => enqueue(flaky, { text: 'a' }));
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await app.settle();
      app.clock.advance({ seconds: 31 });
    }
    expect(await rows.jobs()).toMatchObject([{ state: 'dead', attempts: 3, error: 'Error: not now' }]);
    expect(await rows.marks()).toEqual([]);
  });

  test('that fails after it was replaced makes way for the newer one', async () => {
    await app.staff.run(({ enqueue }) => enqueue(note, { text: 'old' }, { key: 'k' }));
    const claims = new Claims(app.app.platform, { table: 'job', name: 'name', columns: 'claimed.data' });
    const old = await claims.take(app.clinicId, { 'probe.note': 60_000 }, app.clock.now());
    await app.staff.run(({ enqueue }) => enqueue(note, { text: 'new' }, { key: 'k' }));
    await claims.postpone(old!, new Date(app.clock.now().getTime() + 5_000), 'Error: too late');
    expect(await rows.jobs()).toMatchObject([{ state: 'waiting', attempts: 0, error: null }]);
    await app.settle();
    expect([await rows.marks(), await rows.jobs()]).toEqual([['new'], []]);
  });

  test('of a plugin that is not installed waits for it', async () => {
    const unknown = defineJob<Noted>('gone.note', { run: () => Promise.resolve() });
    await app.staff.run(({ enqueue }) => enqueue(unknown, { text: 'a' }));
    await app.settle();
    expect(await rows.jobs()).toMatchObject([{ name: 'gone.note', state: 'waiting', attempts: 0 }]);
  });
});

test('a job that takes too long is given up and tried again', async () => {
  const hang = defineJob('probe.hang', { timeout: 50, run: () => new Promise<void>(() => undefined) });
  const { app, rows } = await start([hang]);
  await app.staff.run(({ enqueue }) => enqueue(hang, undefined));
  await app.settle();
  expect(await rows.jobs()).toMatchObject([
    {
      state: 'waiting',
      attempts: 1,
      error: expect.stringMatching(/^TimeLimitError: probe.hang took longer than 0.05 s/),
    },
  ]);
  await rows[Symbol.asyncDispose]();
});

describe('a recurring job', () => {
  const nightly = defineJob('probe.count', {
    every: '0 3 * * *',
    run: (_, context) => mark(context.clinicId, context),
  });

  /** As the clock writes it down when an entry runs, before anything is done about it. */
  const rung = (rows: Rows, timeZone: string, at: Date): Promise<unknown> =>
    rows.all(
      `insert into agenda_jobs (name, repeat_interval, repeat_timezone, last_run_at) values ('probe.count', '0 3 * * *', $1, $2)
       on conflict (name, repeat_timezone) where repeat_interval is not null do update set last_run_at = excluded.last_run_at`,
      [timeZone, at],
    );

  test('runs once in each clinic of the zone that has the plugin', async () => {
    const { app, rows } = await start([nightly]);
    const [second, disabled, elsewhere] = [
      await app.addClinic('second'),
      await app.addClinic('disabled'),
      await app.addClinic('elsewhere'),
    ];
    await rows.all(`update clinic_plugin set enabled = false where clinic_id = $1 and plugin = 'probe'`, [disabled]);
    await rows.all(`update clinic set time_zone = 'Europe/Berlin' where id = $1`, [elsewhere]);
    await rung(rows, 'Asia/Taipei', app.clock.now());
    await app.settle();
    await app.settle();
    expect((await rows.marks()).sort()).toEqual([app.clinicId, second].sort());
    app.clock.advance({ days: 1 });
    await rung(rows, 'Asia/Taipei', app.clock.now());
    await app.settle();
    expect(await rows.marks()).toHaveLength(4);
    await rows[Symbol.asyncDispose]();
  });

  test('is finished by another worker where a kill cut the round short, and never given twice', async () => {
    const { app, rows } = await start([nightly]);
    const second = await app.addClinic('second');
    await rung(rows, 'Asia/Taipei', app.clock.now());
    const slot = new Date(app.clock.now());
    await rows.all(`insert into job_schedule (clinic_id, name, slot, given_at) values ($1, 'probe.count', $2, $2)`, [
      app.clinicId,
      slot,
    ]);
    app.clock.advance({ minutes: 2 });
    const workers = Array.from({ length: 3 }, () => createJobWorker(app.app.platform));
    await Promise.all(workers.map(worker => worker.runDue(app.clock.now())));
    await app.settle();
    expect(await rows.marks()).toEqual([second]);
    await rows[Symbol.asyncDispose]();
  });

  test('is not made up for in a clinic that was not there then', async () => {
    const { app, rows } = await start([nightly]);
    await rung(rows, 'Asia/Taipei', app.clock.now());
    app.clock.advance({ hours: 2 });
    await app.settle();
    expect(await rows.marks()).toEqual([]);
    await rows[Symbol.asyncDispose]();
  });

  test.each(['5 minutes', '0 3 * *', '61 3 * * *', '* * * * * *'])('is refused with the schedule %p', async every => {
    const wrong = defineJob('probe.wrong', { every, run: () => Promise.resolve() });
    await expect(createTestApp({ plugins: [core, probe({ jobs: [wrong] })] })).rejects.toThrow(
      `'probe' runs 'probe.wrong' every '${every}', which is no cron expression`,
    );
  });

  test.each([
    [
      'the same hour across the change in spring',
      '0 9 * * *',
      'America/New_York',
      '2026-03-07T14:00:00Z',
      '2026-03-08T13:00:00Z',
    ],
    [
      'an hour that spring leaves out',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T07:30:00Z',
      '2026-03-08T07:30:00Z',
    ],
    ['the day after it', '30 2 * * *', 'America/New_York', '2026-03-08T07:30:00Z', '2026-03-09T06:30:00Z'],
    [
      'an hour that autumn has twice, the first time',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T05:30:00Z',
      '2026-11-01T05:30:00Z',
    ],
    ['and not the second time', '30 1 * * *', 'America/New_York', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
    ['a leap day', '0 8 29 2 *', 'Asia/Taipei', '2026-06-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['the end of a month', '0 8 31 * *', 'Asia/Taipei', '2026-03-31T00:00:00Z', '2026-05-31T00:00:00Z'],
  ])('comes at %s', (_, every, timeZone, after, next) => {
    expect(nextTime({ name: 'probe.count', every, timeZone }, new Date(after))).toEqual(new Date(next));
  });
});
