import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { describe } from '../graphql/format-error.ts';
import { writeEntries, type Entry, type PatientColumns } from './entry.ts';

/** The entries of what was read: written after the answer, many at once. */
export interface Reads {
  /** Answers a promise where too many wait: then whoever reads waits too, and fails if they cannot be written. */
  record(clinicId: string, entry: Entry, patients?: PatientColumns): Promise<void> | undefined;
  /** Writes what waits; rejects where that fails, and then it still waits. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface ReadsOptions {
  database: Database;
  logger: Logger;
  /** Entries that wait before readers do; 10,000 if not given. */
  most?: number;
}

/** Milliseconds for which entries are gathered: what is lost where a process is killed. */
const gathering = 200;
/** Of one insert. */
const batch = 500;

interface Waiting {
  readonly entry: Entry;
  readonly patients: PatientColumns | undefined;
}

export function createReads({ database, logger, most = 10_000 }: ReadsOptions): Reads {
  const waiting = new Map<string, Waiting[]>();
  let count = 0;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const write = async (): Promise<void> => {
    for (const [clinicId, entries] of waiting) {
      while (entries.length > 0) {
        const part = entries.slice(0, batch);
        await writePart(database, clinicId, part);
        entries.splice(0, part.length);
        count -= part.length;
      }
      waiting.delete(clinicId);
    }
  };
  const flush = async (): Promise<void> => {
    await writing?.catch(() => undefined);
    await (writing ??= write().finally(() => (writing = undefined)));
  };
  const flushSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush().catch((error: unknown) => {
        logger.warn({ fault: describe(error), entries: count }, 'Audit entries could not be written; trying again');
        flushSoon();
      });
    }, gathering).unref();
  };
  const add = (clinicId: string, one: Waiting): void => {
    const entries = waiting.get(clinicId);
    if (entries) entries.push(one);
    else waiting.set(clinicId, [one]);
    count++;
    flushSoon();
  };

  return {
    record(clinicId, entry, patients) {
      if (count < most) return void add(clinicId, { entry, patients });
      return flush().then(() => add(clinicId, { entry, patients }));
    },
    flush,
    async stop() {
      clearTimeout(timer);
      await flush().catch((error: unknown) =>
        logger.error({ fault: describe(error), entries: count }, 'Audit entries are lost: they could not be written'),
      );
      clearTimeout(timer);
    },
  };
}

function writePart(database: Database, clinicId: string, part: readonly Waiting[]): Promise<void> {
  const scope = { clinicId, patientIds: '*' } as const;
  const patients = new Map(part.flatMap(one => [...(one.patients ?? [])]));
  const entries = part.map(({ entry }) => entry);
  return database.transaction(scope, em => writeEntries(em, scope, entries, patients));
}
