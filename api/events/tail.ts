import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import type { Scope } from '../database/tenancy.ts';
import { RapportError } from '../errors.ts';
import { describe } from '../graphql/format-error.ts';
import type { Occurrence } from '../plugin.ts';
import { epochOf, isAfter, readCursor, writeCursor, type Place } from './cursor.ts';
import type { Listener } from './listener.ts';
import { channels } from './outbox.ts';
import { forgotten, placesAhead, readLive, readPast, type Entry, type StandingChange } from './reading.ts';

/** An event as it comes out of the outbox. */
export interface StoredOccurrence extends Occurrence<any> {
  readonly clinicId: string;
  readonly patientId: string | null;
  readonly place: Place;
}

/** Whose events, and which. A patient gets only those about the patients that the scope shows, as from the database. */
export interface Topic extends Scope {
  readonly names: readonly string[];
}

export interface Follower extends Topic {
  /** Called in the order of the cursor; must not wait. */
  take(occurrence: StoredOccurrence): void;
}

export interface Joined extends Disposable {
  /** Everything after this place will be taken, nothing up to it. */
  readonly from: Place;
}

/** The living end of the outbox: one reader in a process, for all clinics. */
export interface Tail {
  /** Rejects if the database cannot be read now. */
  join(follower: Follower): Promise<Joined>;
  /** Where a cursor stands. BAD_USER_INPUT for what is none, RESYNC where what came after it is not known any more. */
  placeOf(cursor: string, topic: Topic): Promise<Place>;
  /** What clients name a place by. */
  cursorOf(place: Place): Promise<string>;
  /** What is stored after `after`, in order, up to `upTo` inclusive. */
  replay(topic: Topic, after: Place, upTo: Place): AsyncIterable<StoredOccurrence>;
  stop(): Promise<void>;
}

export interface TailOptions {
  database: Database;
  listener: Listener;
  logger: Logger;
  /** Told whose rights have changed, before any event that was stored with the change or after it. */
  onStandingChange?(bearers: ReadonlySet<string>): void;
}

/** Milliseconds: how late an event can be whose notification was lost. */
const pollEvery = 1_000;
/**
 * Milliseconds after a notification at which is looked again. An event is readable only once every transaction that began
 * before its own has ended; those of requests end within a few milliseconds, and nobody notifies of that.
 */
const looksAgain = [10, 40, 160, 400];

export function createTail({ database, listener, logger, onStandingChange }: TailOptions): Tail {
  const epoch = epochOf(database);
  const reader = new Reader({ database, listener, logger, onStandingChange }, epoch);
  let ears: Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;
  let later: NodeJS.Timeout | undefined;

  const look = (delays: readonly number[]): void => {
    reader.wake();
    clearTimeout(later);
    const [next, ...rest] = delays;
    later = next === undefined ? undefined : setTimeout(look, next, rest).unref();
  };
  const watch = (): void => {
    ears ??= listener.on(channels.events, () => look(looksAgain));
    timer ??= setInterval(() => reader.wake(), pollEvery).unref();
  };
  const rest = (): void => {
    clearInterval(timer);
    clearTimeout(later);
    ears?.[Symbol.dispose]();
    timer = later = ears = undefined;
  };
  return {
    async join(follower) {
      watch();
      const from = await reader.add(follower);
      return {
        from,
        [Symbol.dispose]() {
          reader.remove(follower);
          if (reader.isIdle) rest();
        },
      };
    },
    async placeOf(cursor, topic) {
      const place = readCursor(cursor, await epoch());
      if (await forgotten(database, topic, place)) throw tooOld();
      return place;
    },
    cursorOf: async place => writeCursor(await epoch(), place),
    async *replay(topic, after, upTo) {
      const name = await epoch();
      for (let place = after; isAfter(upTo, place);) {
        const entries = await readPast(database, topic, { after: place, upTo });
        for (const entry of entries) yield occurrenceOf(entry, name);
        place = entries.length < placesAhead ? upTo : entries.at(-1)!;
      }
      // Removed while it was read: something may have been left out.
      if (await forgotten(database, topic, after)) throw tooOld();
    },
    async stop() {
      rest();
      await reader.stop();
    },
  };
}

const tooOld = (): RapportError =>
  new RapportError('RESYNC', 'The cursor is older than what is kept: read the present state and follow anew.', {
    field: 'after',
  });

interface Joining {
  readonly follower: Follower;
  readonly resolve: (from: Place) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads on whenever it is woken, and hands out what the followers asked for. Idle, it forgets its place. */
class Reader {
  readonly #database: Database;
  readonly #epoch: () => Promise<string>;
  readonly #logger: Logger;
  readonly #onStandingChange: (bearers: ReadonlySet<string>) => void;
  #told: ReadonlySet<string> = new Set();
  readonly #followers = new Set<Follower>();
  #joining: Joining[] = [];
  #place: Place | undefined;
  #wanted = false;
  #reading: Promise<void> | undefined;
  #stopped = false;

  constructor({ database, logger, onStandingChange = () => {} }: TailOptions, epoch: () => Promise<string>) {
    this.#database = database;
    this.#onStandingChange = onStandingChange;
    this.#epoch = epoch;
    this.#logger = logger;
  }

  get isIdle(): boolean {
    return this.#followers.size === 0 && this.#joining.length === 0;
  }

  /** From which place on the follower is served. It joins between two reads, so that no event falls between. */
  add(follower: Follower): Promise<Place> {
    const { promise, resolve, reject } = Promise.withResolvers<Place>();
    this.#joining.push({ follower, resolve, reject });
    this.wake();
    return promise;
  }

  remove(follower: Follower): void {
    this.#followers.delete(follower);
    if (this.isIdle) this.#place = undefined;
  }

  wake(): void {
    this.#wanted = true;
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
      // Woken between its last look and this end of it, which is some turns later.
      if (this.#wanted && !this.#stopped) this.wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#followers.clear();
    await this.#reading;
  }

  async #readOn(): Promise<void> {
    while (this.#wanted && !this.#stopped) {
      this.#wanted = false;
      try {
        while (!this.isIdle && !this.#stopped && (await this.#readBatch()));
      } catch (error) {
        // The place stays: the next wake, at the latest that of the timer, goes on from it.
        this.#logger.warn({ fault: describe(error) }, 'The outbox could not be read');
        for (const { reject } of this.#joining.splice(0)) reject(error);
      }
    }
  }

  /** Answers whether there may be more. */
  async #readBatch(): Promise<boolean> {
    const epoch = await this.#epoch();
    const place = (this.#place ??= { xid: (await readLive(this.#database)).horizon, position: '0' });
    this.#admit(place);
    const { horizon, entries, changes } = await readLive(
      this.#database,
      place,
      [...this.#followers].map(({ clinicId }) => clinicId),
    );
    if (this.#stopped) return false;
    // Who was deprived of a right before an event, or with it, is told before the event is.
    this.#tellChanges(changes);
    for (const entry of entries) this.#give(occurrenceOf(entry, epoch));
    const more = entries.length === placesAhead;
    // Below the horizon everything is read, also what was of no clinic that is followed.
    this.#place = this.isIdle ? undefined : more ? entries.at(-1)! : { xid: horizon, position: '0' };
    return more || this.#joining.length > 0;
  }

  /** What is not below the horizon yet is read again, and told once. */
  #tellChanges(changes: readonly StandingChange[]): void {
    const fresh = changes.filter(({ id }) => !this.#told.has(id));
    this.#told = new Set(changes.map(({ id }) => id));
    if (fresh.length > 0) this.#onStandingChange(new Set(fresh.map(({ bearer }) => bearer)));
  }

  #admit(from: Place): void {
    for (const { follower, resolve } of this.#joining.splice(0)) {
      this.#followers.add(follower);
      resolve(from);
    }
  }

  #give(occurrence: StoredOccurrence): void {
    for (const follower of this.#followers) {
      if (!concerns(follower, occurrence)) continue;
      try {
        follower.take(occurrence);
      } catch (error) {
        this.#logger.error({ fault: describe(error) }, 'A follower of events failed');
      }
    }
  }
}

const concerns = ({ clinicId, patientIds, names }: Topic, { patientId, ...occurrence }: StoredOccurrence): boolean =>
  clinicId === occurrence.clinicId &&
  names.includes(occurrence.name) &&
  (patientIds === '*' || (patientId !== null && patientIds.includes(patientId)));

function occurrenceOf(entry: Entry, epoch: string): StoredOccurrence {
  const { id, name, payload, xid, position, clinic_id: clinicId, patient_id: patientId, created_at: at } = entry;
  const place = { xid, position };
  return { id, name, payload, at, cursor: writeCursor(epoch, place), clinicId, patientId, place };
}
