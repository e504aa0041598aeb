import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { createListener, type Listener } from '../../api/events/listener.ts';
import { createBell, type Bell } from '../../api/jobs/agenda.ts';
import { createJobWorker } from '../../api/jobs/queue.ts';
import { defineJob } from '../../api/define.ts';
import type { Platform } from '../../api/platform.ts';
import { systemClock } from '../../api/clock.ts';
import { Rounds } from '../../api/work/rounds.ts';
import type { Sweep } from '../../api/work/sweep.ts';
import { core } from '../../schema/core.ts';
import { mark, probe } from '../fixtures/probe/probe.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { createTestApp, type TestApp } from '../harness/index.ts';

const logger = pino({ level: 'silent' });
const note = defineJob<{ text: string }>('probe.note', { run: ({ text }, context) => mark(text, context) });
const nightly = defineJob('probe.count', { every: '0 3 * * *', run: (_, context) => mark('counted', context) });

let app: TestApp;
let rows: Rows;
const bells: Bell[] = [];
const listeners: Listener[] = [];

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, probe({ jobs: [note, nightly] })], at: new Date() });
  rows = await Rows.of(app.databaseUrl);
});

afterEach(async () => {
  await Promise.all(bells.splice(0).map(bell => bell.stop()));
  await Promise.all(listeners.splice(0).map(listener => listener.stop()));
  for (const table of ['agenda_jobs', 'job_schedule', 'job', 'probe_mark']) await rows.all(`delete from ${table}`);
  await rows.all('update clinic_plugin set enabled = (clinic_id = $1)', [app.clinicId]);
});

afterAll(() => rows[Symbol.asyncDispose]());

/** As another process has it: with connections of its own, and the real time, as Agenda knows no other. */
function bell(sweeps?: readonly Sweep[], url = app.databaseUrl): Bell {
  const platform: Platform = { ...app.app.platform, clock: systemClock, logger };
  const listener = createListener({ url, logger });
  const made = createBell({
    platform: { ...platform, database: { ...platform.database, url } },
    listener,
    sweeps: sweeps ?? [createJobWorker(platform)],
    pollEvery: 200,
  });
  bells.push(made);
  listeners.push(listener);
  return made;
}

/** Asks until it is so; sooner than the clock would ring by itself. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begun = Date.now();
  while (!(await isSo())) {
    if (Date.now() - begun > 10_000) throw new Error('It has not come to be so.');
    await wait(10);
  }
}

const entries = (): Promise<{ name: string; zone: string; next: Date; disabled: boolean }[]> =>
  rows.all(
    `select name, repeat_timezone as zone, next_run_at as next, disabled from agenda_jobs where name = 'probe.count' order by 2`,
  );

test('what another process asks for is done at once, by notification', async () => {
  await bell().start();
  const begun = Date.now();
  await app.staff.run(({ enqueue }) => enqueue(note, { text: 'a' }));
  await until(async () => (await rows.marks()).length === 1);
  expect(Date.now() - begun).toBeLessThan(2_000);
});

test('what falls due without a word is done by the clock', async () => {
  await app.staff.run(({ enqueue }) => enqueue(note, { text: 'a' }, { at: new Date(Date.now() + 60_000) }));
  await bell().start();
  await rows.all('update job set due_at = now()');
  await rows.all(`update agenda_jobs set next_run_at = now() where name = 'rapport.sweep'`);
  await until(async () => (await rows.marks()).length === 1);
});

test('processes that start together give a job one entry in each time zone', async () => {
  const berlin = await app.addClinic('berlin');
  await rows.all(`update clinic set time_zone = 'Europe/Berlin' where id = $1`, [berlin]);
  const invalid = await app.addClinic('invalid');
  await rows.all(`update clinic set time_zone = 'Mars/Olympus' where id = $1`, [invalid]);
  await Promise.all(Array.from({ length: 6 }, () => bell().start()));
  expect((await entries()).map(({ zone }) => zone)).toEqual(['Asia/Taipei', 'Europe/Berlin']);
  expect(await rows.all(`select from agenda_jobs where name like 'rapport.%'`)).toHaveLength(2);
});

test('an entry that nobody needs any more goes, and a changed schedule takes its place', async () => {
  await bell().start();
  await rows.all(`update agenda_jobs set repeat_interval = '30 4 * * *' where name = 'probe.count'`);
  await rows.all(
    `insert into agenda_jobs (name, repeat_interval, repeat_timezone) values ('gone.job', '0 0 * * *', 'UTC')`,
  );
  await bell().start();
  expect(
    await rows.all(`select name, repeat_interval as every from agenda_jobs where name similar to '(probe|gone).%'`),
  ).toEqual([{ name: 'probe.count', every: '0 3 * * *' }]);
});

test('a time that passed while nothing ran is made up for, once', async () => {
  await bell().start();
  await bells.pop()!.stop();
  await rows.all(`update agenda_jobs set next_run_at = now() - interval '2 hours' where name = 'probe.count'`);
  await Promise.all([bell().start(), bell().start()]);
  await until(async () => (await rows.marks()).length === 1);
  const [{ next } = { next: new Date(0) }] = await entries();
  expect(next.getTime()).toBeGreaterThan(Date.now());
  await Promise.all(bells.splice(0).map(each => each.stop()));
  expect(await rows.marks()).toEqual(['counted']);
});

test('an entry that someone switched off stays off', async () => {
  await bell().start();
  await bells.pop()!.stop();
  await rows.all(
    `update agenda_jobs set disabled = true, next_run_at = now() - interval '1 hour' where name = 'probe.count'`,
  );
  await bell().start();
  await rows.all(`update agenda_jobs set next_run_at = now() where name = 'rapport.sweep'`);
  await until(
    async () =>
      (
        await rows.all(
          `select from agenda_jobs where name = 'rapport.sweep' and last_finished_at is not null and next_run_at > now()`,
        )
      ).length === 1,
  );
  expect(await entries()).toMatchObject([{ disabled: true }]);
  expect(await rows.marks()).toEqual([]);
});

test('goes on when all connections are lost', async () => {
  await bell().start();
  for (let round = 0; round < 3; round += 1) {
    await rows.all(
      `select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await app.staff.run(({ enqueue }) => enqueue(note, { text: String(round) }));
    await until(async () => (await rows.marks()).length === round + 1);
  }
  await rows.all(`update agenda_jobs set next_run_at = now(), last_finished_at = null where name = 'rapport.sweep'`);
  await until(
    async () =>
      (await rows.all(`select from agenda_jobs where name = 'rapport.sweep' and last_finished_at is not null`))
        .length === 1,
  );
});

test('does not start without a database, and harms nothing by trying', async () => {
  const away = new URL(app.databaseUrl);
  away.port = '1';
  await expect(bell(undefined, away.href).start()).rejects.toThrow();
});

test('the end waits for what runs, begins nothing new, and leaves no lock', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let runs = 0;
  const slow: Sweep = {
    async runDue() {
      runs += 1;
      if (runs > 1) return 0;
      await released;
      return 1;
    },
  };
  const ringing = bell([slow]);
  await ringing.start();
  const stopping = ringing.stop();
  expect(await Promise.race([stopping.then(() => 'stopped'), wait(100, 'waiting')])).toBe('waiting');
  release();
  await stopping;
  expect(runs).toBe(1);
  expect(await rows.all('select from agenda_jobs where locked_at is not null')).toEqual([]);
});

test('a sweep that fails is rung again, and one that is slow holds up no other', async () => {
  let fails = 0;
  const failing: Sweep = { runDue: () => Promise.reject(new Error(`no ${(fails += 1)}`)) };
  const { promise: never } = Promise.withResolvers<number>();
  const hanging: Sweep = { runDue: () => Promise.race([never, wait(2_000, 0, { ref: false })]) };
  await bell([
    { runDue: async () => 0, lanes: [failing, hanging] },
    createJobWorker({ ...app.app.platform, clock: systemClock }),
  ]).start();
  await app.staff.run(({ enqueue }) => enqueue(note, { text: 'a' }));
  await until(async () => (await rows.marks()).length === 1 && fails > 1);
});

test('a ring in the very turn in which a sweep ends is not left to the next one', async () => {
  for (let turns = 0; turns < 30; turns += 1) {
    let due = 1;
    const sweep: Sweep = { runDue: async () => (due > 0 ? due-- : 0) };
    const rounds = new Rounds({ sweep, clock: systemClock, logger });
    rounds.ring();
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    due = 1;
    rounds.ring();
    await wait(0);
    expect({ turns, due }).toEqual({ turns, due: 0 });
    await rounds.stop();
  }
});

test('the table of the clock has the columns that the backend writes', async () => {
  const { getCreateTableSQL } = await import('@agendajs/postgres-backend');
  await rows.all(getCreateTableSQL('agenda_expected'));
  const columnsOf = (table: string): Promise<object[]> =>
    rows.all(
      `select column_name, data_type, character_maximum_length, is_nullable, column_default
       from information_schema.columns where table_name = $1 order by column_name`,
      [table],
    );
  expect(await columnsOf('agenda_jobs')).toEqual(await columnsOf('agenda_expected'));
});

test('a clinic that moved to another time zone had its jobs at the former hours until the next full one', async () => {
  await bell().start();
  await app.as('owner').data('mutation { changeTimeZone(input: { timeZone: "Asia/Tokyo" }) { id } }');
  await until(async () => (await entries()).some(({ zone }) => zone === 'Asia/Tokyo'));
  await app.as('owner').data('mutation { changeTimeZone(input: { timeZone: "Asia/Taipei" }) { id } }');
  await until(async () => (await entries()).every(({ zone }) => zone === 'Asia/Taipei'));
});
