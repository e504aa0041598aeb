import { OptimisticLockError, type EntityManager } from '@mikro-orm/postgresql';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { conflict } from '../errors.ts';
import type { Plugin } from '../plugin.ts';
import { connectionConfig } from './connection.ts';
import type { Database } from './database.ts';
import { createOrm } from './orm.ts';
import { variablesOf, type Scope } from './tenancy.ts';

export { connectionConfig };

export interface ConnectOptions {
  /** Of a user who may become `rapport_app` and `rapport_dispatch`. */
  url: string;
  plugins: readonly Plugin[];
}

/** Opens the runtime's connections, each when it is first needed; fails only where an entity is wrong. */
export async function connect({ url, plugins }: ConnectOptions): Promise<Database> {
  const orm = await createOrm(connectionConfig(url, 'app'), plugins);
  const dispatch = new pg.Pool({ ...connectionConfig(url, 'dispatch'), max: 3, query_timeout: 10_000 });
  // A connection that breaks while it is idle is replaced; without a listener it would end the process.
  dispatch.on('error', () => undefined);
  const fork = (scope: Scope): EntityManager => {
    const em = orm.em.fork({ session: { variables: variablesOf(scope) } });
    em.setFilterParams('clinic', { clinicId: scope.clinicId });
    return em;
  };
  const transaction = <T>(scope: Scope, work: (em: EntityManager) => Promise<T>): Promise<T> =>
    again(() => inTransaction(fork(scope), work));
  const close = async (): Promise<void> => {
    await Promise.all([orm.close(), dispatch.end()]);
  };
  return { url, orm, dispatch, fork, transaction, close };
}

async function inTransaction<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  await em.begin();
  try {
    const result = await work(em);
    await em.commit();
    return result;
  } catch (error) {
    // Of a connection that broke there is nothing to roll back, and its own error must not hide the first one.
    await em.rollback().catch(() => undefined);
    em.clear();
    if (error instanceof OptimisticLockError) throw conflict('It was changed meanwhile: read it again.');
    throw error;
  }
}

const attempts = 4;

/** Two transactions that wait for each other, or overlap, succeed one after the other. */
async function again<T>(work: () => Promise<T>, attempt = 1): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempt === attempts || !passes(error)) throw error;
    await wait(Math.random() * 20 * 2 ** attempt);
    return again(work, attempt + 1);
  }
}

const passes = (error: unknown): boolean => ['40001', '40P01'].includes(String((error as { code?: unknown }).code));
