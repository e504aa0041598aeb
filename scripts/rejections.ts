import type { Logger } from 'pino';
import { describe } from '../api/graphql/format-error.ts';
import { pluginAtWork } from '../api/work/at-work.ts';

/**
 * A promise that was let go, and is rejected, is written to the log with the plugin that it is of, and ends nothing: the work
 * of all other plugins and clinics goes on. So does an error that a timer of a plugin throws with nothing of ours below it.
 * What is thrown anywhere else ends the process with code 1, as nobody knows what it left undone; its supervisor starts another.
 */
export function outliveFaults(logger: Logger): void {
  process.on('unhandledRejection', error => {
    logger.error(
      { plugin: pluginAtWork(), fault: describe(error) },
      'A promise was rejected, and nobody waited for it',
    );
  });
  process.on('uncaughtException', error => {
    const plugin = pluginAtWork();
    const about = { plugin, fault: describe(error) };
    if (plugin !== undefined && !passesThroughUs(error))
      return logger.error(about, 'A plugin threw outside of its work');
    logger.fatal(about, 'Nobody knows what this left undone: the process ends');
    process.exit(1);
  });
}

const ours =
  /[\\/](dist[\\/])?(api[\\/][a-z-]+[\\/]|node_modules[\\/](pg|kysely|ws|nodemailer|agenda|@mikro-orm|@apollo)[\\/])/;

/** A connection that was opened while a plugin worked has its name too. */
const passesThroughUs = (error: unknown): boolean => !(error instanceof Error) || ours.test(error.stack ?? '');
