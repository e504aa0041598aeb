import { randomUUID } from 'node:crypto';
import type { PlatformContext } from '../context.ts';
import { describe } from '../graphql/format-error.ts';
import { systemActor, type Platform } from '../platform.ts';
import { Breaker } from './breaker.ts';
import { claim, findDue, finish, giveBack, retryAfter, type Claim, type WorkTable } from './claims.ts';
import { withTimeLimit } from './time-limit.ts';

/** Does what is due; rung by the clock, and by tests. */
export interface Worker {
  /** Does one round of what is due at `now`, and answers how many things it took. */
  runDue(now: Date): Promise<number>;
}

/** One thing to do, with whose it is and how it is done. */
export interface Task {
  /** `recall.planReminders`: the plugin, and what acts. */
  readonly name: string;
  readonly plugin: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly mostAttempts: number;
  run(context: PlatformContext): Promise<void>;
}

export interface WorkerOptions<T extends Claim> {
  platform: Platform;
  table: WorkTable;
  /** Undefined where what it names is not installed any more. */
  taskOf(row: T, platform: Platform): Promise<Task | undefined> | Task | undefined;
}

class ClaimLost extends Error {}

/**
 * A worker over a table of work. What a task changes and the end of its row are one transaction: its effects in the
 * database happen exactly once, however often it is tried. A failing or hanging plugin holds up no other.
 */
export function createWorker<T extends Claim>({ platform, table, taskOf }: WorkerOptions<T>): Worker {
  const worker = randomUUID();
  const breaker = new Breaker();
  const { database, logger } = platform;

  const settle = async (row: T, task: Task, now: Date, error: unknown, context: PlatformContext): Promise<void> => {
    breaker.failed(task.plugin, now);
    const gone = row.attempts >= task.mostAttempts;
    const fault = describe(error);
    logger[gone ? 'error' : 'warn']({ task: task.name, attempts: row.attempts, fault }, gone ? 'Given up' : 'Will be tried again');
    const reason = `${String(fault['name'])}${fault['code'] ? ` ${String(fault['code'])}` : ''}: ${String(fault['message'] ?? 'see the log')}`;
    await database.transaction(context.scope, em => giveBack(em, table, row, worker, { error: reason, ...(!gone && { retryAt: retryAfter(row.attempts, now) }) }));
  };

  const perform = async (row: T, clinicId: string, now: Date): Promise<void> => {
    const task = await taskOf(row, platform);
    const actor = systemActor('job', task?.name ?? 'unknown');
    const context = await platform.contextFor({ clinicId, actor });
    const back = (why: Parameters<typeof giveBack>[4]): Promise<void> =>
      database.transaction(context.scope, em => giveBack(em, table, row, worker, why));
    if (!task) return back({ error: 'What it names is not installed.' });
    const pausedUntil = breaker.waitsUntil(task.plugin, now);
    if (pausedUntil) return back({ retryAt: pausedUntil, error: 'The plugin failed repeatedly and is left alone for a while.', untried: true });
    try {
      await context.transaction(async () => {
        if (!(await finish(context.em, table, row, worker))) throw new ClaimLost();
        // A plugin that was switched off has nothing more to do here.
        if (context.enabled.has(task.plugin)) await withTimeLimit(task.timeout, task.name, () => task.run(context));
      });
      breaker.succeeded(task.plugin);
    } catch (error) {
      if (!(error instanceof ClaimLost)) await settle(row, task, now, error, context);
    }
  };

  return {
    async runDue(now) {
      let done = 0;
      for (const [clinicId, ids] of await findDue(table, now, database)) {
        const scope = { clinicId, patientIds: '*' } as const;
        const rows = await database.transaction(scope, em => claim<T>(em, table, ids, { worker, now }));
        for (const row of rows) await perform(row, clinicId, now);
        done += rows.length;
      }
      return done;
    },
  };
}
