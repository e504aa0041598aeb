import { setTimeout as wait } from 'node:timers/promises';
import { RapportError } from '../errors.ts';
import { ofStorage } from '../graphql/format-error.ts';

const pause = 250;

/**
 * The result of `work`, which is tried again while the database is away, for at most so many milliseconds. For what must be
 * written down: a mail that was sent, and is not known to be, is sent again.
 */
export async function insist<T>(patience: number, work: () => Promise<T>): Promise<T> {
  for (const begun = performance.now(); ; await wait(pause)) {
    try {
      return await work();
    } catch (error) {
      const isOver = performance.now() - begun > patience;
      const { code } = error instanceof RapportError ? error : (ofStorage(error) ?? {});
      if (isOver || code !== 'STORAGE_UNAVAILABLE') throw error;
    }
  }
}
