import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Agenda } from 'agenda';
import { PostgresBackend } from '@agendajs/postgres-backend';
import pg from 'pg';
import { connectionConfig } from '../database/connection.ts';
import type { Listener } from '../events/listener.ts';
import { channels } from '../events/outbox.ts';
import { describe } from '../graphql/format-error.ts';
import type { Platform } from '../platform.ts';
import type { Worker } from '../work/worker.ts';
import { recurringJobs, ringFor, type RecurringJob } from './recurring.ts';

export interface BellOptions {
  platform: Platform;
  listener: Listener;
  /** Rung in this order, as one leads to work for the next: events, jobs, mails. */
  sweeps: readonly Worker[];
}

/** Rings the workers: when the database says that there is work, and at the latest every fifteen seconds. */
export interface Bell {
  start(): Promise<void>;
  /** Lets what runs come to its end, for at most eight seconds. */
  stop(): Promise<void>;
}

const sweepEvery = 15_000;
const reconcileEvery = 3_600_000;
const patience = 8_000;
const lockLifetime = 60_000;

/**
 * Agenda is the clock and nothing else: it holds what recurs, one entry for a job and a time zone, and no patient's work.
 *
 * Agenda 6.2 on PostgreSQL needs care, each line of which answers a reproduced defect: errors of its pool and channel end
 * the process if nobody listens; its schema is made by a migration; a limit on locks keeps one worker from hoarding; a
 * lock is touched while a job runs; `every` is called only for what is new, as it would overwrite a slot that is overdue;
 * `drain` never returns, so the end waits for the running jobs itself.
 */
export function createBell({ platform, listener, sweeps }: BellOptions): Bell {
  const { logger, clock } = platform;
  let agenda: Agenda | undefined;
  let pool: pg.Pool | undefined;
  let sweeping: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const timers: NodeJS.Timeout[] = [];
  const ears: Disposable[] = [];

  const sweep = async (): Promise<void> => {
    while (again && !stopped) {
      again = false;
      for (const worker of sweeps) {
        while (!stopped) {
          const done = await worker.runDue(clock.now()).catch((error: unknown) => {
            logger.warn({ fault: describe(error) }, 'A sweep failed; it is repeated');
            return 0;
          });
          if (done === 0) break;
          again = true;
        }
      }
    }
  };
  const ring = (): void => {
    again = true;
    sweeping ??= sweep().finally(() => {
      sweeping = undefined;
      if (again && !stopped) ring();
    });
  };

  const connect = async (): Promise<Agenda> => {
    pool = new pg.Pool({ ...connectionConfig(platform.database.url, 'app'), max: 3 });
    pool.on('error', () => {});
    await pool.query('select 1');
    const backend = new PostgresBackend({ pool, ensureSchema: false });
    backend.notificationChannel?.on('error', () => {});
    const made = new Agenda({ name: `bell-${randomUUID()}`, backend, processEvery: 1_000, removeOnComplete: false });
    made.on('error', (error: Error) => logger.warn({ fault: describe(error) }, 'The clock has a fault'));
    await made.ready;
    return made;
  };
  const define = (made: Agenda, entry: RecurringJob): void => {
    made.define(
      entry.key,
      async job => {
        const touching = setInterval(() => void job.touch().catch(() => {}), lockLifetime / 3);
        try {
          await ringFor(entry, platform);
          ring();
        } finally {
          clearInterval(touching);
        }
      },
      { concurrency: 1, lockLimit: 1, lockLifetime },
    );
  };
  const known = new Set<string>();
  const reconcile = async (): Promise<void> => {
    const wanted = await recurringJobs(platform);
    for (const entry of wanted) {
      if (!known.has(entry.key)) define(agenda!, entry);
      known.add(entry.key);
      const { rows } = await pool!.query<{ repeat_interval: string }>(`select repeat_interval from agenda_jobs where name = $1 and type = 'single'`, [entry.key]);
      if (rows[0]?.repeat_interval !== entry.every) await agenda!.every(entry.every, entry.key, {}, { timezone: entry.timeZone });
    }
    const names = wanted.map(({ key }) => key);
    await pool!.query(`delete from agenda_jobs where type = 'single' and name <> all($1)`, [names]);
  };

  return {
    async start() {
      agenda = await connect();
      await reconcile();
      await agenda.start();
      for (const channel of Object.values(channels)) ears.push(listener.on(channel, ring));
      const repeat = (work: () => void, every: number): void => void timers.push(setInterval(work, every).unref());
      repeat(ring, sweepEvery);
      repeat(() => void reconcile().catch((error: unknown) => logger.warn({ fault: describe(error) }, 'The clock was not set')), reconcileEvery);
      ring();
    },
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      for (const ear of ears) ear[Symbol.dispose]();
      await Promise.race([sweeping, delay(patience, undefined, { ref: false })]);
      await agenda?.stop();
      await pool?.end();
    },
  };
}
