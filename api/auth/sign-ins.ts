import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { v7 as newId } from 'uuid';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { describe } from '../graphql/format-error.ts';
import { networkOf } from './client-network.ts';

/** Where a request came from. */
export interface Arrival {
  /** Of the client; cut to its network before it is stored. */
  readonly address?: string;
  readonly requestId?: string;
}

/** Someone came in, or was refused, by a token of an issuer, an API key, a link to sign in, or an invitation. */
export interface SignIn {
  readonly clinicId: string;
  readonly method: 'TOKEN' | 'API_KEY' | 'LINK' | 'INVITATION';
  readonly outcome: 'SUCCEEDED' | 'REFUSED';
  readonly userId?: string;
  readonly apiKeyId?: string;
  readonly issuer?: string;
  /** A word, as `EXPIRED`. */
  readonly reason?: string;
}

/** The list of those who came in, and the times at which keys were last used: written off the path of the request. */
export interface SignIns {
  /** Once for each `key` in this process: a token comes with every request. */
  record(key: string, signIn: SignIn, arrival?: Arrival): void;
  used(clinicId: string, apiKeyId: string): void;
  /** Writes what waits. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface SignInsOptions {
  database: Database;
  clock: Clock;
  logger: Logger;
}

type Row = Omit<SignIn, 'clinicId'> & { id: string; address?: string; requestId?: string; at: Date };

/** What may wait while the database cannot answer. */
const longestWait = 10_000;
/** Milliseconds between two writes of when keys were used, or after a failed one. */
const pause = 60_000;

export const insertSignIns = `insert into sign_in
    (clinic_id, id, user_id, api_key_id, method, issuer, outcome, reason, address, request_id, created_at)
  select ?::uuid, r.id, r."userId", r."apiKeyId", r.method, r.issuer, r.outcome, r.reason, r.address, r."requestId", r.at
  from jsonb_to_recordset(?::jsonb) as r(id uuid, "userId" uuid, "apiKeyId" uuid, method text, issuer text, outcome text,
    reason text, address text, "requestId" text, at timestamptz)`;

const touchKeys = `update api_key set last_used_at = ?
  where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`;

export function createSignIns({ database, clock, logger }: SignInsOptions): SignIns {
  const seen = new LRUCache<string, true>({ max: 50_000 });
  let rows = new Map<string, Row[]>();
  let keys = new Map<string, Set<string>>();
  let waiting = 0;
  let flushing: Promise<void> | undefined;
  let soon: NodeJS.Immediate | undefined;

  const write = async (clinicId: string, statements: readonly [string, unknown[]][]): Promise<void> =>
    database.transaction({ clinicId, patientIds: '*' }, async em => {
      for (const [text, values] of statements) await em.execute(text, values);
    });
  const writeRows = async (): Promise<void> => {
    const taken = rows;
    [rows, waiting] = [new Map(), 0];
    for (const [clinicId, found] of taken) {
      try {
        await write(clinicId, [[insertSignIns, [clinicId, JSON.stringify(found)]]]);
      } catch (error) {
        logger.warn({ fault: describe(error), signIns: found.length }, 'Sign-ins could not be recorded; trying again');
        add(clinicId, found);
      }
    }
  };
  const add = (clinicId: string, found: readonly Row[]): void => {
    if (waiting + found.length > longestWait) return;
    waiting += found.length;
    rows.set(clinicId, [...(rows.get(clinicId) ?? []), ...found]);
  };
  const writeKeys = async (): Promise<void> => {
    const taken = keys;
    keys = new Map();
    const at = clock.now().toISOString();
    for (const [clinicId, ids] of taken) {
      await write(clinicId, [[touchKeys, [at, clinicId, JSON.stringify([...ids])]]]).catch((error: unknown) =>
        logger.warn({ fault: describe(error) }, 'The last use of API keys could not be recorded'),
      );
    }
  };
  const flushRows = (): Promise<void> => (flushing ??= writeRows().finally(() => (flushing = undefined)));
  const flush = async (): Promise<void> => {
    await flushing;
    await flushRows();
    await writeKeys();
  };
  const timer = setInterval(() => void flush(), pause).unref();

  return {
    record(key, { clinicId, ...signIn }, { address, requestId } = {}) {
      if (seen.has(key)) return;
      seen.set(key, true);
      add(clinicId, [{ ...signIn, id: newId(), address: networkOf(address), requestId, at: clock.now() }]);
      // What comes in one turn, or during a write, is written together.
      soon ??= setImmediate(() => {
        soon = undefined;
        void (flushing ?? Promise.resolve()).then(flushRows);
      });
    },
    used(clinicId, apiKeyId) {
      keys.set(clinicId, (keys.get(clinicId) ?? new Set()).add(apiKeyId));
    },
    flush,
    async stop() {
      clearInterval(timer);
      clearImmediate(soon);
      await flush();
    },
  };
}
