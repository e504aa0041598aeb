import type { Platform } from '../platform.ts';
import type { Job } from '../plugin.ts';
import { enqueue } from './queue.ts';

/** A job with a schedule, for the clinics of one time zone: three in the morning is not the same moment everywhere. */
export interface RecurringJob {
  /** `membership.expire-points@Asia/Taipei`, its name in the clock. */
  readonly key: string;
  readonly job: Job<void>;
  readonly plugin: string;
  readonly every: string;
  readonly timeZone: string;
}

export async function recurringJobs({ plugins, database }: Platform): Promise<RecurringJob[]> {
  const scheduled = plugins.flatMap(plugin => (plugin.jobs ?? []).filter(job => job.every).map(job => ({ plugin: plugin.name, job: job as Job<void> })));
  if (scheduled.length === 0) return [];
  const { rows } = await database.dispatch.query<{ time_zone: string }>('select distinct time_zone from clinic');
  return rows.flatMap(({ time_zone: timeZone }) =>
    scheduled.map(({ plugin, job }) => ({ key: `${job.name}@${timeZone}`, job, plugin, every: job.every!, timeZone })),
  );
}

/**
 * Gives the job to every clinic of the zone that enabled the plugin. The minute is its key, so that two processes that
 * hear the same ring give it once.
 */
export async function ringFor({ job, plugin, timeZone }: RecurringJob, { database, clock }: Platform): Promise<void> {
  const now = clock.now();
  const { rows } = await database.dispatch.query<{ id: string }>(
    `select c.id from clinic c join clinic_plugin p on p.clinic_id = c.id where c.time_zone = $1 and p.plugin = $2 and p.enabled`,
    [timeZone, plugin],
  );
  for (const { id: clinicId } of rows) {
    const key = now.toISOString().slice(0, 16);
    await database.transaction({ clinicId, patientIds: '*' }, em => enqueue(em, { clinicId, now }, job, undefined, { key }));
  }
}
