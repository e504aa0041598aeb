import { v7 as newId } from 'uuid';
import { channels } from '../events/outbox.ts';
import type { Platform } from '../platform.ts';
import type { Job, Plugin } from '../plugin.ts';
import type { Sweep } from '../work/sweep.ts';
import { nextTime, type Entry } from './timetable.ts';

interface Recurring {
  readonly plugin: string;
  readonly job: Job<any> & { readonly every: string };
}

/** Jobs with `every`; throws where one is not a cron expression of five fields, naming the plugin. */
export function recurringOf(plugins: readonly Plugin[]): Recurring[] {
  const recurring = plugins.flatMap(({ name: plugin, jobs = [] }) =>
    jobs.filter(isRecurring).map(job => ({ plugin, job })),
  );
  for (const { plugin, job } of recurring) {
    const { name, every } = job;
    if (every.trim().split(/\s+/).length === 5 && nextTime({ name, every, timeZone: 'UTC' }, new Date())) continue;
    throw new Error(
      `'${plugin}' runs '${name}' every '${every}', which is no cron expression: write minute, hour, day, month and weekday, as '0 9 * * 1-5'.`,
    );
  }
  return recurring;
}

const isRecurring = (job: Job<any>): job is Recurring['job'] => job.every !== undefined;

const isEnabled = `(p.name = 'core' or exists (
  select from clinic_plugin e where e.clinic_id = c.id and e.plugin = p.name and e.enabled))`;

/** One entry for each job and each time zone in which a clinic has the plugin enabled. */
export async function entriesOf({ plugins, database }: Pick<Platform, 'plugins' | 'database'>): Promise<Entry[]> {
  const recurring = recurringOf(plugins);
  if (recurring.length === 0) return [];
  const { rows } = await database.dispatch.query<{ plugin: string; time_zone: string }>(
    `select distinct p.name as plugin, c.time_zone from unnest($1::text[]) p (name), clinic c where ${isEnabled} order by 1, 2`,
    [[...new Set(recurring.map(({ plugin }) => plugin))]],
  );
  return recurring.flatMap(({ plugin, job: { name, every } }) =>
    rows.filter(row => row.plugin === plugin).map(({ time_zone: timeZone }) => ({ name, every, timeZone })),
  );
}

interface Run {
  clinic_id: string;
  name: string;
  slot: string;
}

const batch = 500;
/** Milliseconds for which runs are still given that were not given in time, as the process ended in between. */
const patience = 3_600_000;

const missingRuns = `select c.id as clinic_id, a.name, date_trunc('minute', a.last_run_at)::text as slot
  from unnest($1::text[], $2::text[]) as p (job, name)
  join agenda_jobs a on a.name = p.job
  join clinic c on c.time_zone = a.repeat_timezone
  left join job_schedule s on s.clinic_id = c.id and s.name = a.name
  where a.last_run_at > $3 and a.last_run_at <= $4 and ${isEnabled}
    and (s.slot is null or s.slot < date_trunc('minute', a.last_run_at))
  limit ${batch}`;

const giveRun = `with given as (
    insert into job_schedule (clinic_id, name, slot, given_at) values (?, ?, ?, ?)
    on conflict (clinic_id, name) do update set slot = excluded.slot, given_at = excluded.given_at
      where job_schedule.slot < excluded.slot
    returning to_char(slot at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as key),
  run as (
    insert into job (clinic_id, id, name, key, data, due_at, created_at)
    select ?, ?, ?, given.key, 'null', ?, ? from given
    on conflict (clinic_id, name, key) where state = 'waiting' do nothing
    returning 1)
  select pg_notify('${channels.work}', '') from run`;

/**
 * Gives each clinic its run of a recurring job whose time has come. The clock writes down that an entry is running before
 * anything is done about it, and which run a clinic was given last is kept with the run: so a round that a kill cut short
 * is finished by the next sweep, and no clinic gets a run twice.
 */
export function createRecurringSweep({
  plugins,
  database,
  clock,
}: Pick<Platform, 'plugins' | 'database' | 'clock'>): Sweep {
  const recurring = recurringOf(plugins);
  const names = recurring.map(({ job }) => job.name);
  const owners = recurring.map(({ plugin }) => plugin);
  return {
    async runDue(now) {
      if (names.length === 0) return 0;
      const since = new Date(now.getTime() - patience);
      const { rows } = await database.dispatch.query<Run>({
        name: 'missing runs',
        text: missingRuns,
        values: [names, owners, since, now],
      });
      for (const { clinic_id: clinicId, name, slot } of rows) {
        const at = clock.now().toISOString();
        await database.transaction({ clinicId, patientIds: '*' }, em =>
          em.execute(giveRun, [clinicId, name, slot, at, clinicId, newId(), name, at, at]),
        );
      }
      return rows.length;
    },
  };
}
