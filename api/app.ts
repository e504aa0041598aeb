import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import { refuseToIssue } from './auth/access.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import type { Issuer, TokenRequest } from './auth/issuer.ts';
import { createVerify } from './auth/identity.ts';
import type { OidcIssuer } from './auth/oidc.ts';
import type { Clock } from './clock.ts';
import { pendingMigrations } from './database/pending.ts';
import type { Execution, ExecutionRequest } from './graphql/server.ts';
import type { SocketLimits } from './graphql/socket.ts';
import { createGround } from './ground.ts';
import { createReadiness } from './health/readiness.ts';
import { createWatchtower } from './health/watchtower.ts';
import { createHttpDoor, type DevelopmentPages } from './http/door.ts';
import { createOrigins } from './http/origins.ts';
import { createBudget } from './limits/budget.ts';
import { createCounter } from './limits/counter.ts';
import type { Platform } from './platform.ts';
import type { Plugin } from './plugin.ts';
import type { MailTarget } from './workers.ts';

export interface AppOptions {
  /** In any order; composed so that each comes after what it requires. */
  plugins: readonly Plugin[];
  /** Of a user who may become `rapport_app` and `rapport_dispatch`. The migrations have run. */
  database: { url: string };
  mail: MailTarget;
  /** What this process does; all of it if not given. */
  part?: 'api' | 'worker' | 'whole';
  /** The base of links in mails, as `https://book.clinic.example`. */
  publicUrl: string;
  /** Signs links; at least 32 characters. Of several the first signs, and links of the others stay good. */
  secret: string | readonly string[];
  /** Takes the reports of mail servers, at an address for each mail; they go to the clinic's own if not given. */
  bounceDomain?: string;
  /** Of 32 bytes each. The first wraps the keys of clinics, the others still unwrap; without any nothing can be protected. */
  keys?: readonly Uint8Array[];
  /** Issues and verifies tokens; one with a key of this process alone if not given; false switches it off. */
  issuer?: Issuer | false;
  /** Other issuers whose tokens are taken, each with what is fixed for it. */
  oidc?: readonly OidcIssuer[];
  clock?: Clock;
  logLevel?: string;
  /** Where the log goes; standard output if not given. */
  logTo?: { write(line: string): void };
  /** Count what happens, for `listenForMetrics`; no if not given. */
  metrics?: boolean;
  /** Answer introspection queries; yes if not given. */
  introspection?: boolean;
  /** What one credential may spend in a minute, in points of `extensions.cost`; 60,000 if not given. */
  pointsPerMinute?: number;
  /** How many proxies of ours stand in front, each of which adds to `x-forwarded-for`; none if not given. */
  proxies?: number;
  /** The directory in which mails that have been compiled are kept for the next start; nowhere if not given. */
  keepIn?: string;
  socketLimits?: SocketLimits;
  /** GraphiQL and the mailbox, for development only. */
  development?: DevelopmentPages;
}

/** The whole platform in one process: an API, a worker, or both. */
export interface App {
  readonly schema: GraphQLSchema;
  readonly plugins: readonly Plugin[];
  readonly platform: Platform;
  /** Runs one operation as the given context, past HTTP and authentication. */
  execute(request: ExecutionRequest): Promise<Execution>;
  /** Follows a subscription, past WebSocket and authentication. */
  subscribe(request: ExecutionRequest): Promise<AsyncIterableIterator<Execution>>;
  /** Of the local issuer; throws where it is switched off. */
  issueToken(request: TokenRequest): Promise<string>;
  listen(options: { port: number; host?: string }): Promise<{ url: string; port: number }>;
  /** `/metrics`, `/livez` and `/readyz` on a port apart, that nobody outside should reach. */
  listenForMetrics(options: { port: number; host?: string }): Promise<{ port: number }>;
  /** Names of the migrations that the database has not seen, as `recall/Reminders`. */
  pending(): Promise<string[]>;
  /** Starts to handle events, run jobs and send mails as they fall due. */
  work(): Promise<void>;
  /** Does what is due now, until nothing is; for tests and for the end of an import. */
  settle(): Promise<void>;
  /** `/readyz` says no from now on, and everything is answered as before: balancers need a while to notice. */
  drain(): void;
  /** Ends what has begun, and everything that was started, within ten seconds. */
  stop(): Promise<void>;
}

export async function createApp(options: AppOptions): Promise<App> {
  const { part = 'whole', introspection = true, pointsPerMinute = 60_000, publicUrl, mail, development } = options;
  const ground = await createGround(options);
  const { platform, schema, listener, enablement, issuer, signIns, standings } = ground;
  const { database, logger, plugins } = platform;
  const readiness = createReadiness({ database, plugins });
  // A process loads what its part needs: Apollo, Agenda and MJML weigh a hundred megabytes together.
  const { createWorkers } = part === 'api' ? {} : await import('./workers.ts');
  const workers = createWorkers?.({ platform, listener, mail });
  const authenticator = createAuthenticator({
    clock: platform.clock,
    database,
    enablement,
    plugins,
    verify: createVerify({ local: issuer, oidc: options.oidc }),
    standings,
    signIns,
    wrongKeys: createCounter(database, { name: 'wrong-api-key', points: 10, seconds: 600 }),
  });
  const budget = createBudget({ database, logger, points: pointsPerMinute });
  const origins = createOrigins({ database, publicUrl, development: development !== undefined });
  const { createGraphqlServer } = part === 'worker' ? {} : await import('./graphql/server.ts');
  const graphql = await createGraphqlServer?.({
    platform,
    schema,
    authenticator,
    budget,
    origins,
    introspection,
    socketLimits: options.socketLimits,
  });
  const door = createHttpDoor({ platform, readiness, graphql, authenticator, development });
  const watchtower = createWatchtower({ readiness, metrics: ground.metrics });
  ground.metrics?.watch({
    database,
    readsUnderWay: () => platform.engine.underWay,
    sockets: () => graphql?.sockets ?? 0,
  });
  let http: Server | undefined;

  const listen: App['listen'] = async ({ port, host }) => {
    http = createHttpServer(door.handle);
    if (graphql) http.on('upgrade', graphql.upgrade);
    await new Promise<void>((resolve, reject) => http!.once('error', reject).listen(port, host, resolve));
    const address = http.address() as AddressInfo;
    return { url: `http://${host ?? 'localhost'}:${address.port}`, port: address.port };
  };
  const settle = async (): Promise<void> => {
    await platform.reads.flush();
    await (workers ?? notHere('does no work')).settle();
    await signIns.flush();
    await platform.failures.flush();
  };
  const stop = async (): Promise<void> => {
    readiness.drain();
    await Promise.all([graphql?.stop(), http && closeOf(http), workers?.stop()]);
    authenticator.stop();
    await budget.stop();
    await ground.stop();
    await watchtower.stop();
  };
  return {
    schema,
    plugins,
    platform,
    execute: async request => (graphql ?? notHere('answers no operations')).execute(request),
    subscribe: async request => (graphql ?? notHere('answers no subscriptions')).subscribe(request),
    issueToken: async request => (issuer ?? refuseToIssue()).issue(request),
    listen,
    listenForMetrics: watchtower.listen,
    pending: () => pendingMigrations(database, plugins),
    work: async () => (workers ?? notHere('does no work')).start(),
    settle,
    drain: readiness.drain,
    stop,
  };
}

const notHere = (what: string): never => {
  throw new Error(`This process ${what}: it was created for another part.`);
};

const closeOf = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
  });
