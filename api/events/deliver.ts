import type { Platform } from '../platform.ts';
import type { Handler, Occurrence } from '../plugin.ts';
import type { Claim } from '../work/claims.ts';
import { createWorker, type Task, type Worker } from '../work/worker.ts';

interface Handling extends Claim {
  event_id: string;
  handler: string;
}

interface Stored {
  id: string;
  name: string;
  payload: unknown;
  created_at: string | Date;
}

const timeout = 30_000;
const mostAttempts = 10;

/** Events of one thing are handled in their order: a row waits for the earlier ones of its handler and its subject. */
const inOrder = `not exists (
  select from event_handling e
  where e.clinic_id = w.clinic_id and e.handler = w.handler and e.subject_id = w.subject_id
    and e.state <> 'dead' and (e.xid, e.position) < (w.xid, w.position))`;

/** Hands events to the handlers of plugins, each on its own: one that fails is tried again, and holds up no other. */
export function createEventWorker(platform: Platform): Worker {
  const handlers = new Map<string, { plugin: string; handler: Handler }>();
  for (const plugin of platform.plugins) {
    for (const handler of plugin.handlers ?? []) handlers.set(`${plugin.name}.${handler.name}`, { plugin: plugin.name, handler });
  }
  return createWorker<Handling>({
    platform,
    table: { name: 'event_handling', ready: inOrder },
    taskOf({ handler: name, event_id: eventId }): Task | undefined {
      const known = handlers.get(name);
      return (
        known && {
          name,
          plugin: known.plugin,
          timeout,
          mostAttempts,
          async run(context) {
            const [event] = await context.em.execute<Stored[]>('select id, name, payload, created_at from outbox where clinic_id = ? and id = ?', [context.clinicId, eventId]);
            const { id, name: eventName, payload, created_at } = event!;
            const occurrence: Occurrence<unknown> = { id, name: eventName, payload, at: new Date(created_at), cursor: '' };
            await known.handler.handle(payload, context, occurrence);
          },
        }
      );
    },
  });
}
