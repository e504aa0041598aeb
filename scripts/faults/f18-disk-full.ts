import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { serverUser } from '../../api/database/binaries.ts';
import { Bookings, reading } from './bookings.ts';
import { lost, strange } from './f3-database-crashed.ts';
import { summary, type Answer } from './load.ts';
import { doublesOf, mailsSettled, plantMails, sentMails, workSettled } from './mails.ts';
import { atLeast, atMost, exactly, holds, none, notPossible, ownPlugin, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';

const size = 48;

/** The disk of the tables is full, and then it is not any more. */
export const diskFull: Scenario = {
  id: 'F18',
  fault: `the disk of PostgreSQL's tables (a tmpfs of ${size} MB) is full while people book and mails are due`,
  plugins: [ownPlugin('notices')],
  async run(stage) {
    const disk = mountDisk();
    if (typeof disk === 'string') return [notPossible(disk)];
    try {
      return await play(stage, disk.path);
    } finally {
      // The server must let go of the files before they can go.
      await stage.processes.stop();
      await moveTables(stage, 'pg_default').catch(() => {});
      await stage.cluster.query('drop tablespace if exists small').catch(() => {});
      disk.unmount();
    }
  },
};

async function play(stage: Stage, disk: string) {
  const { cluster, sink } = stage;
  const clinic = await stage.plant({ slug: 'f18' });
  await cluster.query(`create tablespace small location '${disk}'`);
  await cluster.query(`create table public.filler (text text) tablespace small`);
  await moveTables(stage, 'small');
  const { client } = await stage.serve();
  const worker = await stage.work();
  const bookings = new Bookings(clinic);
  for (let number = 0; number < 5; number++) await bookings.book(client);
  await workSettled(stage);
  await mailsSettled(stage);
  await plantMails(stage, clinic, 'notices.notice', 1);
  await fill(stage);
  const full: Answer[] = [];
  await until(
    async () => {
      full.push(await bookings.book(client));
      return full.filter(({ codes }) => codes.length > 0).length >= 20;
    },
    30_000,
    'bookings fail',
    20,
  );
  const read = await client.ask(reading(clinic));
  await new Promise(resolve => setTimeout(resolve, 3_000));
  const before = sink.arrivals.length;
  await cluster.query('drop table public.filler');
  const freed = performance.now();
  const recovered = await until(
    async () => (await bookings.book(client)).codes.length === 0,
    30_000,
    'bookings succeed',
    50,
  ).catch(() => Number.NaN);
  await workSettled(stage);
  await mailsSettled(stage);
  stage.tell(
    `${summary(full)}; ${before} mails until then; worked again after ${Math.round(performance.now() - freed)} ms`,
  );
  const mails = await sentMails(stage);
  return [
    atLeast(
      'bookings refused while the disk was full',
      full.filter(({ codes }) => codes[0] === 'STORAGE_UNAVAILABLE').length,
      20,
    ),
    none('answers that were neither right nor STORAGE_UNAVAILABLE', strange(full)),
    holds('what needs no room is answered', read.codes.length === 0, summary([read])),
    atMost('from the room to the first booking', recovered / 1_000, 5, 's'),
    holds('without a restart', worker.isAlive),
    ...(await lost(stage, bookings)),
    exactly('mails doubled', doublesOf(mails), 0),
    exactly('mails lost', mails.filter(({ copies, state }) => copies === 0 && state === 'sent').length, 0),
  ];
}

interface Disk {
  readonly path: string;
  unmount(): void;
}

/** A small file system of its own, for the server's user; or why there is none. */
function mountDisk(): Disk | string {
  const path = mkdtempSync('/var/tmp/rapport-disk-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `no file system can be mounted: ${(error as Error).message.split('\n')[0]}`;
  }
  const data = `${path}/data`;
  mkdirSync(data);
  const user = serverUser();
  if (user) chownSync(data, user.uid, user.gid);
  chmodSync(path, 0o711);
  return {
    path: data,
    unmount() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const tables = [
  'appointment',
  'taken_time',
  'outbox',
  'event_handling',
  'delivery',
  'idempotency_key',
  'recall_reminder',
];

async function moveTables({ cluster }: Stage, place: string): Promise<void> {
  const rows = await cluster.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename = any($1)
     union all select indexname from pg_indexes where schemaname = 'public' and tablename = any($1)`,
    [tables],
  );
  for (const { name } of rows) {
    const [{ kind }] = (await cluster.query<{ kind: string }>(
      `select relkind as kind from pg_class where relname = $1`,
      [name],
    )) as [{ kind: string }];
    await cluster.query(`alter ${kind === 'i' ? 'index' : 'table'} public.${name} set tablespace ${place}`);
  }
}

/** Writes until nothing fits any more, in ever smaller pieces. */
async function fill({ cluster }: Stage): Promise<void> {
  for (let rows = 4_000; rows >= 1;) {
    const isFull = await cluster
      .query(
        `insert into public.filler select string_agg(md5(random()::text), '') from generate_series(1, ${rows}) r, generate_series(1, 60) group by r`,
      )
      .then(
        () => false,
        () => true,
      );
    if (isFull) rows = Math.floor(rows / 4);
  }
}
