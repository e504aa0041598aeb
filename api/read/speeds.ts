/** Milliseconds from which on a statement is slow: it has connections of its own until it is faster again. */
export const slow = 250;
const most = 2_000;

/** How long statements took the last time, by their text. */
export class Speeds {
  readonly #times = new Map<string, number>();

  /** Undefined for a statement that has not come to its end yet. */
  of(text: string): 'fast' | 'slow' | undefined {
    const time = this.#times.get(text);
    return time === undefined ? undefined : time < slow ? 'fast' : 'slow';
  }

  /** Milliseconds on the connection alone, without the wait for those before it. */
  readonly served = (text: string, milliseconds: number): void => {
    if (this.#times.size === most && !this.#times.has(text)) this.#times.delete(this.#times.keys().next().value!);
    this.#times.set(text, milliseconds);
  };
}
