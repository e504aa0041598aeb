import { inspect } from 'node:util';

/** What a command started is ended in reverse order, whether it ends well, fails or is broken off. */
export interface Command {
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  onEnd(end: () => Promise<unknown>): void;
}

/** The sentence to end with where a command was broken off; without one it is `Broken off.` */
export class BrokenOff extends Error {}

const patience = 10_000;

/** Runs a command and exits: 0, 1 where it failed, 130 where it was broken off. */
export async function runCommand(work: (command: Command) => Promise<void>): Promise<void> {
  const broken = new AbortController();
  const ends: (() => Promise<unknown>)[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Who asks twice does not want to wait.
      if (broken.signal.aborted) process.exit(130);
      broken.abort();
    });
  }
  process.exitCode = 0;
  try {
    await work({ signal: broken.signal, onEnd: end => ends.push(end) });
  } catch (error) {
    // What fails while everything ends has no other cause than that.
    report(broken.signal.aborted && !(error instanceof BrokenOff) ? new BrokenOff('Broken off.') : error);
    process.exitCode = broken.signal.aborted ? 130 : 1;
  }
  setTimeout(() => process.exit(process.exitCode ?? 1), patience).unref();
  for (const end of ends.reverse()) await end().catch(report);
  process.exit(process.exitCode);
}

/** One sentence where the cause is known to be outside; the whole error where it may be ours. */
function report(error: unknown): void {
  const { code, path, message } = error as NodeJS.ErrnoException & { path?: string };
  if (process.env['DEBUG']) console.error(inspect(error));
  else if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    console.error(
      `${path ?? 'A file'} cannot be written. Give this user the right to, or set RAPPORT_HOME to another directory.`,
    );
  } else if (code === 'ENOSPC') console.error('The disk is full.');
  else if (code === 'ENOENT') console.error(`${path ?? message} does not exist.`);
  else if (code === 'ECONNREFUSED') console.error(`PostgreSQL does not answer (${message}). Is DATABASE_URL right?`);
  else console.error(message ?? inspect(error));
}
