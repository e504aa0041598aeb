import { OptimisticLockError, type EntityManager } from '@mikro-orm/postgresql';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { conflict } from '../errors.ts';
import type { Plugin } from '../plugin.ts';
import { connectionConfig, isConnectionLost } from './connection.ts';
import type { Database } from './database.ts';
import { createOrm } from './orm.ts';
import { variablesOf, type Scope } from './tenancy.ts';

export interface ConnectOptions {
  /** Of a user who may become `rapport_app` and `rapport_dispatch`. */
  url: string;
  plugins: readonly Plugin[];
}

/** Milliseconds before an answer counts as lost on the way: the server itself gives a statement up earlier. */
const timeLimit = 10_000;
const attempts = 4;

/** Opens the runtime's connections, each when it is first needed; fails only where an entity is wrong. */
export async function connect({ url, plugins }: ConnectOptions): Promise<Database> {
  const orm = await createOrm({ ...connectionConfig(url, 'app'), query_timeout: timeLimit }, plugins);
  const dispatch = new pg.Pool({ ...connectionConfig(url, 'dispatch'), max: 3, query_timeout: timeLimit });
  // A connection that breaks is replaced; without listeners, idle or in use, it would end the process.
  dispatch.on('error', () => undefined).on('connect', client => client.on('error', () => undefined));
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

/** After a restart of the server, idle connections are found broken; nothing has happened on them, so others are tried. */
async function begin(em: EntityManager, attempt = 1): Promise<void> {
  try {
    await em.begin();
  } catch (error) {
    if (attempt === attempts || !isConnectionLost(error)) throw error;
    await begin(em, attempt + 1);
  }
}

async function inTransaction<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  await begin(em);
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
