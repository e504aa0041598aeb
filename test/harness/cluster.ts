import { createHash, randomBytes } from 'node:crypto';
import type { Migration } from '@mikro-orm/migrations';
import { startEmbedded, type EmbeddedPostgres } from '../../api/database/embedded.ts';
import { asMaintainer, databaseUrl } from '../../api/database/maintenance.ts';
import { migrate, migrationsOf } from '../../api/database/migrate.ts';
import { processOf } from '../../api/database/process-table.ts';
import type { Plugin } from '../../api/plugin.ts';
import { testPlace } from './place.ts';

export interface ClonedDatabase {
  /** Of the owner, who passes row-level security. */
  readonly url: string;
  drop(): Promise<void>;
}

/** Where a test run finds the server that its set-up started. */
export const clusterVariable = 'RAPPORT_TEST_DATABASE_URL';

/**
 * The server of all test runs in this checkout. Runs at the same time share it, the last one stops it, and the next
 * finds the templates of this one. It gives up durability, so its data is not used again after the machine restarted.
 */
export async function startTestCluster(): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ home: testPlace(), fast: true });
  await removeLeftovers(server.url);
  return server;
}

/** A database of its own with the migrations of the plugins, in their order, as a copy of a template. */
export async function cloneDatabase(plugins: readonly Plugin[]): Promise<ClonedDatabase> {
  const url = await clusterUrl();
  const template = await templateOf(url, plugins);
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  // Without durability, copying the files takes half as long as writing each page to the log.
  await asMaintainer(url, client => client.query(`create database ${name} template ${template} strategy file_copy`));
  return {
    url: databaseUrl(url, name),
    drop: () =>
      asMaintainer(url, async client => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
}

let own: Promise<EmbeddedPostgres> | undefined;

/** Of the run's set-up; where a partner's tests run without one, of a server that ends with the process. */
async function clusterUrl(): Promise<string> {
  const given = process.env[clusterVariable];
  if (given) return given;
  own ??= startTestCluster().then(server => {
    process.once('beforeExit', () => void server.stop());
    return server;
  });
  return (await own).url;
}

const templates = new Map<string, Promise<string>>();

function templateOf(url: string, plugins: readonly Plugin[]): Promise<string> {
  const name = `template_${digest(plugins)}`;
  const known = templates.get(name) ?? ensureTemplate(url, name, plugins);
  templates.set(name, known);
  known.catch(() => templates.delete(name));
  return known;
}

/** Makes the template, unless it is there; of several workers and runs at once, one makes it. */
async function ensureTemplate(url: string, name: string, plugins: readonly Plugin[]): Promise<string> {
  return asMaintainer(url, async client => {
    const exists = async (): Promise<boolean> =>
      (await client.query('select from pg_database where datname = $1', [name])).rows.length > 0;
    if (await exists()) return name;
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
    if (await exists()) return name;
    const unfinished = `${name}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    await migrate({ url: databaseUrl(url, unfinished), plugins });
    await client.query(`alter database ${unfinished} allow_connections false`);
    await client.query(`alter database ${unfinished} rename to ${name}`);
    return name;
  });
}

/** By the text of the migrations and of the statements they add, as those may lie outside of the classes. */
function digest(plugins: readonly Plugin[]): string {
  const hash = createHash('sha256');
  for (const { name, class: migration } of migrationsOf(plugins)) {
    hash.update(
      JSON.stringify([name, String(migration), statementsOf(migration as new (...args: unknown[]) => Migration)]),
    );
  }
  return hash.digest('hex').slice(0, 20);
}

function statementsOf(migration: new (...args: unknown[]) => Migration): unknown {
  const instance = new migration();
  try {
    void instance.up();
  } catch {
    // It asks the database for something; then its own text has to tell it from others.
  }
  return instance.getQueries();
}

/** Databases of workers that were killed, and templates of migrations that were changed since. */
async function removeLeftovers(url: string): Promise<void> {
  await asMaintainer(url, async client => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database order by oid desc');
    const names = rows.map(({ datname }) => datname);
    const abandoned = names.filter(name => /^test_\d+_/.test(name) && !processOf(Number(name.split('_')[1])));
    const outdated = names.filter(name => /^template_[0-9a-f]{20}$/.test(name)).slice(20);
    for (const name of [...abandoned, ...outdated]) await client.query(`drop database if exists ${name} with (force)`);
  });
}
