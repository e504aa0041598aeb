import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import { channels } from '../events/outbox.ts';
import type { Platform } from '../platform.ts';
import type { EnqueueOptions, Job } from '../plugin.ts';
import { sweepOf } from '../work/sweep.ts';
import { createWorker, type Task, type Worker } from '../work/worker.ts';
import { createRecurringSweep } from './recurring.ts';

/** Stores a job in the caller's transaction; one of the same name and key that still waits is replaced. */
export async function enqueue<T>(
  em: EntityManager,
  { clinicId, now }: Pick<PlatformContext, 'clinicId' | 'now'>,
  { name }: Job<T>,
  data: T,
  { at = now, key }: EnqueueOptions = {},
): Promise<void> {
  await em.execute(
    `insert into job (clinic_id, id, name, key, data, due_at, created_at) values (?, ?, ?, ?, ?::jsonb, ?, ?)
     on conflict (clinic_id, name, key) where state = 'waiting'
     do update set data = excluded.data, due_at = excluded.due_at, attempts = 0, error = null`,
    [clinicId, newId(), name, key ?? null, JSON.stringify(data ?? null), at.toISOString(), now.toISOString()],
  );
  if (at <= now) await em.execute(`select pg_notify('${channels.work}', '')`);
}

/** Runs the jobs that are due, and gives clinics those that recur. One that throws, or takes too long, is tried again. */
export function createJobWorker(platform: Platform): Worker {
  const tasks = platform.plugins.flatMap(({ name: plugin, jobs = [] }) =>
    jobs.map(({ name, timeout: timeLimit = 30_000, attempts = 8, run }): Task<{ data: unknown }> => ({
      name,
      plugin,
      timeLimit,
      attempts,
      run: ({ data }, context) => run(data ?? undefined, context),
    })),
  );
  const table = { table: 'job', name: 'name', columns: 'claimed.data' } as const;
  const { lanes = [] } = createWorker<{ data: unknown }>({
    platform,
    table,
    channel: channels.work,
    tasks,
    actor: 'job',
  });
  return sweepOf([createRecurringSweep(platform), ...lanes], channels.work);
}
