import { existsSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startEmbedded } from '../../api/database/embedded.ts';
import { postmasterOf } from '../../api/database/postmaster.ts';

/** A PostgreSQL server that may be maltreated. */
export interface Cluster {
  /** Of the superuser. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** One statement on a connection of its own. */
  query<T extends object>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Ends the server without a word to its clients, as a crash does, and starts it again on the same port. */
  crash(): Promise<Outage>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

export interface Outage {
  /** On the clock of `performance.now()`. */
  readonly from: number;
  readonly to: number;
}

/** Durable as in production: a crash must not lose what was committed. */
export async function startCluster(home: string, settings?: Readonly<Record<string, string>>): Promise<Cluster> {
  const port = await freePort();
  const open = () => startEmbedded({ home, port, settings });
  let server = await open();
  const { url, dataDir } = server;
  return {
    url,
    port,
    dataDir,
    query: (text, values = []) => queryAt(url, text, values),
    async crash() {
      const { pid } = postmasterOf(dataDir) as { pid: number };
      const from = performance.now();
      process.kill(pid, 'SIGQUIT');
      while (postmasterOf(dataDir).state !== 'none' && postmasterOf(dataDir).state !== 'zombie') await wait(5);
      const before = server;
      server = await open();
      await before.stop();
      return { from, to: performance.now() };
    },
    async remove() {
      await server.stop();
      // The data may lie behind a link, where the server's user can reach it.
      const data = path.join(home, 'postgres');
      if (existsSync(data)) removeData(realpathSync(data));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function removeData(directory: string): void {
  const parent = path.dirname(directory);
  rmSync(path.basename(parent).startsWith('data-') ? parent : directory, { recursive: true, force: true });
}

async function queryAt<T extends object>(url: string, text: string, values: readonly unknown[]): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<T>(text, [...values])).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
