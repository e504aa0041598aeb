import type { Platform } from '../platform.ts';
import type { Occurrence } from '../plugin.ts';
import { createWorker, type Task, type Worker } from '../work/worker.ts';
import { epochOf, writeCursor } from './cursor.ts';
import { channels } from './outbox.ts';

/** The event that a handler's row is about. */
interface Handling {
  eventId: string;
  eventName: string;
  payload: unknown;
  createdAt: string;
  xid: string;
  position: string;
}

export interface EventWorkerOptions {
  /** Milliseconds that a handler may take. */
  timeLimit?: number;
  /** Milliseconds that it is given when the process is to end. */
  grace?: number;
}

const attempts = 10;

/**
 * Events of one thing come to a handler in their order: a row waits for earlier ones that wait or run. By position, not
 * by transaction: of two transactions that wait for one another, the later one may have the lower number.
 * It asks for the first one: whether there is an earlier one was answered by reading the whole queue, for each row of it.
 */
const inOrder = `w.position = (
  select e.position from event_handling e
  where e.clinic_id = w.clinic_id and e.handler = w.handler and e.subject_id = w.subject_id and e.state <> 'dead'
  order by e.position limit 1)`;

/** Hands events to the handlers of plugins, at least once, with effects in the database exactly once. */
export function createEventWorker(platform: Platform, { timeLimit = 30_000, grace }: EventWorkerOptions = {}): Worker {
  const epoch = epochOf(platform.database);
  const tasks = platform.plugins.flatMap(({ name: plugin, handlers = [] }) =>
    handlers.map((handler): Task<Handling> => ({
      name: `${plugin}.${handler.name}`,
      plugin,
      timeLimit,
      attempts,
      async run(row, context) {
        const occurrence = occurrenceOf(row, await epoch());
        await handler.handle(occurrence.payload, context, occurrence);
      },
    })),
  );
  const table = {
    table: 'event_handling',
    name: 'handler',
    ready: inOrder,
    join: 'join outbox o on o.clinic_id = claimed.clinic_id and o.id = claimed.event_id',
    columns: `o.id as "eventId", o.name as "eventName", o.payload, o.created_at as "createdAt",
      o.xid::text as "xid", o.position::text as "position"`,
  } as const;
  return createWorker<Handling>({ platform, table, channel: channels.events, tasks, actor: 'system', grace });
}

const occurrenceOf = (
  { eventId, eventName, payload, createdAt, xid, position }: Handling,
  epoch: string,
): Occurrence<unknown> => ({
  id: eventId,
  name: eventName,
  payload,
  at: new Date(createdAt),
  cursor: writeCursor(epoch, { xid, position }),
});
