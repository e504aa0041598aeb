import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from './data-directory.ts';
import { forgetPostmaster, postmasterOf } from './postmaster.ts';
import { runProgram } from './program.ts';

export interface ServerOptions {
  port?: number;
  fast: boolean;
  settings?: Readonly<Record<string, string>>;
  /** Called while the server starts, for work that need not wait for it. */
  onStarting?(): void;
}

export interface RunningServer {
  readonly port: number;
  readonly adopted: boolean;
}

// Recovery after a kill reads the log of changes again, which takes its time after an import.
const startLimit = 300_000;
/** For how long a dead server's id may stay taken: its parent, often a container's first process, has to collect it. */
const zombieLimit = 10_000;

/** Starts the server, or finds the one that runs, or that another process starts at the same time. */
export async function ensureServer(cluster: Cluster, options: ServerOptions): Promise<RunningServer> {
  const begun = Date.now();
  let adopted = true;
  for (;;) {
    const found = postmasterOf(cluster.dataDir);
    if (found.state === 'ready') return { port: found.port, adopted };
    if (found.state === 'none') adopted = !(await start(cluster, options));
    else if (found.state === 'foreign') forgetPostmaster(cluster.dataDir);
    else if (found.state === 'zombie' && Date.now() - begun > zombieLimit) forgetPostmaster(cluster.dataDir);
    else if (Date.now() - begun > startLimit)
      throw new Error(`PostgreSQL did not get ready.\n${lastWords(cluster.dataDir, 0)}`);
    else await wait(50);
  }
}

/** Ends the server: politely to its clients, then not. Nothing to do if none runs. */
export async function stopServer({ dataDir, binaries, user }: Cluster): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    const { state } = postmasterOf(dataDir);
    if (state === 'none' || state === 'zombie' || state === 'foreign') return;
    const stop = ['stop', '-D', dataDir, '-m', mode, '-w', '-t', '30'];
    // It fails where the server ends by itself meanwhile; what counts is whether one is left.
    await runProgram(path.join(binaries.directory, 'pg_ctl'), stop, user).catch(() => undefined);
  }
  const { state } = postmasterOf(dataDir);
  if (state === 'ready' || state === 'stopping') throw new Error(`PostgreSQL of ${dataDir} does not stop.`);
}

/** True if the server runs by this call, false if something else was quicker and it is worth to look again. */
async function start(
  { dataDir, binaries, user }: Cluster,
  { port, fast, settings, onStarting }: ServerOptions,
): Promise<boolean> {
  const log = path.join(dataDir, 'server.log');
  const before = shorten(log);
  const flags = serverFlags({
    port: String(port ?? (await freePort())),
    ...(fast ? withoutDurability : {}),
    ...settings,
  });
  const args = ['start', '-D', dataDir, '-w', '-t', String(startLimit / 1_000), '-l', log, '-o', flags];
  try {
    const started = runProgram(path.join(binaries.directory, 'pg_ctl'), args, user, true);
    onStarting?.();
    await started;
    return true;
  } catch (error) {
    const words = lastWords(dataDir, before);
    if (/lock file "postmaster.pid" already exists|another server might be running/.test(words)) return false;
    if (port === undefined && /Address already in use/.test(words)) return false;
    throw new Error(`PostgreSQL did not start over ${dataDir}.\n${words}`, { cause: error });
  }
}

const withoutDurability = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

function serverFlags(settings: Readonly<Record<string, string>>): string {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    // Statements here are short: compiling them costs more than it saves.
    jit: 'off',
    // What people wrote does not belong in a log, neither as a parameter nor inside a statement or its detail.
    log_parameter_max_length_on_error: '0',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join(' ');
}

/** Keeps a log that was written to for months from filling the disk; answers its size. */
function shorten(log: string): number {
  const { size } = fs.statSync(log, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size < 10_000_000) return size;
  fs.renameSync(log, `${log}.1`);
  return 0;
}

/** The end of what the server wrote to its log since it was this long. */
function lastWords(dataDir: string, since: number): string {
  const log = path.join(dataDir, 'server.log');
  if (!fs.existsSync(log)) return '';
  return fs.readFileSync(log).subarray(since).toString('utf8').trim().split('\n').slice(-8).join('\n');
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
