import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Seen {
  readonly cursor: string;
  readonly change: string;
  readonly appointmentId: string;
  readonly version: number;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

const document = `subscription Changes($after: String) {
  appointmentChanged(after: $after) { cursor change appointment { id version } }
}`;

export interface SubscriberOptions {
  /** Asked for each connection: where one is lost, the next may be to another process. */
  origin: () => string;
  token: string;
  after?: string;
}

/** Follows the appointments of a clinic as a front end does: a lost connection is made anew, from the last cursor. */
export class Subscriber {
  readonly seen: Seen[] = [];
  /** Codes of errors that ended it for good. */
  readonly refusals: string[] = [];
  /** How often a connection was lost. */
  losses = 0;
  /** Whether an event was given twice. */
  doubles = 0;
  readonly #options: SubscriberOptions;
  readonly #cursors = new Set<string>();
  #client: Client | undefined;
  #stopped = false;
  #after: string | undefined;
  #running: Promise<void>;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#after = options.after;
    this.#running = this.#run();
  }

  /** Resolves once the socket is acknowledged; events from then on are certain to come. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }
  #ready = Promise.withResolvers<void>();

  get after(): string | undefined {
    return this.#after;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client?.dispose();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let tries = 0; !this.#stopped;) {
      const { origin, token } = this.#options;
      const client = (this.#client = createClient({
        url: `${origin().replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
        on: { connected: () => this.#ready.resolve() },
      }));
      try {
        for await (const { data, errors } of client.iterate<{ appointmentChanged: Change }>({
          query: document,
          variables: { after: this.#after },
        })) {
          if (errors?.length) throw errors[0]!;
          tries = 0;
          this.#take(data!.appointmentChanged);
        }
      } catch (error) {
        const { extensions } = error as { extensions?: { code: string; retryable: boolean } };
        if (extensions && !extensions.retryable) {
          this.refusals.push(extensions.code);
          this.#ready.resolve();
          return;
        }
      }
      if (this.#stopped) return;
      this.losses += 1;
      await new Promise(resolve => setTimeout(resolve, Math.min(1_000, 50 * 2 ** tries++)));
    }
  }

  #take({ cursor, change, appointment }: Change): void {
    this.#after = cursor;
    if (this.#cursors.has(cursor)) this.doubles += 1;
    this.#cursors.add(cursor);
    this.seen.push({
      cursor,
      change,
      appointmentId: appointment.id,
      version: appointment.version,
      at: performance.now(),
    });
  }
}

interface Change {
  cursor: string;
  change: string;
  appointment: { id: string; version: number };
}
