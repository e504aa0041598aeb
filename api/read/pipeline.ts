import pg, { type ClientConfig } from 'pg';
import { Exchange } from './exchange.ts';
import { PreparedStatements } from './prepared.ts';

export interface Statement {
  /** The values of `app.clinic_id` and `app.patient_ids`. */
  readonly scope: readonly [clinicId: string, patientIds: string];
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** One plan for all values, where PostgreSQL would plan each request anew: 0.25 ms of 0.6 for a page of 50 patients. */
  readonly steady?: boolean;
  /** Milliseconds after which PostgreSQL gives it up, where that is sooner than it would by itself. */
  readonly timeLimit?: number;
}

/** A read that waits this long in front of others makes new ones go elsewhere. */
const slow = 50;
const connectTimeout = 5_000;
const longestPause = 2_000;

/**
 * One connection on which reads follow each other without waiting for answers. What is asked for in one turn of the event loop
 * is written in one system call. A lost connection is replaced; reads that were under way on it fail.
 */
export class Pipeline {
  readonly #config: ClientConfig;
  readonly #served: (text: string, milliseconds: number) => void;
  readonly #underWay = new Set<Exchange>();
  #prepared = new PreparedStatements();
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #corked = false;
  #closed = false;
  /** When the last read came to its end: the one behind it began then. */
  #lastEnd = 0;

  /** `served` is told how long each statement took by itself. */
  constructor(config: ClientConfig, served: (text: string, milliseconds: number) => void = () => {}) {
    this.#served = served;
    this.#config = { ...config, pipeline: true, keepAlive: true, connectionTimeoutMillis: connectTimeout };
  }

  get ready(): boolean {
    return this.#client !== undefined;
  }

  /** How long a new read would have to wait: what is under way, and much more if that does not come to an end. */
  get load(): number {
    const { size } = this.#underWay;
    return size > 0 && this.age > slow ? size + 1000 : size;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Milliseconds since the oldest read under way began. */
  get age(): number {
    const [oldest] = this.#underWay;
    return oldest ? performance.now() - oldest.startedAt : 0;
  }

  /** Connects, or joins the attempt that is under way. */
  connect(): Promise<void> {
    if (this.#client) return Promise.resolve();
    clearTimeout(this.#retry);
    return (this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined)));
  }

  async #connect(): Promise<void> {
    if (this.#closed) throw new Error('The read lane is closed.');
    const client = new pg.Client(this.#config);
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    try {
      await client.connect();
    } catch (error) {
      this.#failures++;
      this.#reconnect();
      throw error;
    }
    if (this.#closed) return client.end();
    this.#failures = 0;
    this.#prepared = new PreparedStatements();
    this.#client = client;
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#reconnect();
  }

  #reconnect(): void {
    if (this.#closed) return;
    clearTimeout(this.#retry);
    const pause = Math.min(longestPause, 20 * 2 ** this.#failures);
    this.#retry = setTimeout(() => void this.connect().catch(() => undefined), pause).unref();
  }

  /** The JSON text of the one row and column; null if there is no row. */
  read(statement: Statement): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const client = this.#client;
      if (!client) return reject(new Error('The connection was lost.'));
      const exchange = new Exchange(this.#prepared, statement, (error, json) => {
        this.#underWay.delete(exchange);
        const now = performance.now();
        // Of reads that were lost with their connection it is not known how long they would have taken.
        if (error === undefined || error instanceof pg.DatabaseError)
          this.#served(statement.text, now - Math.max(exchange.startedAt, this.#lastEnd));
        this.#lastEnd = now;
        if (error === undefined) resolve(json);
        else reject(error);
      });
      this.#underWay.add(exchange);
      this.#cork(client);
      client.query(exchange);
    });
  }

  #cork(client: pg.Client): void {
    if (this.#corked) return;
    const { stream } = (client as unknown as { connection: pg.Connection }).connection;
    this.#corked = true;
    stream.cork();
    setImmediate(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  /** After PostgreSQL turned out not to have what should have been prepared. */
  forget(): void {
    this.#prepared.forgetAll();
  }

  /** Ends the connection, and with it all reads under way, at once. */
  break(): void {
    if (!this.#client) return;
    (this.#client as unknown as { connection: pg.Connection }).connection.stream.destroy();
  }

  /** Lets what is under way come to its end. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#connecting?.catch(() => undefined);
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }
}
