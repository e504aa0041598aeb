import { setTimeout as passed } from 'node:timers/promises';
import type { App } from '../../api/app.ts';
import type { PlatformContext } from '../../api/context.ts';

/** What a subscriber has received so far. */
export interface Subscription<T = any> {
  /** The next event, in order; waits for it at most five seconds. */
  next(): Promise<T>;
  close(): Promise<void>;
}

interface Following {
  document: string;
  variables?: Record<string, unknown>;
  context: PlatformContext;
}

const patience = 5_000;

/**
 * What was stored before comes as living events while a transaction elsewhere in the cluster, that of another test file, is
 * older than it: copying a database takes seconds on a busy machine. A test waits for those to end, ten seconds at most: it may
 * hold such a transaction itself.
 */
async function nothingHeldBack({ platform }: App): Promise<void> {
  const held = 'select exists (select from outbox where xid >= pg_snapshot_xmin(pg_current_snapshot())) as held';
  const until = performance.now() + 10_000;
  while (performance.now() < until) {
    const { rows } = await platform.database.dispatch.query<{ held: boolean }>(held);
    if (!rows[0]!.held) return;
    await passed(10);
  }
}

export async function follow<T>(app: App, request: Following): Promise<Subscription<T>> {
  await nothingHeldBack(app);
  const events = await app.subscribe(request);
  return {
    async next() {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(new Error(`No event within ${patience} ms.`)), patience);
      try {
        const { value, done } = await Promise.race([events.next(), late]);
        if (done) throw new Error('The subscription has ended.');
        if (value.errors?.length) throw new Error(value.errors.map(({ message }) => message).join('\n'));
        return value.data as T;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await events.return?.();
    },
  };
}
