import type { PlatformContext } from '../context.ts';
import { systemActor, type Platform } from '../platform.ts';
import type { Claim, WorkTable } from './claims.ts';
import { Lane } from './lane.ts';
import { sweepOf, type Sweep } from './sweep.ts';

/** Does what is due; rung by notifications, by the clock, and by tests. */
export type Worker = Sweep;

/** How one kind of work is done, and whose it is. */
export interface Task<T> {
  /** `recall.keepReminders`: what acts, and the name that its rows have. */
  readonly name: string;
  readonly plugin: string;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Before it is a dead letter. */
  readonly attempts: number;
  run(row: Claim & T, context: PlatformContext): Promise<void>;
}

export interface WorkerOptions<T> {
  platform: Platform;
  table: WorkTable;
  /** On which it hears that there is something to do. */
  channel: string;
  tasks: readonly Task<T>[];
  actor: 'job' | 'system';
  /** Milliseconds that work is given when the process is to end; 7,000 if not given. */
  grace?: number;
}

/** One lane for each plugin: one that fails or hangs holds up no other. Rows of what is not installed wait. */
export function createWorker<T extends object>({
  platform,
  table,
  channel,
  tasks,
  actor: kind,
  grace,
}: WorkerOptions<T>): Worker {
  const byPlugin = Map.groupBy(tasks, ({ plugin }) => plugin);
  const lanes = [...byPlugin].map(
    ([plugin, own]) =>
      new Lane<T>({ platform, table, plugin, grace, tasks: own, actorOf: name => systemActor(kind, name) }),
  );
  return sweepOf(lanes, channel);
}
