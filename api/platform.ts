import type { Logger } from 'pino';
import type { Reads } from './audit/reads.ts';
import type { AccessOf } from './auth/access.ts';
import type { Clock } from './clock.ts';
import type { PlatformContext } from './context.ts';
import type { Database } from './database/database.ts';
import type { Tail } from './events/tail.ts';
import type { Observer } from './health/observer.ts';
import type { Links } from './mail/links.ts';
import type { ReturnPaths } from './mail/return-path.ts';
import type { Spend } from './limits/target.ts';
import type { Actor, Locale, Plugin } from './plugin.ts';
import type { ReadEngine } from './read/engine.ts';
import type { Keyring } from './vault/keyring.ts';
import type { Failures } from './work/failures.ts';
import type { Questions } from './work/questions.ts';

/** What the rooms of the ground share in one process. */
export interface Platform {
  /** In the order they build on one another; the core is the first. */
  readonly plugins: readonly Plugin[];
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly engine: ReadEngine;
  readonly links: Links;
  readonly returnPaths: ReturnPaths;
  readonly tail: Tail;
  readonly failures: Failures;
  readonly questions: Questions;
  readonly reads: Reads;
  /** How many proxies of ours stand between the world and this process. */
  readonly proxies: number;
  readonly accessOf: AccessOf;
  readonly spend: Spend;
  readonly keyring: Keyring;
  /** Names of the plugins that the clinic has enabled, the core always among them. Kept for five seconds. */
  enabledIn(clinicId: string): Promise<ReadonlySet<string>>;
  contextFor(options: ContextOptions): Promise<PlatformContext>;
}

export interface ContextOptions {
  clinicId: string;
  actor: Actor;
  locale?: Locale;
  requestId?: string;
  /** Address of the client; asked for where it is written down who came in. */
  address?: () => string;
  /** By `performance.now()`: nothing is begun, and nothing is committed, after it. */
  deadline?: number;
}

/** The actor of handlers, jobs, sweeps and seeds: sees and may do everything in the one clinic of its context. */
export const systemActor = (kind: 'job' | 'system', id: string): Actor => ({
  kind,
  id,
  roles: [],
  permissions: everyPermission,
  patientIds: '*',
});

/** Who has shown no credential: sees no patient, and may do what is @Public. */
export const anonymousActor: Actor = Object.freeze({
  kind: 'anonymous',
  id: 'anonymous',
  roles: [],
  permissions: new Set<string>(),
  patientIds: [],
});

/** Holds every permission, also those of plugins that are composed later. */
const everyPermission: ReadonlySet<string> = Object.freeze(Object.assign(new Set<string>(), { has: () => true }));
