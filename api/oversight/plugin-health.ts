import { Authorized, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { PlatformContext } from '../context.ts';
import { DateTime } from '../graphql/scalars.ts';
import type { Plugin } from '../plugin.ts';
import { workRead } from './permissions.ts';

/** Rows that are counted: enough to see that it is much. */
const most = 1_000;
const orMore = `at most ${most}, which means that or more`;

@ObjectType({ description: 'How an installed plugin does in the clinic.' })
export class PluginHealth {
  @Field(() => String, { description: 'Name of the plugin.' })
  name: string;

  @Field(() => String, { description: 'Version that is installed.' })
  version: string;

  @Field(() => Boolean, { description: 'Whether the clinic has it enabled.' })
  enabled: boolean;

  @Field(() => Int, {
    description: 'How often a handler, job, mail, page or field of it failed in the last hour, to five minutes.',
  })
  failuresLastHour: number;

  @Field(() => Int, { description: 'How often it failed in the last 24 hours, to five minutes.' })
  failuresLastDay: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it failed the last time; null if not in the last 24 hours.',
  })
  lastFailureAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it failed the last time, as it is in the log.' })
  lastReason: string | null;

  @Field(() => Int, { description: `Events and jobs that wait for it or run, ${orMore}.` })
  waiting: number;

  @Field(() => Int, { description: `Its dead letters: events and jobs that failed for good, ${orMore}.` })
  dead: number;

  @Field(() => DateTime, { nullable: true, description: 'When the first of those that wait was or is due.' })
  oldestDueAt: Date | null;

  @Field(() => Int, { description: 'For how many seconds that one has been overdue; 0 if it is not.' })
  overdueSeconds: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when a process leaves it alone, as it failed too often in a row; null if none does.',
  })
  pausedUntil: Date | null;

  @Field(() => String, { nullable: true, description: 'The process that leaves it alone: host and process id.' })
  pausedBy: string | null;
}

/**
 * The rows of one name in one state, the first due one first. As a range and not by equality: PostgreSQL would take any index
 * that has them in order of time, and read half the table where few are of that name.
 */
const inOrder = (table: string, name: string, limit: number): string =>
  `(select w.due_at from ${table} w where w.clinic_id = c.id
     and (w.${name}, w.state) >= (each.name, each.state) and (w.${name}, w.state) <= (each.name, each.state)
   order by w.${name}, w.state, w.due_at limit ${limit}) few`;
const each = (names: string, states: string): string =>
  `(select h.name, s.state from unnest(p.${names}) as h (name), unnest(array[${states}]) as s (state)) each`;
const rowsOf = (table: string, name: string, names: string, states: string): string =>
  `(select coalesce(sum(n), 0)::integer from ${each(names, states)}
    cross join lateral (select count(*) as n from ${inOrder(table, name, most)}) counted)`;
const oldestOf = (table: string, name: string, names: string): string =>
  `(select min(few.due_at) from ${each(names, "'waiting'")} cross join lateral ${inOrder(table, name, 1)})`;
const both = (states: string): string =>
  `least(${most}, ${rowsOf('event_handling', 'handler', 'handlers', states)} + ${rowsOf('job', 'name', 'jobs', states)})`;

const statement = `select p.name,
    coalesce(f.hour, 0)::integer as "failuresLastHour", coalesce(f.day, 0)::integer as "failuresLastDay",
    f.last_at as "lastFailureAt", f.last_reason as "lastReason",
    ${both("'waiting', 'running'")} as waiting, ${both("'dead'")} as dead,
    least(${oldestOf('event_handling', 'handler', 'handlers')}, ${oldestOf('job', 'name', 'jobs')}) as "oldestDueAt",
    f.paused_until as "pausedUntil", f.paused_by as "pausedBy"
  from (select ?::uuid as id, ?::timestamptz as now) c,
    jsonb_to_recordset(?::jsonb) as p (name text, handlers text[], jobs text[])
  left join lateral (
    select sum(e.failures) filter (where e.slot > c.now - interval '65 minutes') as hour, sum(e.failures) as day, max(e.last_at) as last_at,
      (array_agg(e.last_reason order by e.slot desc))[1] as last_reason,
      max(e.paused_until) filter (where e.paused_until > c.now) as paused_until,
      (array_agg(e.paused_by order by e.paused_until desc) filter (where e.paused_until > c.now))[1] as paused_by
    from plugin_failure e where e.clinic_id = c.id and e.plugin = p.name and e.slot > c.now - interval '1445 minutes') f on true`;

type Counted = Pick<
  PluginHealth,
  'name' | 'waiting' | 'dead' | 'failuresLastHour' | 'failuresLastDay' | 'lastReason' | 'pausedBy'
> &
  Record<'lastFailureAt' | 'oldestDueAt' | 'pausedUntil', string | null>;

@Resolver()
export class PluginHealthResolver {
  @Authorized(workRead)
  @Query(() => [PluginHealth], { description: 'How each installed plugin does in the clinic, the core first.' })
  async pluginHealth(@Ctx() { em, clinicId, now, platform, enabled }: PlatformContext): Promise<PluginHealth[]> {
    const rows = await em.execute<Counted[]>(statement, [
      clinicId,
      now.toISOString(),
      JSON.stringify(platform.plugins.map(workOf)),
    ]);
    return platform.plugins.map(({ name, version }) => {
      const { lastFailureAt, oldestDueAt, pausedUntil, ...counted } = rows.find(row => row.name === name)!;
      const due = dateOf(oldestDueAt);
      const overdue = due === null ? 0 : Math.floor((now.getTime() - due.getTime()) / 1_000);
      return {
        ...counted,
        version,
        enabled: enabled.has(name),
        lastFailureAt: dateOf(lastFailureAt),
        oldestDueAt: due,
        overdueSeconds: Math.max(0, overdue),
        pausedUntil: dateOf(pausedUntil),
      };
    });
  }
}

const workOf = ({ name, handlers = [], jobs = [] }: Plugin): { name: string; handlers: string[]; jobs: string[] } => ({
  name,
  handlers: handlers.map(handler => `${name}.${handler.name}`),
  jobs: jobs.map(job => job.name),
});

const dateOf = (instant: string | Date | null): Date | null => (instant === null ? null : new Date(instant));
