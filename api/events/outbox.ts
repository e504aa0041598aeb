import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import type { Platform } from '../platform.ts';
import type { Event } from '../plugin.ts';

export interface Publication {
  event: Event<any>;
  payload: unknown;
}

/** Where every process hears that there is something to do. Only a hint: what there is to do stands in the tables. */
export const channels = { events: 'rapport_events', work: 'rapport_work' } as const;

const insertEvents = `insert into outbox
    (clinic_id, id, name, subject_type, subject_id, subject_version, patient_id, payload, created_at)
  select ?::uuid, id, name, type, subject, version, patient, payload, ?::timestamptz
  from rows from (jsonb_to_recordset(?::jsonb)
    as (id uuid, name text, type text, subject uuid, version int, patient uuid, payload jsonb))
    with ordinality as event (id, name, type, subject, version, patient, payload, number)
  order by number`;

const insertHandlings = `insert into event_handling (clinic_id, id, event_id, handler, subject_id, due_at)
  select ?::uuid, id, event, handler, subject, ?::timestamptz
  from rows from (jsonb_to_recordset(?::jsonb) as (id uuid, event uuid, handler text, subject uuid))
    with ordinality as handling (id, event, handler, subject, number)
  order by number`;

/**
 * Stores the events of a transaction, with a row for each handler of an enabled plugin, in that transaction: what is
 * rolled back was never published, and what is committed cannot be lost.
 */
export async function record(
  em: EntityManager,
  platform: Platform,
  { clinicId, enabled, now }: PlatformContext,
  publications: readonly Publication[],
): Promise<void> {
  if (publications.length === 0) return;
  const handlersOf = ({ name }: Event<any>): string[] =>
    platform.plugins
      .filter(plugin => enabled.has(plugin.name))
      .flatMap(plugin => (plugin.handlers ?? []).map(handler => ({ plugin, handler })))
      .filter(({ handler }) => handler.events.some(event => event.name === name))
      .map(({ plugin, handler }) => `${plugin.name}.${handler.name}`);
  const events = publications.map(({ event, payload }) => {
    const { type, id: subject, version, patientId: patient } = event.about(payload);
    return { id: newId(), name: event.name, type, subject, version, patient, payload, handlers: handlersOf(event) };
  });
  const handlings = events.flatMap(({ id: event, subject, handlers }) => handlers.map(handler => ({ id: newId(), event, handler, subject })));
  const at = now.toISOString();
  await em.execute(insertEvents, [clinicId, at, JSON.stringify(events)]);
  if (handlings.length > 0) await em.execute(insertHandlings, [clinicId, at, JSON.stringify(handlings)]);
  await em.execute(`select pg_notify('${channels.events}', '')`);
}
