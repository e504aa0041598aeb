import type { Database } from '../database/database.ts';
import type { Limit } from '../plugin.ts';
import { createCounter, type Counter } from './counter.ts';

/** Counts what is spent of the limits that plugins define, each under its name. */
export type Spend = (limit: Limit, key: string) => Promise<void>;

export function createSpend(database: Database): Spend {
  const counters = new Map<Limit, Counter>();
  return (limit, key) => {
    const counter = counters.get(limit) ?? createCounter(database, limit);
    counters.set(limit, counter);
    return counter.spend(key);
  };
}
