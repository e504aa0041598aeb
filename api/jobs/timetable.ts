import { Agenda, Job } from 'agenda';
import { PostgresBackend } from '@agendajs/postgres-backend';
import { hostname } from 'node:os';
import pg from 'pg';
import type { Logger } from 'pino';
import { connectionConfig } from '../database/connection.ts';
import { describe } from '../graphql/format-error.ts';

/** Something that recurs: in each cluster once at each of its times, whichever process is there. */
export interface Entry {
  readonly name: string;
  /** A cron expression, or an interval as Agenda reads it: `15 seconds`. */
  readonly every: string;
  /** IANA name. */
  readonly timeZone: string;
}

export interface TimetableOptions {
  url: string;
  logger: Logger;
  /** What to do at the times of an entry, by its name; short, and never throws. */
  actions: Readonly<Record<string, () => void>>;
  /** Milliseconds between two looks into the table; what is due before the next look is begun to the millisecond. */
  pollEvery?: number;
}

/** Of one name at once: entries of one job in many time zones can be due together. */
const concurrency = 50;

/**
 * Agenda as a clock, and as no more than that: few entries, actions that only ring, no data. Each setting answers a
 * defect of agenda 6.2.6 that was reproduced:
 *
 * - It ends the process when the database goes away, by its channel and its pool: it gets no channel, and a pool of ours.
 * - It ends the process when the database is away at the start: it is given a backend that is connected already.
 * - Its tables are made by a migration, as `ensureSchema` of two processes collides.
 * - Unlimited it locks all that is due, and with a limit below its concurrency it starves: so both are equal, and small.
 * - A row that is changed is run at its old time: rows are added and removed, never changed, so that a time that was
 *   missed while nothing ran is made up for, and an entry that someone disabled stays so.
 * - `unique` is no constraint: we have an index. `drain` waits for ever: `stop` lets go of what has not begun.
 */
export class Timetable {
  readonly #agenda: Agenda;
  readonly #pool: pg.Pool;
  readonly #logger: Logger;

  private constructor(agenda: Agenda, pool: pg.Pool, logger: Logger) {
    this.#agenda = agenda;
    this.#pool = pool;
    this.#logger = logger;
  }

  /** Connects and begins to act; rejects if the database cannot be reached. */
  static async open({ url, logger, actions, pollEvery = 5_000 }: TimetableOptions): Promise<Timetable> {
    const report = (error: unknown): void =>
      logger.warn({ fault: describe(error) }, 'The clock cannot reach the database');
    const pool = new pg.Pool({ ...connectionConfig(url, 'app'), max: 3, query_timeout: 10_000 });
    pool.on('error', report);
    try {
      const backend = await ConnectedBackend.over(pool, report);
      // Actions only ring, so a lock that outlived two looks is of a process that is gone.
      const lockLifetime = 2 * pollEvery;
      const names = Object.keys(actions);
      const name = `${hostname()}:${process.pid}`;
      const agenda = new Agenda({ backend, name, processEvery: pollEvery, maxConcurrency: names.length * concurrency });
      agenda.on('error', report);
      for (const name of names) {
        agenda.define(name, async () => actions[name]!(), {
          concurrency,
          lockLimit: concurrency,
          lockLifetime,
          backoff: () => 1_000,
        });
      }
      await agenda.start();
      return new Timetable(agenda, pool, logger);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /** From now on these recur and no others. What is there already keeps its next time, also one that has passed. */
  async keep(entries: readonly Entry[]): Promise<void> {
    const { rows } = await this.#pool.query<{ id: string; name: string; every: string; time_zone: string }>(
      'select id, name, repeat_interval as every, repeat_timezone as time_zone from agenda_jobs where repeat_interval is not null',
    );
    const there = new Map(rows.map(row => [keyOf({ ...row, timeZone: row.time_zone }), row.id]));
    const wanted = new Map(entries.map(entry => [keyOf(entry), entry]));
    const gone = [...there].filter(([key]) => !wanted.has(key)).map(([, id]) => id);
    await this.#pool.query('delete from agenda_jobs where id = any($1)', [gone]);
    for (const [key, entry] of wanted) if (!there.has(key)) await this.#add(entry);
  }

  async #add({ name, every, timeZone }: Entry): Promise<void> {
    const next = nextTime({ name, every, timeZone }, new Date());
    if (!next) return this.#logger.warn({ job: name, timeZone }, 'A job recurs in a time zone that does not exist');
    try {
      await this.#agenda.create(name, {}).repeatEvery(every, { timezone: timeZone }).save();
    } catch (error) {
      // Another process has added it meanwhile.
      if ((error as { code?: unknown }).code !== '23505') throw error;
    }
  }

  /** What has begun is only a ring; so there is nothing to wait for. */
  async stop(): Promise<void> {
    await this.#agenda
      .stop(false)
      .catch((error: unknown) => this.#logger.warn({ fault: describe(error) }, 'The clock could not let go'));
    await this.#pool.end();
  }
}

/** The next time after `after`, by Agenda's own reading; undefined where the expression or the zone means nothing. */
export function nextTime({ name, every, timeZone }: Entry, after: Date): Date | undefined {
  const entry = new Job(undefined as never, { name, type: 'normal', data: {}, priority: 0, nextRunAt: after });
  return entry.repeatEvery(every, { timezone: timeZone, skipImmediate: true }).attrs.nextRunAt ?? undefined;
}

const keyOf = ({ name, every, timeZone }: Entry): string => JSON.stringify([name, every, timeZone]);

/** Connected before Agenda has it: Agenda itself connects without anyone to catch the failure. */
class ConnectedBackend extends PostgresBackend {
  static async over(pool: pg.Pool, report: (error: unknown) => void): Promise<ConnectedBackend> {
    const backend = new ConnectedBackend({ pool, ensureSchema: false, disableNotifications: true });
    const { repository } = backend;
    const unlock = repository.unlockJob.bind(repository);
    // Agenda does not wait for this one either.
    repository.unlockJob = job => unlock(job).catch(report);
    await PostgresBackend.prototype.connect.call(backend);
    return backend;
  }

  override async connect(): Promise<void> {}
}
