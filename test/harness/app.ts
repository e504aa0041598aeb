import { createHash } from 'node:crypto';
import path from 'node:path';
import type { GraphQLFormattedError } from 'graphql';
import { createApp, type App } from '../../api/app.ts';
import { createClinic, createUser } from '../../api/database/clinic.ts';
import type { PlatformContext } from '../../api/context.ts';
import { rapportHome } from '../../api/database/home.ts';
import { systemActor } from '../../api/platform.ts';
import {
  roles,
  type Actor,
  type Event,
  type Locale,
  type Permission,
  type Plugin,
  type Role,
} from '../../api/plugin.ts';
import { cloneDatabase } from './cluster.ts';
import { createTestClock, type TestClock } from './clock.ts';
import { createMailCatcher, type ReceivedMail } from './mails.ts';
import { follow, type Subscription } from './subscription.ts';

export type { Subscription } from './subscription.ts';

export interface TestAppOptions {
  /** Composed with the core, which the caller passes too: `plugins: [core, membership]`. */
  plugins: readonly Plugin[];
  /** What the clock shows at the start; 2026-06-01T09:00:00+08:00 if not given. */
  at?: Date | string;
  /** Of the clinic; Asia/Taipei if not given. */
  timeZone?: string;
  /** What one credential may spend in a minute, in points of `extensions.cost`. */
  pointsPerMinute?: number;
  /** Where the log goes, all levels of it; nowhere if not given. */
  logTo?: { write(line: string): void };
  /** Count what happens, for `app.listenForMetrics`; no if not given. */
  metrics?: boolean;
}

export interface Answer<T = any> {
  data: T | null;
  errors?: readonly GraphQLFormattedError[];
}

/** Whoever asks: a role, or exactly these permissions; of all patients, or only of some. */
export interface Caller {
  readonly actor: Actor;
  query<T = any>(document: string, variables?: Record<string, unknown>): Promise<Answer<T>>;
  /** As `query`, and throws if there are errors. */
  data<T = any>(document: string, variables?: Record<string, unknown>): Promise<T>;
  /** Follows a subscription as it happens; ended with the app. */
  subscribe<T = any>(document: string, variables?: Record<string, unknown>): Promise<Subscription<T>>;
  /** Runs code as a resolver would, in one transaction. */
  run<T>(work: (context: PlatformContext) => Promise<T>): Promise<T>;
}

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  /** Of the owner of the database; passes row-level security. */
  readonly databaseUrl: string;
  readonly clinicId: string;
  readonly clock: TestClock;
  /** In the order in which they were sent. */
  readonly mails: ReceivedMail[];
  as(who: Role | readonly (Permission | string)[], options?: CallerOptions): Caller;
  /** All permissions in the clinic. */
  readonly staff: Caller;
  emit<T>(event: Event<T>, payload: T): Promise<void>;
  /** Handles events, runs jobs and sends mails that are due, until nothing is. */
  settle(): Promise<void>;
  /** A second clinic, for tests of isolation. */
  addClinic(slug: string): Promise<string>;
  /** Creates a user with this role and answers a bearer token. */
  signIn(role: Role, options?: { patientId?: string; clinicId?: string; expiresIn?: number }): Promise<string>;
  /** Asks the HTTP door: `fetch('/plugins/recall/confirm/…')`; absolute URLs of the app work too. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Listens on a free port of 127.0.0.1, once; answers the origin. */
  listen(): Promise<string>;
  stop(): Promise<void>;
}

export interface CallerOptions {
  patientIds?: readonly string[];
  clinicId?: string;
  locale?: Locale;
  userId?: string;
}

const living = new Set<TestApp>();
const publicUrl = 'https://clinic.test';
const testKey = createHash('sha256').update('a key of the tests').digest();

// An app made inside a test ends with it, one made in `beforeAll` with its file: no test has to remember.
const outlives = new WeakSet<TestApp>();
let insideTest = false;
if (typeof afterEach === 'function') {
  beforeEach(() => void (insideTest = true));
  afterEach(() => {
    insideTest = false;
    return stopAll(app => !outlives.has(app));
  });
  afterAll(() => stopAll(() => true));
}

async function stopAll(which: (app: TestApp) => boolean): Promise<void> {
  await Promise.all([...living].filter(which).map(app => app.stop()));
}

/** An app with its own database, a clock that stands still, and a mail catcher. Ends by itself. */
export async function createTestApp(options: TestAppOptions): Promise<TestApp> {
  const {
    plugins,
    at = '2026-06-01T09:00:00+08:00',
    timeZone = 'Asia/Taipei',
    pointsPerMinute,
    logTo,
    metrics,
  } = options;
  const database = await cloneDatabase(plugins);
  const clock = createTestClock(at);
  const { transport, mails } = createMailCatcher();
  const app = await createApp({
    plugins,
    database: { url: database.url },
    clock,
    mail: { transport },
    publicUrl,
    secret: 'a secret of the tests, long enough to be one',
    keys: [testKey],
    bounceDomain: 'bounces.clinic.test',
    logLevel: logTo ? 'trace' : 'silent',
    logTo,
    metrics,
    pointsPerMinute,
    // MJML is the largest part of what a test file loads.
    keepIn: path.join(rapportHome(), 'test', 'compiled'),
  });
  const addClinic = (slug: string): Promise<string> =>
    createClinic(database.url, { ...testClinic, slug, name: `Clinic ${slug}`, timeZone }, app.plugins);
  const clinicId = await addClinic('test');
  const created = assemble({ app, database, clock, mails, clinicId, addClinic });
  if (!insideTest) outlives.add(created);
  living.add(created);
  return created;
}

const testClinic = {
  locale: 'zh-Hant',
  currency: 'TWD',
  sender: { name: '測試診所', address: 'hello@clinic.test' },
  phone: '+886212345678',
} as const;

interface Parts {
  app: App;
  database: { url: string; drop(): Promise<void> };
  clock: TestClock;
  mails: ReceivedMail[];
  clinicId: string;
  addClinic(slug: string): Promise<string>;
}

function assemble({ app, database, clock, mails, clinicId, addClinic }: Parts): TestApp {
  const as: TestApp['as'] = (who, options) => callerOf(app, actorOf(app, who, options), { clinicId, ...options });
  const staff = callerOf(app, systemActor('system', 'test'), { clinicId });
  let users = 0;
  let origin: Promise<string> | undefined;
  const listen = (): Promise<string> => (origin ??= app.listen({ port: 0, host: '127.0.0.1' }).then(({ url }) => url));
  const stop = async (): Promise<void> => {
    if (!living.delete(self)) return;
    await app.stop();
    await database.drop();
  };
  const self: TestApp = {
    app,
    databaseUrl: database.url,
    clinicId,
    clock,
    mails,
    as,
    staff,
    addClinic,
    listen,
    stop,
    emit: (event, payload) => staff.run(async ({ publish }) => publish(event, payload)),
    settle: () => app.settle(),
    async signIn(role, { patientId, clinicId: clinic = clinicId, expiresIn } = {}) {
      const subject = `test|${role}-${++users}`;
      await createUser(database.url, clinic, { subject, name: role, locale: 'en', roles: [{ role, patientId }] });
      return app.issueToken({ subject, expiresIn });
    },
    async fetch(url, init) {
      return fetch(new URL(url.replace(publicUrl, ''), await listen()), { redirect: 'manual', ...init });
    },
    [Symbol.asyncDispose]: stop,
  };
  return self;
}

function actorOf(
  app: App,
  who: Parameters<TestApp['as']>[0],
  { patientIds, userId = 'test-user' }: CallerOptions = {},
): Actor {
  const role = typeof who === 'string' ? roles.find(name => name === who) : undefined;
  const names = role
    ? app.plugins.flatMap(({ permissions = [] }) => permissions.filter(permission => permission.roles.includes(role)))
    : (who as readonly (Permission | string)[]);
  return {
    kind: 'user',
    id: userId,
    roles: role ? [role] : [],
    permissions: new Set(names.map(permission => (typeof permission === 'string' ? permission : permission.name))),
    patientIds: patientIds ?? (role === 'patient' ? [] : '*'),
  };
}

function callerOf(app: App, actor: Actor, { clinicId, locale }: CallerOptions & { clinicId: string }): Caller {
  const context = (): Promise<PlatformContext> => app.platform.contextFor({ clinicId, actor, locale });
  const query = async (document: string, variables?: Record<string, unknown>): Promise<Answer> =>
    app.execute({ document, variables, context: await context() });
  return {
    actor,
    query,
    async data(document, variables) {
      const { data, errors } = await query(document, variables);
      if (errors?.length)
        throw new Error(errors.map(({ message, extensions }) => `${extensions?.['code']}: ${message}`).join('\n'));
      return data as any;
    },
    subscribe: async (document, variables) => follow(app, { document, variables, context: await context() }),
    async run(work) {
      const own = await context();
      return own.transaction(() => work(own));
    },
  };
}
