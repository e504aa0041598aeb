import { readdirSync, readFileSync } from 'node:fs';

/** Seconds on a CPU by process. */
type Times = ReadonlyMap<number, number>;

/**
 * CPU time that PostgreSQL spends on the connections to one database of this machine: `const spent = backendClock('bench_mail')`,
 * and later `spent()` in seconds. What looks after tables, writes the log or makes checkpoints is not counted, as it comes when
 * it comes. Undefined where the system does not tell.
 */
export function backendClock(database: string): () => number | undefined {
  const before = timesOf(database);
  return () => {
    const after = timesOf(database);
    if (!before || !after) return undefined;
    return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
  };
}

function timesOf(database: string): Times | undefined {
  if (process.platform !== 'linux') return undefined;
  const times = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const seconds = /^\d+$/.test(name) ? secondsOf(name, database) : undefined;
    if (seconds !== undefined) times.set(Number(name), seconds);
  }
  return times;
}

/** A backend calls itself `postgres: rapport_app bench_mail 127.0.0.1(40888) idle`. One may end while it is looked at. */
function secondsOf(pid: string, database: string): number | undefined {
  try {
    const [title, , name] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(' ');
    if (title !== 'postgres:' || name !== database) return undefined;
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  } catch {
    return undefined;
  }
}
