import type { Database } from '../database/database.ts';

/** How much of one kind waits to be done. */
export interface QueueDepth {
  readonly queue: string;
  readonly due: number;
  readonly oldestSeconds: number;
}

/** Milliseconds for which an answer does for everyone who asks. */
const fresh = 5_000;

const statement = `
  select queue, count(due_at)::integer as due, coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as "oldestSeconds"
  from (values ('events'), ('jobs'), ('mails transactional'), ('mails marketing')) as known(queue)
  left join (
    select 'events' as queue, due_at from event_handling where state = 'waiting' and due_at <= now()
    union all select 'jobs', due_at from job where state = 'waiting' and due_at <= now()
    union all select 'mails ' || stream, due_at from delivery where state = 'queued' and due_at <= now()) waiting using (queue)
  group by queue`;

/** The depths of the queues of all clinics together, asked for at most every five seconds. */
export function createQueues({ dispatch }: Pick<Database, 'dispatch'>): () => Promise<readonly QueueDepth[]> {
  let last: Promise<readonly QueueDepth[]> | undefined;
  let askedAt = -Infinity;
  return () => {
    if (last && performance.now() - askedAt < fresh) return last;
    askedAt = performance.now();
    last = dispatch.query<QueueDepth>(statement).then(({ rows }) => rows);
    last.catch(() => (last = undefined));
    return last;
  };
}
