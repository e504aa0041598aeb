import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Plugin } from 'clinic-rapport';
import { createApp, type App } from '../../api/app.ts';
import type { Issuer } from '../../api/auth/issuer.ts';
import { createSharedIssuer } from '../../api/auth/shared-issuer.ts';
import { rapportHome } from '../../api/database/home.ts';
import { migrate } from '../../api/database/migrate.ts';
import { installedPlugins } from '../installed.ts';
import { plantClinic, type Clinic, type ClinicOptions } from './clinic.ts';
import { freePort, startCluster, type Cluster } from './cluster.ts';
import { Client } from './load.ts';
import { Processes, script, type Process } from './processes.ts';
import { startSink, type Sink } from './sink.ts';

/** Where one scenario plays: a cluster, a mail server and processes of its own. */
export interface Stage {
  readonly cluster: Cluster;
  readonly sink: Sink;
  readonly processes: Processes;
  readonly issuer: Issuer;
  readonly plugins: readonly Plugin[];
  readonly home: string;
  /** Smaller numbers. */
  readonly quick: boolean;
  plant(options: ClinicOptions): Promise<Clinic>;
  /** An app in this process that neither listens nor works: to plant by its contexts. */
  app(): Promise<App>;
  /** A process that answers requests. */
  serve(options?: NodeOptions): Promise<Api>;
  /** A process that handles events, runs jobs and sends mails. */
  work(options?: NodeOptions): Promise<Process>;
  onEnd(end: () => unknown): void;
  tell(step: string): void;
}

export interface NodeOptions {
  name?: string;
  /** The stage's own database if not given, as through a proxy. */
  databaseUrl?: string;
  port?: number;
  env?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly process: Process;
  readonly origin: string;
  readonly port: number;
  readonly client: Client;
}

export interface StageOptions {
  id: string;
  quick: boolean;
  /** Specifiers, beside the core and recall. */
  plugins?: readonly string[];
  settings?: Readonly<Record<string, string>>;
  tell(step: string): void;
}

/** Of nothing that lasts. */
const secret = 'H7wq2ZrT9xLmK4vB8nYc3DfG6jPs5QaU';
const key = 'q3H0d8mJx1Zt5vYcKp7eWn2RbLs9GfUaTiXoQkM4Vw0=';

/** Sets the stage up, and clears it afterwards whatever happened on it; answers also the ids of processes that were left. */
export async function onStage<T>(
  { id, quick, plugins: more = [], settings, tell }: StageOptions,
  play: (stage: Stage) => Promise<T>,
): Promise<{ result: T; left: number[] }> {
  const home = path.join(rapportHome(), 'faults', `${id.toLowerCase()}-${process.pid}`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const specifiers = ['clinic-rapport/plugins/recall', ...more];
  process.env['RAPPORT_PLUGINS'] = specifiers.join();
  const ends: (() => unknown)[] = [];
  const processes = new Processes();
  try {
    const plugins = await installedPlugins();
    const cluster = await startCluster(home, settings);
    ends.push(cluster.remove);
    await migrate({ url: cluster.url, plugins });
    const sink = await startSink();
    ends.push(() => sink.close().catch(() => {}));
    const issuer = await createSharedIssuer([secret]);
    const start = starter({ cluster, sink, processes, home, specifiers });
    let app: Promise<App> | undefined;
    ends.push(async () => (await app)?.stop());
    ends.push(() => processes.stop());
    const stage: Stage = {
      ...{ cluster, sink, processes, issuer, plugins, home, quick, tell },
      plant: options => plantClinic({ cluster, plugins, issuer }, options),
      app: () => (app ??= quietApp(cluster.url, sink.smtpUrl, plugins)),
      async serve(options) {
        const { process, port } = await start('serve', options);
        const origin = `http://127.0.0.1:${port}`;
        const client = new Client(origin);
        ends.push(() => client.close());
        return { process, origin, port, client };
      },
      work: async options => (await start('work', options)).process,
      onEnd: end => ends.push(end),
    };
    const result = await play(stage);
    await clear(ends);
    return { result, left: processes.left };
  } finally {
    await clear(ends);
  }
}

async function clear(ends: (() => unknown)[]): Promise<void> {
  for (let end = ends.pop(); end; end = ends.pop()) await end();
}

const quietApp = (url: string, smtpUrl: string, plugins: readonly Plugin[]): Promise<App> =>
  createApp({
    plugins,
    database: { url },
    mail: { smtpUrl },
    publicUrl: 'http://localhost',
    secret,
    keys: [Buffer.from(key, 'base64')],
    logLevel: 'silent',
  });

type Ground = Pick<Stage, 'cluster' | 'sink' | 'processes' | 'home'> & { specifiers: readonly string[] };
let count = 0;

/** Starts `npm run serve` or `npm run work`, and waits until it says that it is ready. */
const starter =
  ({ cluster, sink, processes, home, specifiers }: Ground) =>
  async (role: 'serve' | 'work', options: NodeOptions = {}): Promise<{ process: Process; port: number }> => {
    const { name = `${role} ${++count}`, databaseUrl = cluster.url, port = await freePort(), env } = options;
    const started = processes.start({
      name,
      command: script(`../${role}.ts`),
      env: {
        ...environment({ url: databaseUrl, smtpUrl: sink.smtpUrl, home, plugins: specifiers }),
        PORT: String(port),
        ...env,
      },
    });
    await until(async () => (await isReady(port)) || !started.isAlive, 60_000, `${name} is ready`);
    if (!started.isAlive) throw new Error(`${name} did not start: ${started.log.slice(-5).join('\n')}`);
    return { process: started, port };
  };

interface Surroundings {
  url: string;
  smtpUrl: string;
  home: string;
  plugins: readonly string[];
}

/** What `serve` and `work` are told; what one credential may spend is not what is tried here. */
export const environment = ({ url, smtpUrl, home, plugins }: Surroundings): Record<string, string> => ({
  HOST: '127.0.0.1',
  DATABASE_URL: url,
  SMTP_URL: smtpUrl,
  PUBLIC_URL: 'http://localhost',
  RAPPORT_SECRET: secret,
  RAPPORT_KEYS: key,
  RAPPORT_HOME: home,
  RAPPORT_PLUGINS: plugins.join(),
  POINTS_PER_MINUTE: '1000000000',
  DRAIN_SECONDS: '0',
  LOG_LEVEL: 'warn',
  NODE_ENV: 'production',
});

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );

/** Looks every 20 ms. Throws after so many milliseconds; answers how many it took. */
export async function until(
  done: () => boolean | Promise<boolean>,
  patience: number,
  what: string,
  every = 20,
): Promise<number> {
  const begun = performance.now();
  while (!(await done())) {
    if (performance.now() - begun > patience) throw new Error(`Not within ${patience / 1_000} s: ${what}.`);
    await wait(every);
  }
  return performance.now() - begun;
}
