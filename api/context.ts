import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import { Diary } from './audit/diary.ts';
import type { Act, Deed } from './audit/entry.ts';
import { guardSetOf } from './graphql/guard-set.ts';
import type { Scope } from './database/tenancy.ts';
import { notFound, RapportError } from './errors.ts';
import { record as recordEvents, type Publication } from './events/outbox.ts';
import { enqueue as recordJob } from './jobs/queue.ts';
import { record as recordDelivery } from './mail/send.ts';
import type { ContextOptions, Platform } from './platform.ts';
import type {
  Access,
  Actor,
  Class,
  Context,
  EnqueueOptions,
  Event,
  Fact,
  Job,
  Limit,
  Link,
  LinkOptions,
  Loader,
  Locale,
  Mail,
  Permission,
  Question,
  Recipient,
  SendOptions,
  Vault,
} from './plugin.ts';
import type { Reading, ReadLane } from './read/lane.ts';
import { readSettings } from './settings/settings.ts';
import { createVault } from './vault/vault.ts';

/** The context as the platform's own rooms see it; plugins see the closed `Context` of it. */
export interface PlatformContext extends Context {
  readonly scope: Scope;
  readonly enabled: ReadonlySet<string>;
  readonly locale: Locale;
  readonly requestId: string;
  readonly platform: Platform;
  /** Equal for contexts that may see the same fields: part of the key of every cached plan. */
  readonly guardSet: number;
  /** The transaction in which a mutation, handler or job is running now. */
  readonly openTransaction: EntityManager | undefined;
  /** Throws DEADLINE_EXCEEDED where the request has been given up. */
  refuseLate(): void;
  /** By `performance.now()`; none for work that nobody waits for. */
  readonly deadline: number | undefined;
  /** Writes down what someone saw past the read lane. */
  noteSeen(act: Act, deed: Deed): Promise<void> | undefined;
  /** Why the actor may not have a field or operation with these guards, of this plugin. */
  allowed(guards: readonly Permission[] | undefined, plugin?: string): RapportError | undefined;
  /**
   * Runs `work` in one transaction, with the events, jobs and mails that it asks for, and writes down who did what, as `act`.
   * Inside another one it joins.
   */
  transaction<T>(work: () => Promise<T>, act?: Act): Promise<T>;
}

interface OpenTransaction {
  readonly em: EntityManager;
  readonly publications: Publication[];
}

/** Members are own properties, so that a resolver may take them apart: `@Ctx() { em, publish }: Context`. */
export class ActorContext implements PlatformContext {
  readonly clinicId: string;
  readonly actor: Actor;
  readonly scope: Scope;
  readonly enabled: ReadonlySet<string>;
  readonly locale: Locale;
  readonly requestId: string;
  readonly guardSet: number;
  readonly deadline: number | undefined;
  readonly platform: Platform;
  readonly #address: (() => string) | undefined;
  readonly #diary: Diary;
  #open: OpenTransaction | undefined;
  #idle: EntityManager | undefined;
  #lane: ReadLane | undefined;
  #vault: Vault | undefined;
  #loaders = new Map<Loader<any, any>, DataLoader<any, any>>();
  #settings = new Map<Class, Promise<object>>();

  constructor(platform: Platform, options: ContextOptions, enabled: ReadonlySet<string>) {
    const { clinicId, actor, locale = 'en', requestId = randomUUID(), deadline, address } = options;
    this.platform = platform;
    this.#address = address;
    this.clinicId = clinicId;
    this.actor = actor;
    this.enabled = enabled;
    this.locale = locale;
    this.requestId = requestId;
    this.deadline = deadline;
    this.scope = { clinicId, patientIds: actor.patientIds };
    this.guardSet = guardSetOf(actor, enabled);
    this.#diary = new Diary(platform.reads, this);
  }

  get now(): Date {
    return this.platform.clock.now();
  }

  get em(): EntityManager {
    return this.#open?.em ?? (this.#idle ??= this.platform.database.fork(this.scope));
  }

  get openTransaction(): EntityManager | undefined {
    return this.#open?.em;
  }

  get origin(): string {
    return this.platform.links.origin;
  }

  get read(): ReadLane {
    return (this.#lane ??= this.platform.engine.laneFor(this));
  }

  get vault(): Vault {
    return (this.#vault ??= createVault(this));
  }

  get facts(): readonly Fact[] {
    return this.platform.plugins.flatMap(({ name, facts = [] }) => (this.enabled.has(name) ? facts : []));
  }

  refuseLate = (): void => {
    if (this.deadline === undefined || performance.now() < this.deadline) return;
    throw new RapportError('DEADLINE_EXCEEDED', 'The request took too long and was given up; nothing was written.');
  };

  can = (permission: Permission): boolean => this.actor.permissions.has(permission.name);

  allowed = (guards: readonly Permission[] | undefined, plugin?: string): RapportError | undefined => {
    if (plugin !== undefined && !this.enabled.has(plugin)) {
      return new RapportError('PLUGIN_UNAVAILABLE', `The plugin '${plugin}' is not enabled in this clinic.`, {
        plugin,
      });
    }
    if (guards === undefined || guards.every(this.can)) return undefined;
    return this.actor.kind === 'anonymous'
      ? new RapportError('UNAUTHENTICATED', 'Sign in to do this: send `authorization: Bearer <token>`.')
      : new RapportError('FORBIDDEN', `This needs the permission '${guards.find(guard => !this.can(guard))!.name}'.`);
  };

  settings = <T extends object>(of: Class<T>): Promise<T> => {
    const known = this.#settings.get(of) ?? readSettings(this.platform.plugins, of, this);
    this.#settings.set(of, known);
    return known as Promise<T>;
  };

  load = <K, V>(loader: Loader<K, V>, key: K): Promise<V> => {
    let known = this.#loaders.get(loader);
    if (!known)
      this.#loaders.set(loader, (known = new DataLoader(async keys => loader(keys, this), { maxBatchSize: 500 })));
    return known.load(key);
  };

  noteRead = (reading: Reading): Promise<void> | undefined => this.#diary.noteRead(reading);

  noteSeen = (act: Act, deed: Deed): Promise<void> | undefined => this.#diary.noteSeen(act, deed);

  transaction = async <T>(work: () => Promise<T>, act?: Act): Promise<T> => {
    if (this.#open) return work();
    return this.platform.database
      .transaction(this.scope, async em => {
        const open = (this.#open = { em, publications: [] as Publication[] });
        this.#forget();
        try {
          const result = await this.#diary.watch(act, em, async () => {
            const done = await work();
            await em.flush();
            return done;
          });
          await recordEvents(em, this.platform, this, open.publications);
          // Whoever asked was told that nothing was written.
          this.refuseLate();
          return result;
        } finally {
          this.#open = undefined;
        }
      })
      .finally(() => this.#forget());
  };

  publish = <T>(event: Event<T>, payload: T): void => {
    this.#inTransaction(`publish '${event.name}'`).publications.push({ event, payload });
  };

  enqueue = <T>(job: Job<T>, data: T, options: EnqueueOptions = {}): Promise<void> =>
    recordJob(this.#inTransaction(`enqueue '${job.name}'`).em, this, job, data, options);

  send = <T>(mail: Mail<T>, to: Recipient, data: T, options: SendOptions = {}): Promise<void> =>
    recordDelivery(this.#inTransaction(`send '${mail.name}'`).em, this, mail, to, data, options);

  ask = <Q, A>(question: Question<Q, A>, asked: Q): Promise<readonly A[]> =>
    this.platform.questions.ask(question, asked, this);

  link = <T>(link: Link<T>, data: T, options: LinkOptions): string =>
    this.platform.links.sign(link, this.clinicId, data, options);

  open = <T>(link: Link<T>, token: string): T => {
    const { clinicId, data, expired } = this.platform.links.verify(link, token);
    if (expired || clinicId !== this.clinicId) throw notFound('What this link is for');
    return data;
  };

  spend = (limit: Limit, key: string): Promise<void> => this.platform.spend(limit, `${this.clinicId} ${key}`);

  get access(): Access {
    const { clinicId, now, requestId } = this;
    const em = (): EntityManager => this.#inTransaction('let someone in').em;
    return this.platform.accessOf({ clinicId, now, requestId, address: this.#address?.(), em });
  }

  #inTransaction(what: string): OpenTransaction {
    if (!this.#open) throw new Error(`Cannot ${what} outside a transaction: a query or a GET changes nothing.`);
    return this.#open;
  }

  /** What was loaded before a transaction, or inside one that rolled back, may not be true any more. */
  #forget(): void {
    this.#idle = undefined;
    this.#loaders = new Map();
    this.#settings = new Map();
  }
}
