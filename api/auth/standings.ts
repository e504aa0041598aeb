import { LRUCache } from 'lru-cache';
import type { Listener } from '../events/listener.ts';
import type { Actor } from '../plugin.ts';

/** What a credential opens. */
export interface Authenticated {
  /** Empty for an anonymous request that names none: it sees no row. */
  readonly clinicId: string;
  readonly actor: Actor;
  /** Milliseconds since 1970; absent for the anonymous. */
  readonly expiresAt?: number;
}

/** Whom a change concerns, by `bearerOf`; everyone, where notices may have been missed. */
export type Concerned = ReadonlySet<string> | 'all';

/** As the database's notices name a user or a key. */
export const bearerOf = ({ kind, id }: Actor): string => `${kind} ${id}`;

export interface StandingsOptions {
  /** Milliseconds for which an answer is kept without being heard of. */
  keepFor: number;
  listener?: Listener;
}

/** Milliseconds: changes are heard of at once, and this is for those that were not. */
export const standingFor = 5_000;

const channel = 'rapport_standing';
/** Reads of one standing that are begun anew because something changed meanwhile. */
const mostTurns = 5;

/**
 * What is known of those who ask. A change of a role, a user or a key reaches every process by a notice of the database, as it
 * is committed, and by the reader of events, before any event of that moment or after it; what it concerns is forgotten here.
 */
export class Standings {
  readonly #known: LRUCache<string, Authenticated>;
  readonly #pending = new Map<string, Promise<Authenticated>>();
  readonly #watchers = new Set<(concerned: Concerned) => void>();
  readonly #listener: Listener | undefined;
  #listening: Disposable | undefined;
  #changes = 0;

  constructor({ keepFor, listener }: StandingsOptions) {
    this.#known = new LRUCache({ max: 20_000, ttl: keepFor });
    this.#listener = listener;
  }

  get(key: string): Authenticated | undefined {
    return this.#known.get(key);
  }

  /** One look for all that ask for the same at the same time. A refusal is not kept: a role may be given at this moment. */
  find(key: string, look: () => Promise<Authenticated>): Promise<Authenticated> {
    this.#listening ??= this.#listener?.on(channel, notice => this.forget(concernedBy(notice)));
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = this.#look(key, look).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  /** `concerned` is called at the moment of a notice, before anything else can happen. */
  watch(concerned: (concerned: Concerned) => void): Disposable {
    this.#watchers.add(concerned);
    return { [Symbol.dispose]: () => void this.#watchers.delete(concerned) };
  }

  forget(concerned: Concerned): void {
    this.#changes++;
    if (concerned === 'all') this.#known.clear();
    else
      for (const [key, { actor }] of this.#known.entries()) if (concerned.has(bearerOf(actor))) this.#known.delete(key);
    for (const watcher of this.#watchers) watcher(concerned);
  }

  stop(): void {
    this.#listening?.[Symbol.dispose]();
  }

  /** What was read before a change may be what it was before, so it is read again. */
  async #look(key: string, look: () => Promise<Authenticated>): Promise<Authenticated> {
    for (let turn = 1; ; turn++) {
      const changes = this.#changes;
      const found = await look();
      if (changes === this.#changes) {
        this.#known.set(key, found);
        return found;
      }
      if (turn === mostTurns) return found;
    }
  }
}

const concernedBy = (notice: string | undefined): Concerned =>
  notice === undefined || notice === '*' ? 'all' : new Set(notice.split(','));
