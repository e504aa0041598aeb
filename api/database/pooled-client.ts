import pg from 'pg';
import { nameOfSteady } from './steady.ts';

type Release = (error?: Error | boolean) => void;

/**
 * A connection of a pool that goes back by itself once it is dead. Kysely forgets one whose `begin`, or whose rollback,
 * fails: it would count as taken for ever, and after ten such moments the pool is dry. And one that does not answer is
 * ended: back in the pool it would let everyone wait who gets it.
 */
export class PooledClient extends pg.Client {
  #release: Release | undefined;

  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('end', () => this.release(new Error('The connection has ended.')));
  }

  /** Any number of times: only the first one counts. */
  get release(): Release {
    return error => {
      const release = this.#release;
      this.#release = undefined;
      release?.(error);
    };
  }

  /** By the pool, each time it hands the connection out. */
  set release(release: Release) {
    this.#release = release;
  }

  override query(...args: any[]): any {
    const [text, values] = args as [string, unknown[]];
    const name = typeof text === 'string' ? nameOfSteady(text) : undefined;
    const answer: unknown = super.query(...((name ? [{ name, text, values }] : args) as [string]));
    if (answer instanceof Promise) answer.catch((error: Error) => this.#endIfStuck(error));
    return answer;
  }

  #endIfStuck({ message }: Error): void {
    if (message !== 'Query read timeout') return;
    (this as unknown as { connection: pg.Connection }).connection.stream.destroy();
  }
}
