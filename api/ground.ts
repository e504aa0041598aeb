import type { GraphQLSchema } from 'graphql';
import type { AppOptions } from './app.ts';
import { createReads } from './audit/reads.ts';
import { createAccess } from './auth/access.ts';
import { createIssuer, type Issuer } from './auth/issuer.ts';
import { standingFor, Standings } from './auth/standings.ts';
import { createSignIns, type SignIns } from './auth/sign-ins.ts';
import { createSharedClock } from './clock.ts';
import { compose } from './compose.ts';
import { ActorContext } from './context.ts';
import { connect } from './database/connect.ts';
import type { Database } from './database/database.ts';
import { refuseTables } from './database/refusals.ts';
import { createListener, type Listener } from './events/listener.ts';
import { createTail } from './events/tail.ts';
import { buildSchema } from './graphql/build-schema.ts';
import { createLogger } from './health/logger.ts';
import type { Metrics } from './health/metrics.ts';
import { createObserver } from './health/observer.ts';
import { recurringOf } from './jobs/recurring.ts';
import { createSpend } from './limits/target.ts';
import { createLinks } from './mail/links.ts';
import { createReturnPaths } from './mail/return-path.ts';
import { createEnablement, type Enablement } from './plugin-enablement.ts';
import type { Platform } from './platform.ts';
import { createReadEngine } from './read/engine.ts';
import { createKeyring } from './vault/keyring.ts';
import { createFailures } from './work/failures.ts';
import { createQuestions } from './work/questions.ts';
import { platformVersion } from './version.ts';

/** What every process has, whichever part it plays: the composed plugins, and the ways to the database. */
export interface Ground {
  readonly platform: Platform;
  readonly schema: GraphQLSchema;
  readonly listener: Listener;
  readonly enablement: Enablement;
  /** Undefined where it is switched off. */
  readonly issuer: Issuer | undefined;
  readonly signIns: SignIns;
  readonly standings: Standings;
  /** Undefined where nobody asked for them. */
  readonly metrics: Metrics | undefined;
  stop(): Promise<void>;
}

/** Refuses, before anything is opened, plugins that cannot stand together. */
export async function createGround(options: AppOptions): Promise<Ground> {
  const { logLevel = 'info', proxies = 0, part, publicUrl, secret, keys = [] } = options;
  const plugins = compose(platformVersion, options.plugins);
  const { schema } = buildSchema(plugins);
  // MJML weighs forty megabytes, and only workers send mails.
  if (part !== 'api') await (await import('./mail/render.ts')).checkMails(plugins, options.keepIn);
  recurringOf(plugins);
  const { logger, ...log } = createLogger(logLevel, options.logTo);
  // What collects for them runs all the time.
  const metrics = options.metrics ? (await import('./health/metrics.ts')).createMetrics() : undefined;
  const database = await connect({ url: options.database.url, plugins });
  refuseTables(plugins, database.orm.getMetadata());
  const shared = options.clock ? undefined : await createSharedClock(() => timeOf(database));
  const clock = options.clock ?? shared!;
  const enablement = createEnablement(database);
  const engine = createReadEngine({ database, schema });
  const listener = createListener({ url: database.url, logger });
  const standings = new Standings({ keepFor: standingFor, listener });
  const onStandingChange = (bearers: ReadonlySet<string>): void => standings.forget(bearers);
  const tail = createTail({ database, listener, logger, onStandingChange });
  const issuer = options.issuer === false ? undefined : (options.issuer ?? (await createIssuer()));
  const failures = createFailures({ database, clock, logger });
  const reads = createReads({ database, logger });
  const signIns = createSignIns({ database, clock, logger });
  const platform: Platform = {
    plugins,
    database,
    clock,
    logger,
    observer: createObserver(logger, metrics),
    engine,
    links: createLinks({ secret, publicUrl, plugins, clock }),
    returnPaths: createReturnPaths({ secret, domain: options.bounceDomain }),
    tail,
    failures,
    questions: createQuestions({ plugins, clock, failures }),
    reads,
    proxies,
    accessOf: createAccess({ database, issuer, signIns }),
    spend: createSpend(database),
    keyring: createKeyring({ database, keys }),
    enabledIn: enablement.in,
    contextFor: async given => new ActorContext(platform, given, await enablement.in(given.clinicId)),
  };
  return {
    platform,
    schema,
    listener,
    enablement,
    issuer,
    signIns,
    standings,
    metrics,
    async stop() {
      shared?.stop();
      await reads.stop();
      await signIns.stop();
      await failures.flush();
      await tail.stop();
      await listener.stop();
      await engine.close();
      await database.close();
      log.stop();
    },
  };
}

async function timeOf({ dispatch }: Pick<Database, 'dispatch'>): Promise<Date> {
  const { rows } = await dispatch.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]!.now;
}
