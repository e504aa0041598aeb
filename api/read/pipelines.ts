import pg, { type ClientConfig } from 'pg';
import { Pipeline, type Statement } from './pipeline.ts';
import { storageError } from './storage-error.ts';

export interface PipelinesOptions {
  /** 3 if not given: enough to keep PostgreSQL busy, and more of them mean more system calls for each read. */
  size?: number;
  /** Milliseconds; 10,000 if not given. PostgreSQL itself ends a statement sooner: this is for a network that swallows answers. */
  deadline?: number;
}

/** A few pipelined connections. */
export class Pipelines {
  readonly #pipelines: readonly Pipeline[];
  readonly #watch: NodeJS.Timeout;

  constructor(config: ClientConfig, { size = 3, deadline = 10_000 }: PipelinesOptions = {}) {
    this.#pipelines = Array.from({ length: size }, () => new Pipeline(config));
    this.#watch = setInterval(() => this.#breakStuck(deadline), deadline / 10).unref();
    for (const pipeline of this.#pipelines) pipeline.connect().catch(() => undefined);
  }

  /** The JSON text of the one row and column; null if there is no row. */
  async read(statement: Statement): Promise<string | null> {
    const pipeline = this.#idlest() ?? (await this.#connected());
    try {
      return await pipeline.read(statement);
    } catch (error) {
      if (!isUnprepared(error)) throw storageError(error);
    }
    // The read that was to prepare the statement failed, so this one prepares it itself.
    pipeline.forget();
    return pipeline.read(statement).catch(error => Promise.reject(storageError(error)));
  }

  #idlest(): Pipeline | undefined {
    let best: Pipeline | undefined;
    for (const pipeline of this.#pipelines) {
      if (pipeline.ready && (!best || pipeline.load < best.load)) best = pipeline;
    }
    return best;
  }

  async #connected(): Promise<Pipeline> {
    const attempts = this.#pipelines.map(pipeline => pipeline.connect().then(() => pipeline));
    return Promise.any(attempts).catch(error => Promise.reject(storageError(error)));
  }

  #breakStuck(deadline: number): void {
    for (const pipeline of this.#pipelines) if (pipeline.age > deadline) pipeline.break();
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#pipelines.map(pipeline => pipeline.close()));
  }
}

const isUnprepared = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '26000';
