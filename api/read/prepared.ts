/** As many as one connection keeps: each costs PostgreSQL some ten kilobytes. */
const most = 200;

/** The statements that one connection has prepared, by text; the one used longest ago makes room. */
export class PreparedStatements {
  readonly #names = new Map<string, string>();
  #unused: string[] = [];
  #count = 0;

  /** The name for a text; a new one must be parsed before it is bound. */
  nameOf(text: string): { name: string; isNew: boolean } {
    const known = this.#names.get(text);
    if (known !== undefined) {
      this.#names.delete(text);
      this.#names.set(text, known);
      return { name: known, isNew: false };
    }
    if (this.#names.size === most) this.forget(this.#names.keys().next().value!);
    const name = `r${++this.#count}`;
    this.#names.set(text, name);
    return { name, isNew: true };
  }

  /** After an error it is not known whether a statement was parsed: a new name is the safe answer. */
  forget(text: string): void {
    const name = this.#names.get(text);
    if (name === undefined) return;
    this.#names.delete(text);
    this.#unused.push(name);
  }

  forgetAll(): void {
    for (const text of [...this.#names.keys()]) this.forget(text);
  }

  /** Names to close; closing one that does not exist is no error. */
  takeUnused(): string[] {
    if (this.#unused.length === 0) return this.#unused;
    const unused = this.#unused;
    this.#unused = [];
    return unused;
  }
}
