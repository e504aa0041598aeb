import type { Context } from '../plugin.ts';

/** Rows that one transaction removes: subscribers wait for it. */
export const batch = 2_000;

type Removing = Pick<Context, 'em' | 'clinicId' | 'now'>;

const forgetEventsStatement = `with old as (
    select o.id from outbox o where o.clinic_id = ? and o.created_at < ?
      and not exists (select from event_handling h where h.clinic_id = o.clinic_id and h.event_id = o.id)
    order by o.created_at limit ${batch}),
  gone as (
    delete from outbox o using old where o.clinic_id = ? and o.id = old.id returning o.clinic_id, o.name, o.xid, o.position),
  marked as (
    insert into outbox_forgotten as f (clinic_id, name, xid, position, removed_at)
    select distinct on (name) clinic_id, name, xid, position, ?::timestamptz from gone order by name, xid desc, position desc
    on conflict (clinic_id, name) do update set xid = excluded.xid, position = excluded.position, removed_at = excluded.removed_at
      where (f.xid, f.position) < (excluded.xid, excluded.position))
  select count(*)::integer as removed from gone`;

/**
 * Removes events from before `before` that no handler has anything left to do with, the oldest first, and remembers up to
 * where: a cursor from before that is answered RESYNC. Answers how many; a full batch may not be all.
 */
export async function forgetEvents(before: Date, { em, clinicId, now }: Removing): Promise<number> {
  const values = [clinicId, before.toISOString(), clinicId, now.toISOString()];
  const [row] = await em.execute<{ removed: number }[]>(forgetEventsStatement, values);
  return row!.removed;
}

/** Removes idempotency keys from before `before`. */
export const forgetKeys = (before: Date, context: Removing): Promise<number> =>
  remove('idempotency_key', 'created_at', before, context);

/** Removes what is counted of failures from before `before`. */
export const forgetFailures = (before: Date, context: Removing): Promise<number> =>
  remove('plugin_failure', 'slot', before, context);

async function remove(table: string, column: string, before: Date, { em, clinicId }: Removing): Promise<number> {
  const [row] = await em.execute<{ removed: number }[]>(
    `with gone as (delete from ${table} where ctid in (
       select ctid from ${table} where clinic_id = ? and ${column} < ? order by ${column} limit ${batch}) returning 1)
     select count(*)::integer as removed from gone`,
    [clinicId, before.toISOString()],
  );
  return row!.removed;
}
