import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface Child {
  readonly name: string;
  readonly port: number;
  /** One for each clinic, or none. */
  readonly tokens: readonly string[];
  /** CPU time so far in seconds, of all threads; undefined where the system does not tell. */
  cpu(): number | undefined;
  /** Megabytes of memory that it holds now; undefined where the system does not tell. */
  memory(): number | undefined;
  /** What it answers over the channel between the processes. */
  ask<T>(question: object): Promise<T>;
  stop(): Promise<void>;
}

const pins = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

/** Whether the servers have a core of their own. */
export const isPinned = pins;

/** Leaves core 0 to the servers. */
export function pinLoad(): void {
  if (pins) spawnSync('taskset', ['-a', '-c', '-p', `1-${availableParallelism() - 1}`, String(process.pid)]);
}

export interface ChildOptions {
  /** A file of this folder, which is run as it is compiled, as operators run it; or any other by its path. */
  file: string;
  databaseUrl: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** 0 is the servers'. */
  core?: number;
  /** What it says is not shown. */
  quiet?: boolean;
}

const compiled = fileURLToPath(new URL('../../dist/scripts/bench/', import.meta.url));

export async function startChild(name: string, options: ChildOptions): Promise<Child> {
  const { file, databaseUrl, args: own = [], env, core = 0, quiet = false } = options;
  const node = [process.execPath, path.resolve(compiled, file), ...own];
  const [program, ...args] = pins ? ['taskset', '-c', String(core), ...node] : node;
  const child = spawn(program!, args, {
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl, ...env },
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', quiet ? 'ignore' : 'inherit', 'ipc'],
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
    const { port, tokens } = await Promise.race([ready, ended, late]);
    const ask = <T>(question: object): Promise<T> =>
      Promise.race([
        new Promise<T>(resolve => {
          child.once('message', resolve as (message: unknown) => void);
          child.send(question);
        }),
        ended,
      ]);
    return { name, port, tokens, cpu: () => cpuOf(child.pid!), memory: () => memoryOf(child.pid!), ask, stop };
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

function memoryOf(pid: number): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  } catch {
    return undefined;
  }
}
