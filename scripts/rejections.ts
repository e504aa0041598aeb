import type { Logger } from 'pino';
import { describe } from '../api/graphql/format-error.ts';

/**
 * A promise that a plugin let go, and that is rejected, is written to the log, and ends nothing: the work of all other
 * plugins and clinics goes on. What is thrown outside of a promise still ends the process, as nobody knows what it left undone.
 */
export function outliveRejections(logger: Logger): void {
  process.on('unhandledRejection', error => {
    logger.error({ fault: describe(error) }, 'A promise was rejected, and nobody waited for it');
  });
}
