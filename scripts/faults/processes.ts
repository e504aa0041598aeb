import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processOf } from '../../api/database/process-table.ts';

/** A process of the platform, or of something before it. */
export interface Process {
  readonly name: string;
  readonly pid: number;
  /** What it printed: the last lines. */
  readonly log: readonly string[];
  readonly isAlive: boolean;
  /** Its exit code once it has ended by itself, as it should; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Sends the signal and waits for the end; answers the exit code, or null where a signal ended it, and milliseconds. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; took: number }>;
  /** Resident memory in bytes; 0 where the system does not tell. */
  memory(): number;
}

export interface Start {
  name: string;
  /** The program and its arguments. */
  command: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

const longestLog = 2_000;

/** The command line of one of our own scripts, run as this one is. */
export const script = (file: string): string[] => [
  process.execPath,
  ...process.execArgv,
  fileURLToPath(new URL(file, import.meta.url)),
];

/** All processes of one scenario: those that end by themselves are faults, and none may be left. */
export class Processes {
  readonly #all: Own[] = [];

  start(options: Start): Process {
    const own = new Own(options);
    this.#all.push(own);
    return own;
  }

  /** Names and last words of processes that nobody ended. */
  get crashes(): string[] {
    return this.#all.filter(each => each.crashed).map(({ name, log }) => `${name}: ${log.slice(-3).join(' ')}`);
  }

  /** Lines of all logs that match. */
  lines(pattern: RegExp): string[] {
    return this.#all.flatMap(({ log }) => log.filter(line => pattern.test(line)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.filter(({ isAlive }) => isAlive).map(each => each.end('SIGKILL')));
  }

  /** Ids of processes that are still there. */
  get left(): number[] {
    return this.#all.map(({ pid }) => pid).filter(pid => processOf(pid)?.zombie === false);
  }
}

class Own implements Process {
  readonly name: string;
  readonly pid: number;
  readonly log: string[] = [];
  crashed = false;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #wanted = false;

  constructor({ name, command, env }: Start) {
    const [program, ...args] = command;
    this.name = name;
    this.#child = spawn(program!, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = this.#child.pid!;
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', line => {
        if (process.env['DEBUG']) console.error(`${name}: ${line}`);
        if (this.log.push(line) > longestLog) this.log.shift();
      });
    }
    this.#ended = new Promise(resolve => this.#child.once('exit', resolve).once('error', () => resolve(null)));
    void this.#ended.then(() => (this.crashed = !this.#wanted));
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get exited(): Promise<number | null> {
    this.#wanted = true;
    return this.#ended;
  }

  async end(signal: NodeJS.Signals): Promise<{ code: number | null; took: number }> {
    this.#wanted = true;
    const begun = performance.now();
    this.#child.kill(signal);
    const code = await this.#ended;
    return { code, took: performance.now() - begun };
  }

  memory(): number {
    return memoryOf(this.pid);
  }
}

function memoryOf(pid: number): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * 4_096;
  } catch {
    return 0;
  }
}
