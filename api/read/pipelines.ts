import pg, { type ClientConfig } from 'pg';
import { Pipeline, type Statement } from './pipeline.ts';
import { slow, Speeds } from './speeds.ts';
import { storageError } from './storage-error.ts';

export interface PipelinesOptions {
  /** 3 if not given: enough to keep PostgreSQL busy, and more of them mean more system calls for each read. */
  size?: number;
  /** Milliseconds; 10,000 if not given. PostgreSQL itself ends a statement sooner: this is for a network that swallows answers. */
  deadline?: number;
}

/**
 * A few pipelined connections. On one of them a slow statement holds up all that wait behind it, so those that are known to
 * be slow have connections of their own; and where others have filled the usual ones, as a hundred of a new slow statement
 * do, a reserve is kept for those that are known to be fast.
 */
export class Pipelines {
  readonly #usual: readonly Pipeline[];
  readonly #slow: readonly Pipeline[];
  readonly #reserve: Pipeline;
  readonly #speeds = new Speeds();
  readonly #watch: NodeJS.Timeout;

  constructor(config: ClientConfig, { size = 3, deadline = 10_000 }: PipelinesOptions = {}) {
    const pipeline = (): Pipeline => new Pipeline(config, this.#speeds.served);
    this.#usual = Array.from({ length: size }, pipeline);
    this.#slow = [pipeline(), pipeline()];
    this.#reserve = pipeline();
    this.#watch = setInterval(() => this.#breakStuck(deadline), deadline / 10).unref();
    // The others connect when they are first needed.
    for (const usual of this.#usual) usual.connect().catch(() => undefined);
  }

  /** The JSON text of the one row and column; null if there is no row. */
  async read(statement: Statement): Promise<string | null> {
    const pipeline = this.#choose(statement.text) ?? (await this.#connected(statement.text));
    try {
      return await pipeline.read(statement);
    } catch (error) {
      if (!isUnprepared(error)) throw storageError(error);
    }
    // The read that was to prepare the statement failed, so this one prepares it itself.
    pipeline.forget();
    return pipeline.read(statement).catch(error => Promise.reject(storageError(error)));
  }

  #choose(text: string): Pipeline | undefined {
    const speed = this.#speeds.of(text);
    if (speed === 'slow') return idlest(this.#slow);
    const usual = idlest(this.#usual);
    if (speed === 'fast' && usual && usual.age > slow) return this.#reserve.ready ? this.#reserve : undefined;
    return usual;
  }

  async #connected(text: string): Promise<Pipeline> {
    const isSlow = this.#speeds.of(text) === 'slow';
    const candidates = isSlow ? this.#slow : idlest(this.#usual) ? [this.#reserve] : this.#usual;
    const attempts = candidates.map(pipeline => pipeline.connect().then(() => pipeline));
    return Promise.any(attempts).catch(error => Promise.reject(storageError(error)));
  }

  #breakStuck(deadline: number): void {
    for (const pipeline of this.#all) if (pipeline.age > deadline) pipeline.break();
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#all.map(pipeline => pipeline.close()));
  }

  get #all(): readonly Pipeline[] {
    return [...this.#usual, ...this.#slow, this.#reserve];
  }
}

function idlest(pipelines: readonly Pipeline[]): Pipeline | undefined {
  let best: Pipeline | undefined;
  for (const pipeline of pipelines) {
    if (pipeline.ready && (!best || pipeline.load < best.load)) best = pipeline;
  }
  return best;
}

const isUnprepared = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '26000';
