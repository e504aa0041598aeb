import type { Platform } from '../platform.ts';
import type { Execution } from './execution.ts';
import { formatError } from './format-error.ts';
import { leftBehind, longestBacklog, type Member } from './subscription-group.ts';

/**
 * What a member is given, as an iterator of this process: ready once everything older has been read. It ends, after an
 * answer with the error, where the member is left behind.
 */
export async function streamOf(
  join: (member: Member) => Promise<Disposable>,
  requestId: string,
  { logger }: Platform,
): Promise<AsyncIterableIterator<Execution>> {
  const waiting: Execution[] = [];
  let ended = false;
  let joined = false;
  let leave = (): void => {};
  const asleep: (() => void)[] = [];
  const wake = (): void => asleep.splice(0).forEach(resolve => resolve());

  const end = async (): Promise<IteratorResult<Execution>> => {
    ended = true;
    leave();
    wake();
    return { value: undefined, done: true };
  };
  const membership = await join({
    take(deliveries) {
      for (const { execution } of deliveries) {
        if (joined && waiting.length === longestBacklog) return this.fail(leftBehind());
        waiting.push(execution);
      }
      wake();
    },
    fail(error) {
      if (!ended) waiting.push({ data: null, errors: [formatError(error, requestId, logger)] });
      void end();
    },
    ready: async () => true,
  });
  joined = true;
  leave = () => membership[Symbol.dispose]();
  const stream: AsyncIterableIterator<Execution> = {
    async next() {
      while (waiting.length === 0) {
        if (ended) return { value: undefined, done: true };
        await new Promise<void>(resolve => asleep.push(resolve));
      }
      return { value: waiting.shift()!, done: false };
    },
    return: end,
    throw: end,
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}
