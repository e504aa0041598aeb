import pg from 'pg';
import type { Logger } from 'pino';
import { connectionConfig } from '../database/connection.ts';

/** Hears notifications of the database; after a lost connection it listens again, and wakes everyone, as some were missed. */
export interface Listener {
  /** `wake` is told what the notice says; nothing, where some may have been missed. */
  on(channel: string, wake: (notice?: string) => void): Disposable;
  stop(): Promise<void>;
}

const retryAfter = 500;

/** One connection for the process, made when the first one wants to hear. */
export function createListener({ url, logger }: { url: string; logger: Logger }): Listener {
  const waking = new Map<string, Set<(notice?: string) => void>>();
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  // Statements of this connection, one after the other; undefined as long as it does not listen.
  let last: Promise<unknown> | undefined;

  const run = (text: string): Promise<unknown> => {
    const asked = client!;
    return (last = last!.catch(() => {}).then(() => asked.query(text)));
  };
  const wakeAll = (): void => waking.forEach(wakes => wakes.forEach(wake => wake()));
  const connect = async (): Promise<void> => {
    const fresh = (client = new pg.Client(connectionConfig(url, 'dispatch')));
    fresh.on('notification', ({ channel, payload }) => waking.get(channel)?.forEach(wake => wake(payload)));
    fresh.on('error', () => {});
    fresh.on('end', again);
    await fresh.connect();
    for (const channel of waking.keys()) await fresh.query(`listen ${channel}`);
    last = Promise.resolve();
    wakeAll();
  };
  const again = (): void => {
    client = last = undefined;
    if (stopped) return;
    clearTimeout(retry);
    retry = setTimeout(() => connect().catch(again), retryAfter);
    retry.unref();
  };
  const start = (): void => {
    if (client || stopped) return;
    connect().catch((error: Error) => {
      logger.warn({ code: (error as { code?: string }).code }, 'Cannot listen to the database; trying again');
      again();
    });
  };
  return {
    on(channel, wake) {
      const wakes = waking.get(channel) ?? new Set();
      const isNew = !waking.has(channel);
      waking.set(channel, wakes.add(wake));
      if (last && isNew) run(`listen ${channel}`).catch(() => {});
      else start();
      return { [Symbol.dispose]: () => void wakes.delete(wake) };
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
