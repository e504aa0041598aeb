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

export async function follow<T>(app: App, request: Following): Promise<Subscription<T>> {
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
