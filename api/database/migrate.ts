import { setTimeout as wait } from 'node:timers/promises';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type MigrationObject } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { Plugin } from '../plugin.ts';
import { connectionConfig } from './connection.ts';
import { asMaintainer } from './maintenance.ts';
import { migrationTable, ormOptions } from './orm.ts';
import { markPlace } from './provenance.ts';
import { ensureRoles } from './roles.ts';

export interface MigrateOptions {
  /** Of a superuser, or of the database's owner with CREATEROLE and BYPASSRLS. */
  url: string;
  /** In the order they build on one another. */
  plugins: readonly Plugin[];
  /** Told the name of each migration before it runs, as `recall/Reminders`. */
  onProgress?(name: string): void;
  /** Milliseconds for which it is tried again where others hold a table; a minute if not given. */
  lockPatience?: number;
}

/**
 * Brings the database to the state of the plugins' migrations, all or none; answers the names of those that ran. Of
 * several processes that start at once, one migrates and the others wait for it.
 */
export async function migrate({
  url,
  plugins,
  onProgress = () => {},
  lockPatience = 60_000,
}: MigrateOptions): Promise<string[]> {
  const migrationsList = migrationsOf(plugins);
  return asMaintainer(url, async client => {
    await lock(client);
    await ensureRoles(client);
    const orm = await MikroORM.init({
      ...ormOptions(connectionConfig(url, 'owner')),
      entities: [],
      extensions: [Migrator],
      pool: { max: 2 },
      migrations: {
        migrationsList,
        tableName: migrationTable,
        snapshot: false,
        silent: true,
        disableForeignKeys: false,
      },
    });
    let current = '';
    orm.migrator.on('migrating', async ({ name }) => onProgress((current = name)));
    try {
      const done = await unlessLocked(() => orm.migrator.up(), lockPatience);
      await markPlace(client);
      return done.map(({ name }) => name);
    } catch (cause) {
      throw new Error(`The migration '${current}' failed, and nothing was changed: ${(cause as Error).message}`, {
        cause,
      });
    } finally {
      await orm.close();
    }
  });
}

/** Each migration under a name that says whose it is: a plugin may call its own as it likes. */
export function migrationsOf(plugins: readonly Plugin[]): MigrationObject[] {
  const list = plugins.flatMap(plugin =>
    (plugin.migrations ?? []).map(migration => ({ name: `${plugin.name}/${migration.name}`, class: migration })),
  );
  const twice = list.find(({ name }, at) => list.findIndex(other => other.name === name) !== at);
  if (twice) throw new Error(`Two migrations are called '${twice.name}': give one of the classes another name.`);
  return list;
}

/**
 * A statement that waits for a table holds up all that come after it, so it waits but two seconds; then the migrations are
 * undone, traffic passes, and they are tried again after a pause that grows.
 */
async function unlessLocked<T>(work: () => Promise<T>, patience: number): Promise<T> {
  const begun = Date.now();
  for (let pause = 250; ; pause = Math.min(pause * 2, 8_000)) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== '55P03') throw error;
      if (Date.now() - begun > patience)
        throw new Error(
          `others held a table that it changes for ${Math.round(patience / 1000)} s: try when there is less traffic.`,
          {
            cause: error,
          },
        );
    }
    await wait(pause * (0.75 + Math.random() / 2));
  }
}

const lockKey = 8_207_310_442;
const lockLimit = 600_000;

/**
 * Held until the client ends. It asks again and again: a statement that waits for the lock would hold a snapshot, and a
 * migration that builds an index concurrently waits for all snapshots.
 */
async function lock(client: pg.Client): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < lockLimit; await wait(100)) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [lockKey]);
    if (rows[0]!.locked) return;
  }
  throw new Error('Another process has been migrating this database for ten minutes: look at it, then start again.');
}
