import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Attendance } from './attendance.ts';
import { findBinaries, serverUser } from './binaries.ts';
import { isConnectionLost } from './connection.ts';
import { findDataDirectory, initialise, readPassword, type Cluster } from './data-directory.ts';
import { makeHome } from './home.ts';
import { ensureDatabase } from './maintenance.ts';
import { ensureServer, stopServer, type ServerOptions } from './server.ts';

export interface EmbeddedOptions {
  /** Where the data lies, in `postgres`; made if missing. See `rapportHome`. */
  home: string;
  /** A free one if not given. */
  port?: number;
  /** Gives durability for speed: for data that may be lost with the machine, as that of tests. */
  fast?: boolean;
  /** Of postgresql.conf, as `{ shared_buffers: '1GB' }`; they hold until the server stops. */
  settings?: Readonly<Record<string, string>>;
  onProgress?(step: string): void;
  /** Called while the server starts, for work that need not wait for it; not at all where one runs. */
  onStarting?(): void;
}

/** A PostgreSQL server of this machine alone, made from the binaries package. */
export interface EmbeddedPostgres {
  /** Of the superuser, in the database `rapport`; it holds a password, so it is never logged. */
  readonly url: string;
  readonly dataDir: string;
  /** Whether the server ran already: of another process, or left by one that was killed. */
  readonly adopted: boolean;
  /** Stops the server, unless another process uses it; any number of times. */
  stop(): Promise<void>;
}

/**
 * Starts the server over the data of `home`, which is made the first time, or adopts the one that runs there. Several
 * processes may do so at once. Where the machine does not allow it, fails with a sentence that says what to do.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { port, fast = false, settings, onProgress = () => {}, onStarting } = options;
  const home = makeHome(options.home);
  const user = serverUser();
  const binaries = await findBinaries(home, user);
  const cluster = { dataDir: findDataDirectory(home, user), binaries, user };
  const attendance = await Attendance.join(path.join(home, 'postgres.users'));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= attendance.leave(() => stopServer(cluster)));
  try {
    await initialise(cluster, fast, () => onProgress('Making the database'));
    onProgress('Waiting for PostgreSQL');
    const server = await reachServer(cluster, { port, fast, settings, onStarting });
    return { ...server, dataDir: cluster.dataDir, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

const reachLimit = 20_000;

/** A server that was found running may be dying just now: then it is looked for again, and started. */
async function reachServer(cluster: Cluster, options: ServerOptions): Promise<{ url: string; adopted: boolean }> {
  for (const begun = Date.now(); ; await wait(50)) {
    const { port, adopted } = await ensureServer(cluster, options);
    const url = `postgresql://rapport:${readPassword(cluster.dataDir)}@127.0.0.1:${port}/rapport`;
    try {
      await ensureDatabase(url);
      return { url, adopted };
    } catch (error) {
      if (!isConnectionLost(error) || Date.now() - begun > reachLimit) throw error;
    }
  }
}
