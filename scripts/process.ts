import './heap.ts';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { createApp, type App, type AppOptions } from '../api/app.ts';
import { createSharedIssuer } from '../api/auth/shared-issuer.ts';
import { isFromElsewhere } from '../api/database/provenance.ts';
import { runCommand } from './command.ts';
import { readConfig, type Config } from './config.ts';
import { installedPlugins } from './installed.ts';
import { progress } from './progress.ts';
import { outliveFaults } from './rejections.ts';

const ofAll = [
  'DATABASE_URL',
  'PUBLIC_URL',
  'RAPPORT_SECRET',
  'RAPPORT_KEYS',
  'PORT',
  'HOST',
  'METRICS_PORT',
  'LOG_LEVEL',
] as const;
const ofApi = [
  ...ofAll,
  'OIDC_ISSUERS',
  'LOCAL_ISSUER',
  'PROXIES',
  'POINTS_PER_MINUTE',
  'INTROSPECTION',
  'DRAIN_SECONDS',
] as const;
const ofWorker = [...ofAll, 'SMTP_URL', 'RAPPORT_DKIM_KEYS', 'BOUNCE_DOMAIN'] as const;

/** Answers requests until it is told to end; any number of them, behind any balancer. */
export const serve = (): Promise<void> =>
  run(() => {
    const config = readConfig(ofApi);
    return {
      config,
      drainSeconds: config.DRAIN_SECONDS,
      options: { part: 'api', mail: nowhere, ...issuersOf(config), ...limitsOf(config) },
    };
  });

/** Handles events, runs jobs and sends mails until it is told to end; any number of them. */
export const work = (): Promise<void> =>
  run(() => {
    const config = readConfig(ofWorker);
    const mail = { smtpUrl: config.SMTP_URL, dkim: config.RAPPORT_DKIM_KEYS };
    return { config, drainSeconds: 0, options: { part: 'worker', mail, bounceDomain: config.BOUNCE_DOMAIN } };
  });

interface Part {
  config: Pick<Config, (typeof ofAll)[number]>;
  drainSeconds: number;
  options: Pick<
    AppOptions,
    'part' | 'mail' | 'bounceDomain' | 'issuer' | 'oidc' | 'proxies' | 'pointsPerMinute' | 'introspection'
  >;
}

/** Of the part that sends no mails. */
const nowhere = { smtpUrl: 'smtp://localhost' };

const issuersOf = (config: Pick<Config, 'OIDC_ISSUERS' | 'LOCAL_ISSUER'>): Partial<AppOptions> => ({
  oidc: config.OIDC_ISSUERS,
  ...(!config.LOCAL_ISSUER && { issuer: false }),
});

const limitsOf = (config: Pick<Config, 'PROXIES' | 'POINTS_PER_MINUTE' | 'INTROSPECTION'>): Partial<AppOptions> => ({
  proxies: config.PROXIES,
  pointsPerMinute: config.POINTS_PER_MINUTE,
  introspection: config.INTROSPECTION,
});

function run(configure: () => Part): Promise<void> {
  return runCommand(async ({ signal, onEnd }) => {
    const { config, drainSeconds, options } = configure();
    if (process.argv.includes('--check')) return progress('The environment does.');
    const app = await createApp({
      issuer: await createSharedIssuer(config.RAPPORT_SECRET),
      ...options,
      plugins: await installedPlugins(),
      database: { url: config.DATABASE_URL },
      publicUrl: config.PUBLIC_URL,
      secret: config.RAPPORT_SECRET,
      keys: config.RAPPORT_KEYS,
      logLevel: config.LOG_LEVEL,
      metrics: config.METRICS_PORT !== undefined,
    });
    outliveFaults(app.platform.logger);
    onEnd(app.stop);
    await refuseUnmigrated(app);
    await refuseRestored(app);
    await refuseMissingKeys(app);
    const { port } = await app.listen({ port: config.PORT, host: config.HOST });
    if (config.METRICS_PORT !== undefined) await app.listenForMetrics({ port: config.METRICS_PORT, host: config.HOST });
    if (options.part === 'worker') await app.work();
    progress(`Ready on port ${port}`);
    process.send?.({ port });
    if (!signal.aborted) await once(signal, 'abort');
    progress('Ending');
    app.drain();
    await wait(drainSeconds * 1000);
  });
}

async function refuseUnmigrated(app: App): Promise<void> {
  const missing = await app.pending();
  if (missing.length > 0)
    throw new Error(
      `The database lacks ${missing.length} migrations, ${missing[0]} among them: run \`migrate\` first.`,
    );
}

/** Otherwise who needs one of them would be the first to find out. */
async function refuseMissingKeys({ platform }: App): Promise<void> {
  const missing = await platform.keyring.missing();
  if (missing.length > 0)
    throw new Error(`Values in the database are protected by a key that is not among RAPPORT_KEYS: ${missing.join()}.`);
}

/** Whoever restores a backup may forget that old mails are due in it. */
async function refuseRestored({ platform }: App): Promise<void> {
  if (await isFromElsewhere(platform.database))
    throw new Error('The database was restored from another one: run `restored` first, so that no old mail is sent.');
}
