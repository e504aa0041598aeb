import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { describe } from '../graphql/format-error.ts';
import { hashOf, tooMany } from './counter.ts';

export interface BudgetOptions {
  database: Database;
  logger: Logger;
  /** Points of one credential in a minute. */
  points: number;
}

/**
 * What a credential may spend in a minute, over all processes. Each process counts by itself and adds what it counted to
 * the table once a second, where it learns what others counted: a statement for each request would cost more than most
 * requests do. So a credential can overdraw by what it asks in that second.
 */
export interface Budget {
  /** Answers what is left. Throws RATE_LIMITED, with the seconds to wait, where nothing is. */
  spend(credential: string, points: number): number;
  stop(): Promise<void>;
}

const seconds = 60;
const tellEvery = 1_000;
/** Statements at once: requests need the connections too. */
const atOnce = 2;

interface Account {
  /** By all processes, as last heard. */
  spent: number;
  /** By this process since then. */
  untold: number;
  /** When everything starts from nothing; milliseconds since 1970. */
  endsAt: number;
}

export function createBudget({ database, logger, points }: BudgetOptions): Budget {
  const limiter = new RateLimiterPostgres({
    storeClient: database.dispatch,
    storeType: 'pool',
    tableName: 'rate_limit',
    tableCreated: true,
    keyPrefix: 'points',
    points,
    duration: seconds,
  });
  const accounts = new Map<string, Account>();

  const tell = async (credential: string, account: Account): Promise<void> => {
    const { untold } = account;
    const { consumedPoints, msBeforeNext } = await limiter.penalty(hashOf(credential), untold);
    // What was spent while this was under way is told the next time.
    account.untold -= untold;
    account.spent = consumedPoints;
    account.endsAt = Date.now() + msBeforeNext;
  };
  const tellAll = async (): Promise<void> => {
    const now = Date.now();
    for (const [credential, { untold, endsAt }] of accounts)
      if (untold === 0 && endsAt <= now) accounts.delete(credential);
    const waiting = [...accounts].filter(([, { untold }]) => untold > 0);
    const hand = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await tell(...next);
    };
    await Promise.all(Array.from({ length: atOnce }, hand));
  };
  let telling: Promise<void> | undefined;
  const timer = setInterval(() => {
    telling ??= tellAll()
      // Without the table each process goes on counting by itself.
      .catch((error: unknown) => logger.warn({ fault: describe(error) }, 'What was spent could not be shared'))
      .finally(() => (telling = undefined));
  }, tellEvery).unref();

  return {
    spend(credential, asked) {
      const now = Date.now();
      let account = accounts.get(credential);
      if (!account || account.endsAt <= now) {
        account = { spent: 0, untold: 0, endsAt: now + seconds * 1000 };
        accounts.set(credential, account);
      }
      const left = points - account.spent - account.untold;
      if (left < asked) throw tooMany(account.endsAt - now);
      account.untold += asked;
      return left - asked;
    },
    async stop() {
      clearInterval(timer);
      await telling;
    },
  };
}
