import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import { channels } from '../events/outbox.ts';
import type { Platform } from '../platform.ts';
import type { EnqueueOptions, Job } from '../plugin.ts';
import type { Claim } from '../work/claims.ts';
import { createWorker, type Worker } from '../work/worker.ts';

interface Waiting extends Claim {
  name: string;
  data: unknown;
}

const defaultTimeout = 30_000;
const defaultAttempts = 8;

/** Stores a job in the caller's transaction; one of the same name and key that still waits is replaced. */
export async function enqueue<T>(em: EntityManager, { clinicId, now }: Pick<PlatformContext, 'clinicId' | 'now'>, job: Job<T>, data: T, { at = now, key }: EnqueueOptions = {}): Promise<void> {
  await em.execute(
    `insert into job (clinic_id, id, name, key, data, due_at, created_at) values (?, ?, ?, ?, ?::jsonb, ?, ?)
     on conflict (clinic_id, name, key) where state = 'waiting'
     do update set data = excluded.data, due_at = excluded.due_at, attempts = 0, error = null`,
    [clinicId, newId(), job.name, key ?? null, JSON.stringify(data ?? null), at.toISOString(), now.toISOString()],
  );
  if (at <= now) await em.execute(`select pg_notify('${channels.work}', '')`);
}

/** Runs the jobs that are due. A job that throws, or takes too long, is tried again, and is a dead letter in the end. */
export function createJobWorker(platform: Platform): Worker {
  const jobs = new Map(platform.plugins.flatMap(plugin => (plugin.jobs ?? []).map(job => [job.name, { plugin: plugin.name, job }])));
  return createWorker<Waiting>({
    platform,
    table: { name: 'job' },
    taskOf({ name, data }) {
      const known = jobs.get(name);
      if (!known) return undefined;
      const { timeout = defaultTimeout, attempts: mostAttempts = defaultAttempts } = known.job;
      return { name, plugin: known.plugin, timeout, mostAttempts, run: context => known.job.run(data, context) };
    },
  });
}
