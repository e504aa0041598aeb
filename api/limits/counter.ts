import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../database/database.ts';
import { RapportError } from '../errors.ts';

export interface CounterOptions {
  /** What is counted, as `verify`; two counters of one name share their counts. */
  name: string;
  /** How much may be spent of one key in the given time. */
  points: number;
  seconds: number;
}

/** Counts per target, as the tries at one code, or the mails to one address; shared by all processes. */
export interface Counter {
  /** Throws RATE_LIMITED, with the seconds to wait, where more is spent than there is. */
  spend(key: string, points?: number): Promise<void>;
  /** After success: the next one starts from nothing. */
  reset(key: string): Promise<void>;
}

/** Its time is that of the machines. The key is stored as a hash: an address stays unknown to who reads the table. */
export function createCounter({ dispatch }: Database, { name, points, seconds }: CounterOptions): Counter {
  const limiter = new RateLimiterPostgres({
    storeClient: dispatch,
    storeType: 'pool',
    tableName: 'rate_limit',
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
  });
  return {
    async spend(key, spent = 1) {
      await limiter.consume(hashOf(key), spent).catch((refusal: unknown) => {
        throw refusal instanceof RateLimiterRes ? tooMany(refusal.msBeforeNext) : refusal;
      });
    },
    async reset(key) {
      await limiter.delete(hashOf(key));
    },
  };
}

export const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

export const tooMany = (milliseconds: number): RapportError => {
  const retryAfter = Math.max(1, Math.ceil(milliseconds / 1000));
  return new RapportError('RATE_LIMITED', `Too often: try again in ${retryAfter} s.`, { retryAfter });
};
