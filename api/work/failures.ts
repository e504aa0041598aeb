import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { describe } from '../graphql/format-error.ts';
import { reasonOf } from './failure.ts';

export interface Failure {
  /** Empty where none is known: it is not counted then. */
  readonly clinicId: string;
  readonly plugin: string;
  readonly error: unknown;
  /** Until when this process leaves the plugin's work alone, after too many failures in a row. */
  readonly pausedUntil?: Date;
}

/** How often each plugin failed in each clinic, for people to see. A count may be lost with its process. */
export interface Failures {
  note(failure: Failure): void;
  /** Writes down what was noted since the last time. */
  flush(): Promise<void>;
}

/** Milliseconds: failures of so long a time are one row. */
export const slotOf = 300_000;
/** Milliseconds between a failure and the row that tells of it. */
const flushAfter = 2_000;
/** Rows that wait to be written; more are not counted. */
const mostRows = 1_000;

interface Row {
  plugin: string;
  slot: string;
  failures: number;
  at: string;
  reason: string;
  until?: string;
  by?: string;
}

const write = `insert into plugin_failure as f (clinic_id, plugin, slot, failures, last_at, last_reason, paused_until, paused_by)
  select ?::uuid, plugin, slot, failures, at, reason, until, by from jsonb_to_recordset(?::jsonb)
    as r (plugin text, slot timestamptz, failures integer, at timestamptz, reason text, until timestamptz, by text) order by plugin, slot
  on conflict (clinic_id, plugin, slot) do update set failures = f.failures + excluded.failures, last_at = excluded.last_at,
    last_reason = excluded.last_reason, paused_until = coalesce(excluded.paused_until, f.paused_until),
    paused_by = coalesce(excluded.paused_by, f.paused_by)`;

/** Kept in memory for two seconds and then written together: a field that fails a thousand times a second writes one row. */
export function createFailures({
  database,
  clock,
  logger,
}: {
  database: Database;
  clock: Clock;
  logger: Logger;
}): Failures {
  let noted = new Map<string, Map<string, Row>>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const writeDown = async (): Promise<void> => {
    const batch = noted;
    noted = new Map();
    for (const [clinicId, rows] of batch) {
      await database
        .transaction({ clinicId, patientIds: '*' }, em =>
          em.execute(write, [clinicId, JSON.stringify([...rows.values()])]),
        )
        .catch((error: unknown) => logger.warn({ fault: describe(error) }, 'Failures of plugins could not be counted'));
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return (writing = writing.then(writeDown));
  };
  return {
    note({ clinicId, plugin, error, pausedUntil }) {
      if (clinicId === '') return;
      const rows = noted.get(clinicId) ?? new Map<string, Row>();
      const now = clock.now();
      const slot = new Date(Math.floor(now.getTime() / slotOf) * slotOf).toISOString();
      const key = `${plugin} ${slot}`;
      const known = rows.get(key);
      if (!known && (rows.size >= mostRows || noted.size >= mostRows)) return;
      const pause = pausedUntil && { until: pausedUntil.toISOString(), by: `${hostname()}:${process.pid}` };
      rows.set(key, {
        ...known,
        plugin,
        slot,
        failures: (known?.failures ?? 0) + 1,
        at: now.toISOString(),
        reason: reasonOf(error),
        ...pause,
      });
      noted.set(clinicId, rows);
      timer ??= setTimeout(() => void flush(), flushAfter).unref();
    },
    flush,
  };
}
