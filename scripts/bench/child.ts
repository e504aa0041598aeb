import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface Child {
  readonly name: string;
  readonly port: number;
  /** One for each clinic, or none. */
  readonly tokens: readonly string[];
  /** CPU time so far in seconds, of all threads; undefined where the system does not tell. */
  cpu(): number | undefined;
  stop(): Promise<void>;
}

const pins = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

/** Whether the servers have a core of their own. */
export const isPinned = pins;

/** Leaves core 0 to the servers. */
export function pinLoad(): void {
  if (pins) spawnSync('taskset', ['-a', '-c', '-p', `1-${availableParallelism() - 1}`, String(process.pid)]);
}

export async function startChild(name: string, file: string, databaseUrl: string): Promise<Child> {
  const node = [process.execPath, ...process.execArgv, fileURLToPath(new URL(file, import.meta.url))];
  const [program, ...args] = pins ? ['taskset', '-c', '0', ...node] : node;
  const child = spawn(program!, args, {
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', code => reject(new Error(`The server '${name}' ended with ${code}.`))).once('error', reject);
  });
  ended.catch(() => {});
  const ready = new Promise<{ port: number; tokens: string[] }>(resolve =>
    child.once('message', resolve as (message: unknown) => void),
  );
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`The server '${name}' was not ready within a minute.`)), 60_000).unref(),
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended.catch(() => {});
  };
  try {
    return { name, ...(await Promise.race([ready, ended, late])), cpu: () => cpuOf(child.pid!), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nanoseconds on a CPU by thread, which Linux tells. */
function cpuOf(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const times = threads.map(thread =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return times.reduce((sum, time) => sum + time, 0) / 1e9;
  } catch {
    return undefined;
  }
}
