import pg from 'pg';
import { migrationTable } from '../../api/database/orm.ts';
import { Bookings, reading } from './bookings.ts';
import { lost, missed, strange } from './f3-database-crashed.ts';
import { startLoad, summary } from './load.ts';
import { mailsSettled, workSettled } from './mails.ts';
import { script } from './processes.ts';
import { atLeast, atMost, exactly, none, type Scenario } from './scenario.ts';
import { environment, until, type Stage } from './stage.ts';
import { Subscriber } from './subscriber.ts';

/** Milliseconds for which somebody else reads a table that the migration changes: three times as long as it may wait. */
const held = 6_000;

/** The newest migration of tables that every booking writes to, over many rows, while people book and somebody holds a table. */
export const migratedUnderLoad: Scenario = {
  id: 'F22',
  fault: `the newest migration of the work queues, over 100,000 rows, while people book, and while another transaction holds one of the tables for ${held / 1_000} s`,
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f22' });
    await asBefore(stage, clinic.id);
    const api = await stage.serve({ env: { LOG_LEVEL: 'error' } });
    await stage.work();
    await rewind(stage);
    const bookings = new Bookings(clinic);
    const subscriber = new Subscriber({ origin: () => api.origin, token: clinic.tokens.owner });
    await subscriber.ready;
    await until(
      async () => (await bookings.book(api.client)) && subscriber.seen.length > 0,
      10_000,
      'an event came',
      200,
    );
    const writes = startLoad(4, () => bookings.book(api.client), 20);
    const reads = startLoad(4, () => api.client.ask(reading(clinic)), 20);
    await new Promise(resolve => setTimeout(resolve, 1_000));
    const release = await hold(stage);
    const migration = stage.processes.start({
      name: 'migrate',
      command: script('../migrate.ts'),
      env: environment({ url: stage.cluster.url, smtpUrl: stage.sink.smtpUrl, home: stage.home, plugins: pluginsOf() }),
    });
    const waits = `select from pg_locks where not granted and mode = 'AccessExclusiveLock'`;
    await until(async () => (await stage.cluster.query(waits)).length > 0, 60_000, 'the migration waits for the table');
    await new Promise(resolve => setTimeout(resolve, held));
    const heldBack = !(await isThere(stage));
    await release();
    const code = await migration.exited;
    await new Promise(resolve => setTimeout(resolve, 1_000));
    const [booked, read] = [await writes.stop(), await reads.stop()];
    stage.tell(`booking: ${summary(booked)}; reading: ${summary(read)}; ${migration.log.slice(-1).join()}`);
    await until(() => subscriber.seen.length >= bookings.made.size, 10_000, 'the subscriber has caught up').catch(
      () => {},
    );
    await workSettled(stage);
    await mailsSettled(stage);
    const [row] = await stage.cluster.query<{ count: string }>(
      `select count(*) from job where name = 'recall.planned-by-f22'`,
    );
    const findings = [
      exactly('migrations that failed', Number(code !== 0 || !(await isThere(stage))), 0),
      exactly('migrations done while the table was held', Number(!heldBack), 0),
      atLeast('bookings told to clients', bookings.made.size, 100),
      none('bookings that failed', strange(booked, [])),
      none('reads that failed', strange(read, [])),
      atMost(
        'the longest wait for an answer',
        Math.max(...[...booked, ...read].map(({ took }) => took)) / 1_000,
        3,
        's',
      ),
      exactly('rows of the queue lost', rows - Number(row!.count), 0),
      ...(await lost(stage, bookings)),
      ...(await missed(stage, subscriber)),
    ];
    await subscriber.stop();
    return findings;
  },
};

const rows = 100_000;
const name = 'core/WorkQueues';
const pluginsOf = (): string[] => process.env['RAPPORT_PLUGINS']!.split(',');

/** Jobs of a far day, by a name that no plugin has. */
const asBefore = ({ cluster }: Stage, clinicId: string): Promise<unknown> =>
  cluster.query(
    `insert into job (clinic_id, id, name, data, state, due_at, created_at)
     select $1, gen_random_uuid(), 'recall.planned-by-f22', '{}', 'waiting', now() + interval '1 year', now()
     from generate_series(1, ${rows})`,
    [clinicId],
  );

/** Nothing has been released from which a database could come: so the newest migration that the present code can do without is undone. */
async function rewind({ cluster }: Stage): Promise<void> {
  for (const table of ['event_handling', 'job'])
    await cluster.query(
      `drop index ${table}_waiting; create index ${table}_due on ${table} (clinic_id, due_at) where state = 'waiting'`,
    );
  await cluster.query(`delete from ${migrationTable} where name = '${name}'`);
}

const isThere = async ({ cluster }: Stage): Promise<boolean> =>
  (await cluster.query(`select from ${migrationTable} where name = $1`, [name])).length > 0;

/** A report, say, that reads long; answers what ends it. */
async function hold({ cluster, onEnd }: Stage): Promise<() => Promise<void>> {
  const client = new pg.Client(cluster.url);
  client.on('error', () => {});
  await client.connect();
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => (ended ??= client.end());
  onEnd(end);
  await client.query('begin');
  await client.query('select count(*) from event_handling');
  return end;
}
