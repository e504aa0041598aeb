import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { Scope } from './tenancy.ts';

/** The runtime's connections: as `rapport_app` under row-level security, and as `rapport_dispatch` for finding work. */
export interface Database {
  /** Without a role: for making other connections, never logged. */
  readonly url: string;
  readonly orm: MikroORM;
  /** Reads only routing columns, over all clinics. */
  readonly dispatch: pg.Pool;
  /** For writes outside a transaction's life, and lazy reads: each statement runs under the scope. */
  fork(scope: Scope): EntityManager;
  /**
   * Runs `work` in one transaction under the scope and commits. A deadlock or serialization failure (40P01, 40001)
   * is tried again up to three times, so `work` must not do anything that a roll-back does not undo.
   */
  transaction<T>(scope: Scope, work: (em: EntityManager) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
