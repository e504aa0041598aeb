import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import { pino, type Logger } from 'pino';
import { createAccess, refuseToIssue } from './auth/access.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { createVerify } from './auth/identity.ts';
import { createIssuer, type Issuer, type TokenRequest } from './auth/issuer.ts';
import type { OidcIssuer } from './auth/oidc.ts';
import { createSignIns } from './auth/sign-ins.ts';
import { systemClock, type Clock } from './clock.ts';
import { compose } from './compose.ts';
import { ActorContext } from './context.ts';
import { connect } from './database/connect.ts';
import { refuseTables } from './database/refusals.ts';
import { createEventWorker } from './events/deliver.ts';
import { createListener } from './events/listener.ts';
import { createTail } from './events/tail.ts';
import { buildSchema } from './graphql/build-schema.ts';
import { createGraphqlServer, type Execution, type ExecutionRequest } from './graphql/server.ts';
import type { SocketLimits } from './graphql/socket.ts';
import { createHttpDoor, type DevelopmentPages } from './http/door.ts';
import { createOrigins } from './http/origins.ts';
import { createBell } from './jobs/agenda.ts';
import { createJobWorker } from './jobs/queue.ts';
import { recurringOf } from './jobs/recurring.ts';
import { createBudget } from './limits/budget.ts';
import { createCounter } from './limits/counter.ts';
import { createSpend } from './limits/target.ts';
import { createMailWorker } from './mail/deliver.ts';
import { createLinks } from './mail/links.ts';
import { checkMails } from './mail/render.ts';
import { createTransport, type Transport } from './mail/transport.ts';
import { createEnablement } from './plugin-enablement.ts';
import type { Platform } from './platform.ts';
import type { Plugin } from './plugin.ts';
import { createReadEngine } from './read/engine.ts';
import { platformVersion } from './version.ts';

export interface AppOptions {
  /** In any order; composed so that each comes after what it requires. */
  plugins: readonly Plugin[];
  /** Of a user who may become `rapport_app` and `rapport_dispatch`. The migrations have run. */
  database: { url: string };
  mail: { smtpUrl: string } | { transport: Transport };
  /** The base of links in mails, as `https://book.clinic.example`. */
  publicUrl: string;
  /** Signs links; at least 32 characters. Of several the first signs, and links of the others stay good. */
  secret: string | readonly string[];
  /** Issues and verifies tokens; one with a key of this process alone if not given; false switches it off. */
  issuer?: Issuer | false;
  /** Other issuers whose tokens are taken, each with what is fixed for it. */
  oidc?: readonly OidcIssuer[];
  clock?: Clock;
  logLevel?: string;
  /** Answer introspection queries; yes if not given. */
  introspection?: boolean;
  /** What one credential may spend in a minute, in points of `extensions.cost`; 60,000 if not given. */
  pointsPerMinute?: number;
  /** How many proxies of ours stand in front, each of which adds to `x-forwarded-for`; none if not given. */
  proxies?: number;
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
  /** Starts to handle events, run jobs and send mails as they fall due. */
  work(): Promise<void>;
  /** Does what is due now, until nothing is; for tests and for the end of an import. */
  settle(): Promise<void>;
  /** Drains and ends everything that was started, within ten seconds. */
  stop(): Promise<void>;
}

export async function createApp(options: AppOptions): Promise<App> {
  const { clock = systemClock, logLevel = 'info', introspection = true, development } = options;
  const { pointsPerMinute = 60_000, proxies = 0 } = options;
  const plugins = compose(platformVersion, options.plugins);
  const { schema } = buildSchema(plugins);
  await checkMails(plugins);
  recurringOf(plugins);
  const logger = createLogger(logLevel);
  const database = await connect({ url: options.database.url, plugins });
  refuseTables(plugins, database.orm.getMetadata());
  const enablement = createEnablement(database);
  const engine = createReadEngine({ database, schema });
  const listener = createListener({ url: database.url, logger });
  const tail = createTail({ database, listener, logger });
  const issuer = options.issuer === false ? undefined : (options.issuer ?? (await createIssuer()));
  const signIns = createSignIns({ database, clock, logger });
  const links = createLinks({ secret: options.secret, publicUrl: options.publicUrl, plugins, clock });
  const platform: Platform = {
    plugins,
    database,
    clock,
    logger,
    engine,
    links,
    tail,
    proxies,
    accessOf: createAccess({ issuer, signIns }),
    spend: createSpend(database),
    enabledIn: enablement.in,
    contextFor: async given => new ActorContext(platform, given, await enablement.in(given.clinicId)),
  };
  const transport = 'transport' in options.mail ? options.mail.transport : createTransport(options.mail.smtpUrl);
  const workers = [createEventWorker(platform), createJobWorker(platform), createMailWorker({ platform, transport })];
  const bell = createBell({ platform, listener, sweeps: workers });
  const authenticator = createAuthenticator({
    database,
    enablement,
    plugins,
    verify: createVerify({ local: issuer, oidc: options.oidc }),
    listener,
    signIns,
    wrongKeys: createCounter(database, { name: 'wrong-api-key', points: 10, seconds: 600 }),
  });
  const budget = createBudget({ database, logger, points: pointsPerMinute });
  const origins = createOrigins({ database, publicUrl: options.publicUrl, development: development !== undefined });
  const graphql = await createGraphqlServer({
    platform,
    schema,
    authenticator,
    budget,
    origins,
    introspection,
    socketLimits: options.socketLimits,
  });
  const door = createHttpDoor({ platform, graphql, authenticator, development });
  let http: Server | undefined;

  const settle = async (): Promise<void> => {
    let done: number;
    do {
      done = 0;
      for (const worker of workers) done += await worker.runDue(clock.now());
    } while (done > 0);
    await signIns.flush();
  };
  const listen: App['listen'] = async ({ port, host }) => {
    http = createHttpServer(door.handle).on('upgrade', graphql.upgrade);
    await new Promise<void>((resolve, reject) => http!.once('error', reject).listen(port, host, resolve));
    const address = http.address() as AddressInfo;
    return { url: `http://${host ?? 'localhost'}:${address.port}`, port: address.port };
  };
  const stop = async (): Promise<void> => {
    await Promise.all([graphql.stop(), http && closeOf(http), bell.stop()]);
    authenticator.stop();
    await signIns.stop();
    await budget.stop();
    await tail.stop();
    await listener.stop();
    await transport.close();
    await engine.close();
    await database.close();
  };
  return {
    schema,
    plugins,
    platform,
    execute: graphql.execute,
    subscribe: graphql.subscribe,
    issueToken: async request => (issuer ?? refuseToIssue()).issue(request),
    listen,
    work: bell.start,
    settle,
    stop,
  };
}

function createLogger(level: string): Logger {
  // Bearer tokens, addresses and merge fields never belong in a log, wherever an error carries them.
  return pino({
    level,
    redact: { paths: ['*.authorization', '*.address', '*.to', '*.parameters', '*.fields'], remove: true },
  });
}

const closeOf = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
  });
