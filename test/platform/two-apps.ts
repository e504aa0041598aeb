import { core } from 'clinic-rapport/schema';
import { createClient, type Client } from 'graphql-ws';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { WebSocket } from 'ws';
import { createApp, type App, type AppOptions } from '../../api/app.ts';
import { createIssuer, type Issuer } from '../../api/auth/issuer.ts';
import { createClinic, createUser } from '../../api/database/clinic.ts';
import type { Role } from '../../api/plugin.ts';
import { systemActor } from '../../api/platform.ts';
import { bells, rung } from '../fixtures/bells/bells.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';
import { createMailCatcher } from '../harness/mails.ts';

export const bellRang = 'subscription ($after: String) { bellRang(after: $after) { cursor note } }';

/** One database, and any number of processes' worth of apps on it. */
export class Installation {
  readonly #database: ClonedDatabase;
  readonly #issuer: Issuer;
  readonly #apps = new Set<App>();
  readonly owner: pg.Client;
  readonly clinicId: string;
  #users = 0;

  private constructor(database: ClonedDatabase, issuer: Issuer, owner: pg.Client, clinicId: string) {
    this.#database = database;
    this.#issuer = issuer;
    this.owner = owner;
    this.clinicId = clinicId;
  }

  static async make(): Promise<Installation> {
    const database = await cloneDatabase([core, bells]);
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    const clinic = {
      slug: 'test',
      name: 'Clinic',
      timeZone: 'Asia/Taipei',
      locale: 'en',
      currency: 'TWD',
      sender: { name: 'Clinic', address: 'hello@clinic.test' },
    } as const;
    const clinicId = await createClinic(database.url, clinic, [core, bells]);
    return new Installation(database, await createIssuer(), owner, clinicId);
  }

  /** Another process, as far as the database can tell; answers it and the URL of its API. */
  async start(options: Partial<AppOptions> = {}, port = 0): Promise<{ app: App; url: string; port: number }> {
    const app = await createApp({
      plugins: [core, bells],
      database: { url: this.#database.url },
      mail: { transport: createMailCatcher().transport },
      publicUrl: 'https://clinic.test',
      secret: 'a secret of the tests, long enough to be one',
      issuer: this.#issuer,
      logLevel: 'silent',
      ...options,
    });
    this.#apps.add(app);
    const listening = await app.listen({ port, host: '127.0.0.1' });
    return { app, url: `${listening.url}/graphql`, port: listening.port };
  }

  async signIn(role: Role = 'owner', expiresIn?: number): Promise<{ token: string; userId: string }> {
    const subject = `${role}-${++this.#users}`;
    const user = { subject, name: subject, locale: 'en', roles: [{ role }] } as const;
    const userId = await createUser(this.#database.url, this.clinicId, user);
    return { token: await this.#issuer.issue({ subject, expiresIn }), userId };
  }

  /** Events, in one transaction with whatever else is to happen. */
  async ring(app: App, notes: readonly string[], more: readonly [string, unknown[]][] = []): Promise<void> {
    const actor = systemActor('system', newId());
    const context = await app.platform.contextFor({ clinicId: this.clinicId, actor });
    await context.transaction(async () => {
      for (const [text, values] of more) await context.em.execute(text, values);
      for (const note of notes) context.publish(rung, { note });
    });
  }

  async end(app: App): Promise<void> {
    if (this.#apps.delete(app)) await app.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#apps].map(app => this.end(app)));
    await this.owner.end();
    await this.#database.drop();
  }
}

export async function ask(url: string, token: string, query: string): Promise<{ data: any; code?: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: any; errors?: { extensions: { code: string } }[] };
  return { data, code: errors?.[0]!.extensions.code };
}

/** Follows the bell until it is disposed of, or closed by the server. */
export class Listening implements Disposable {
  readonly notes: string[] = [];
  cursor: string | undefined;
  closedAt: number | undefined;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #client: Client;
  readonly #waiting: (() => void)[] = [];

  constructor(url: string, token: string, after?: string) {
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    this.#client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
      on: {
        closed: event => {
          this.closedAt = performance.now();
          resolve(event as { code: number; reason: string });
        },
      },
    });
    this.#client.subscribe<any>(
      { query: bellRang, variables: { after } },
      {
        next: ({ data }) => {
          this.notes.push(data.bellRang.note);
          this.cursor = data.bellRang.cursor;
          this.#waiting.splice(0).forEach(wake => wake());
        },
        error: () => {},
        complete: () => {},
      },
    );
  }

  /** Resolves once it has heard the note; any number may wait. */
  async heard(note: string): Promise<void> {
    while (!this.notes.includes(note)) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  [Symbol.dispose](): void {
    void this.#client.dispose();
  }
}

/** The protocol has no word for a subscription that stands: so the bell is rung until all have heard it. */
export async function standing(rings: (note: string) => Promise<void>, ...all: Listening[]): Promise<void> {
  const everyone = Promise.all(all.map(one => one.heard('first')));
  let done = false;
  void everyone.then(() => (done = true));
  while (!done) {
    await rings('first');
    await new Promise(resolve => setImmediate(resolve));
  }
}
