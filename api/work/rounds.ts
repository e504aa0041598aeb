import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { describe } from '../graphql/format-error.ts';
import type { Sweep } from './sweep.ts';

export interface RoundsOptions {
  sweep: Sweep;
  clock: Clock;
  logger: Logger;
}

/** Runs one sweep whenever it is rung, never twice at once; a ring during a run makes it run again. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #ending = new AbortController();
  #wanted = false;
  #running: Promise<void> | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  ring(): void {
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Rung between its last look and this end of it, which is some turns later.
      if (this.#wanted && !this.#ending.signal.aborted) this.ring();
    });
  }

  /** Nothing new is begun; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { sweep, clock, logger } = this.#options;
    const { signal } = this.#ending;
    while (this.#wanted && !signal.aborted) {
      this.#wanted = false;
      try {
        while (!signal.aborted && (await sweep.runDue(clock.now(), signal)) > 0);
      } catch (error) {
        // It stays due: the next ring, at the latest that of the clock, tries again.
        logger.warn({ fault: describe(error) }, 'Due work could not be looked for');
      }
    }
  }
}
