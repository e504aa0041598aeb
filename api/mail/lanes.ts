/**
 * The connections to the mail server, which all claims share. One that waits for a slow answer is left to wait by itself:
 * the next claim goes on with the others.
 */
export class Lanes {
  readonly #size: number;
  readonly #busy = new Set<Promise<void>>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Runs `work` on every connection that is free; `first` resolves when one of them has come to its end. */
  async spread(work: () => Promise<void>): Promise<{ first: Promise<void>; all: Promise<unknown> }> {
    while (this.#busy.size >= this.#size) await Promise.race(this.#busy);
    const started = Array.from({ length: this.#size - this.#busy.size }, () => this.#track(work()));
    return { first: Promise.race(started), all: Promise.allSettled(started) };
  }

  /** Resolves when all have come to their end. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#busy);
  }

  #track(work: Promise<void>): Promise<void> {
    // Of one that fails after the first has ended, nobody waits for the failure any more.
    const ended = work.catch(() => undefined).finally(() => this.#busy.delete(ended));
    this.#busy.add(ended);
    return work;
  }
}
