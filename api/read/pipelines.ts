import pg, { type ClientConfig } from 'pg';
import { Pipeline, type Statement } from './pipeline.ts';
import { storageError } from './storage-error.ts';

/** PostgreSQL itself ends a statement sooner; this is for a network that swallows the answer. */
const deadline = 10_000;

/** A few pipelined connections: three keep PostgreSQL busy, and more of them mean more system calls for each read. */
export class Pipelines {
  readonly #pipelines: readonly Pipeline[];
  readonly #watch: NodeJS.Timeout;

  constructor(config: ClientConfig, size = 3) {
    this.#pipelines = Array.from({ length: size }, () => new Pipeline(config));
    this.#watch = setInterval(() => this.#breakStuck(), 1_000).unref();
    for (const pipeline of this.#pipelines) pipeline.connect().catch(() => undefined);
  }

  /** The JSON text of the one row and column; null if there is no row. */
  read(statement: Statement): Promise<string | null> {
    const pipeline = this.#idlest();
    const answer = pipeline
      ? pipeline.read(statement).catch(error => this.#again(error, pipeline, statement))
      : this.#connected().then(connected => connected.read(statement));
    return answer.catch(error => Promise.reject(storageError(error)));
  }

  #idlest(): Pipeline | undefined {
    let best: Pipeline | undefined;
    for (const pipeline of this.#pipelines) {
      if (pipeline.ready && (!best || pipeline.load < best.load)) best = pipeline;
    }
    return best;
  }

  async #connected(): Promise<Pipeline> {
    await Promise.any(this.#pipelines.map(pipeline => pipeline.connect()));
    const pipeline = this.#idlest();
    if (!pipeline) throw new Error('The connection was lost.');
    return pipeline;
  }

  /** A read that found its statement missing, because the one that was to prepare it failed, prepares it itself. */
  #again(error: unknown, pipeline: Pipeline, statement: Statement): Promise<string | null> {
    if (!(error instanceof pg.DatabaseError) || error.code !== '26000') throw error;
    pipeline.forget();
    return pipeline.read(statement);
  }

  #breakStuck(): void {
    for (const pipeline of this.#pipelines) if (pipeline.age > deadline) pipeline.break();
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#pipelines.map(pipeline => pipeline.close()));
  }
}
