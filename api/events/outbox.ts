import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import { seeingAllPatients } from '../database/all-patients.ts';
import type { Platform } from '../platform.ts';
import type { Event } from '../plugin.ts';

export interface Publication {
  event: Event<any>;
  payload: unknown;
}

/** Where every process hears that a clinic has moved to another time zone, or has enabled a plugin. */
export const timetableChannel = 'rapport_timetable';

/** Where every process hears that there is something to do. Only a hint: what there is to do stands in the tables. */
export const channels = { events: 'rapport_events', work: 'rapport_work' } as const;

const store = `with event as (
    insert into outbox (clinic_id, id, name, subject_type, subject_id, subject_version, patient_id, payload, created_at)
    select ?::uuid, id, name, type, subject, version, patient, payload, ?::timestamptz
    from rows from (jsonb_to_recordset(?::jsonb)
      as (id uuid, name text, type text, subject uuid, version integer, patient uuid, payload jsonb))
      with ordinality as event (id, name, type, subject, version, patient, payload, number)
    order by number),
  handling as (
    insert into event_handling (clinic_id, id, event_id, handler, subject_id, due_at)
    select ?::uuid, id, event, handler, subject, ?::timestamptz
    from rows from (jsonb_to_recordset(?::jsonb) as (id uuid, event uuid, handler text, subject uuid))
      with ordinality as handling (id, event, handler, subject, number)
    order by number)
  select pg_notify('${channels.events}', ?)`;

/**
 * Stores the events of a transaction, with a row for each handler of an enabled plugin, in that transaction: what is
 * rolled back was never published, and what is committed cannot be lost.
 */
export async function record(
  em: EntityManager,
  { plugins }: Pick<Platform, 'plugins'>,
  { clinicId, enabled, now, scope }: Pick<PlatformContext, 'clinicId' | 'enabled' | 'now' | 'scope'>,
  publications: readonly Publication[],
): Promise<void> {
  if (publications.length === 0) return;
  const events = publications.map(({ event, payload }) => {
    const { type, id: subject, version, patientId: patient } = event.about(payload);
    return { id: newId(), name: event.name, type, subject, version, patient, payload };
  });
  const handlers = plugins
    .filter(({ name }) => enabled.has(name))
    .flatMap(plugin => (plugin.handlers ?? []).map(({ name, events }) => ({ name: `${plugin.name}.${name}`, events })));
  const handlings = events.flatMap(({ id: event, name, subject }) =>
    handlers
      .filter(handler => handler.events.some(each => each.name === name))
      .map(handler => ({ id: newId(), event, handler: handler.name, subject })),
  );
  const at = now.toISOString();
  const values = [clinicId, at, JSON.stringify(events), clinicId, at, JSON.stringify(handlings), clinicId];
  // What a patient does may be about no patient, or about another one: it is stored, and the patient does not see it.
  const seen = scope.patientIds;
  const areOwn = seen === '*' || events.every(({ patient }) => patient !== undefined && seen.includes(patient));
  const write = (): Promise<unknown> => em.execute(store, values);
  await (areOwn ? write() : seeingAllPatients({ em }, write));
}
