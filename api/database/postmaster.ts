import fs from 'node:fs';
import path from 'node:path';
import { processOf } from './process-table.ts';

/**
 * What runs over a data directory, by its `postmaster.pid`:
 * - `none`: nothing, though the file may be left from a kill or a crash; PostgreSQL then removes it by itself.
 * - `zombie`: a dead server whose id is not yet free, so PostgreSQL would still refuse to start.
 * - `foreign`: the file is a leftover, and its id belongs to another program by now. In containers, where ids start
 *   low again after each restart, this is the common case.
 */
export type Postmaster =
  | { readonly state: 'none' | 'zombie' | 'foreign' }
  | { readonly state: 'starting' | 'ready' | 'stopping'; readonly pid: number; readonly port: number };

/** Looks at the data directory's server without talking to it. */
export function postmasterOf(dataDir: string): Postmaster {
  const lines = readLines(pidFile(dataDir));
  const pid = Math.abs(Number(lines[0]));
  const found = pid ? processOf(pid) : undefined;
  if (!found) return { state: 'none' };
  if (found.zombie) return { state: 'zombie' };
  if (!found.command.includes('postgres')) return { state: 'foreign' };
  // The server's own directory tells even after the data was moved, when its command line does not.
  if (found.directory !== undefined && found.directory !== dataDir) return { state: 'foreign' };
  const status = lines[7]?.trim();
  const state = status === 'ready' || status === 'stopping' ? status : 'starting';
  return { state, pid, port: Number(lines[3]) };
}

/** For a file that names no server; not for a dead one's, whose shared memory PostgreSQL checks by it. */
export const forgetPostmaster = (dataDir: string): void => fs.rmSync(pidFile(dataDir), { force: true });

const pidFile = (dataDir: string): string => path.join(dataDir, 'postmaster.pid');

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
