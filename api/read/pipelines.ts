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
 * be slow have connections of their own. What is known to be fast never waits behind what is not known yet, which may turn
 * out to be slow, a hundred times: where such reads are under way on all of the usual connections, it has a reserve.
 */
export class Pipelines {
  readonly #usual: readonly Pipeline[];
  readonly #slow: readonly Pipeline[];
  readonly #reserve: Pipeline;
  readonly #speeds = new Speeds();
  /** How many reads of which nobody knows yet how long they take are under way on a connection. */
  readonly #unsure = new Map<Pipeline, number>();
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
    const isUnsure = this.#speeds.of(statement.text) === undefined;
    if (isUnsure) this.#unsure.set(pipeline, (this.#unsure.get(pipeline) ?? 0) + 1);
    try {
      return await pipeline.read(statement);
    } catch (error) {
      if (!isUnprepared(error)) throw storageError(error);
    } finally {
      if (isUnsure) this.#settle(pipeline);
    }
    // The read that was to prepare the statement failed, so this one prepares it itself.
    pipeline.forget();
    return pipeline.read(statement).catch(error => Promise.reject(storageError(error)));
  }

  #choose(text: string): Pipeline | undefined {
    const speed = this.#speeds.of(text);
    if (speed === 'slow') return idlest(this.#slow);
    if (speed === undefined) return idlest(this.#usual);
    const certain = idlest(this.#usual, pipeline => !this.#unsure.has(pipeline) && pipeline.age <= slow);
    return certain ?? (this.#reserve.ready ? this.#reserve : undefined);
  }

  async #connected(text: string): Promise<Pipeline> {
    const isSlow = this.#speeds.of(text) === 'slow';
    const candidates = isSlow ? this.#slow : idlest(this.#usual) ? [this.#reserve] : this.#usual;
    const attempts = candidates.map(pipeline => pipeline.connect().then(() => pipeline));
    return Promise.any(attempts).catch(({ errors }: AggregateError) => Promise.reject(storageError(errors[0])));
  }

  #settle(pipeline: Pipeline): void {
    const left = this.#unsure.get(pipeline)! - 1;
    if (left === 0) this.#unsure.delete(pipeline);
    else this.#unsure.set(pipeline, left);
  }

  #breakStuck(deadline: number): void {
    for (const pipeline of this.#all) if (pipeline.age > deadline) pipeline.break();
  }

  /** Reads that wait for their answer, on all of them. */
  get underWay(): number {
    return this.#all.reduce((sum, pipeline) => sum + pipeline.underWay, 0);
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#all.map(pipeline => pipeline.close()));
  }

  get #all(): readonly Pipeline[] {
    return [...this.#usual, ...this.#slow, this.#reserve];
  }
}

function idlest(
  pipelines: readonly Pipeline[],
  does: (pipeline: Pipeline) => boolean = () => true,
): Pipeline | undefined {
  let best: Pipeline | undefined;
  for (const pipeline of pipelines) {
    if (pipeline.ready && does(pipeline) && (!best || pipeline.load < best.load)) best = pipeline;
  }
  return best;
}

const isUnprepared = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '26000';
