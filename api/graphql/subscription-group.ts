import { setImmediate as turn } from 'node:timers/promises';
import type { DocumentNode } from 'graphql';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import type { Place } from '../events/cursor.ts';
import type { Joined, StoredOccurrence } from '../events/tail.ts';
import type { Platform } from '../platform.ts';
import type { Execution } from './server.ts';

/** A subscription that is checked and ready to be followed. */
export interface Following {
  readonly document: DocumentNode;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
  readonly names: readonly string[];
  readonly clinicId: string;
  readonly after?: string;
  readonly context: PlatformContext;
  /** Equal for those who get the same answers. */
  readonly key: string;
}

export interface Member {
  take(execution: Execution, payload: Buffer, occurrence: StoredOccurrence): void | Promise<void>;
  fail(error: Error): void;
}

export interface Membership extends Disposable {
  /** Everything after this place is taken; what came before it is not. */
  readonly from: Place;
}

interface GroupOptions {
  platform: Platform;
  run(occurrence: StoredOccurrence): Promise<Execution | undefined>;
  onEmpty(): void;
}

/** Events that may wait for their execution before all members are told to come again. */
const longestBacklog = 10_000;
/** Sends between two turns of the event loop, so that requests are answered during a fan-out. */
const sendsPerTurn = 500;

/** Executes and serialises each event once, for all its members. */
export class Group {
  readonly #following: Following;
  readonly #options: GroupOptions;
  readonly #members = new Set<Member>();
  readonly #backlog: StoredOccurrence[] = [];
  #joined: Promise<Joined> | undefined;
  #passed: Place | undefined;
  #working = false;

  constructor(following: Following, options: GroupOptions) {
    this.#following = following;
    this.#options = options;
  }

  async add(member: Member): Promise<Membership> {
    const { clinicId, names } = this.#following;
    this.#joined ??= this.#options.platform.tail.join({ clinicId, names, take: occurrence => this.#take(occurrence) });
    const { from } = await this.#joined.catch(error => {
      this.#options.onEmpty();
      throw error;
    });
    this.#members.add(member);
    return { from: this.#passed ?? from, [Symbol.dispose]: () => this.#remove(member) };
  }

  #remove(member: Member): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#options.onEmpty();
    this.#backlog.length = 0;
    void this.#joined?.then(joined => joined[Symbol.dispose]());
  }

  #take(occurrence: StoredOccurrence): void {
    if (this.#backlog.length === longestBacklog) return this.#fail(new RapportError('RATE_LIMITED', 'Too many events are waiting: come again with your last cursor.'));
    this.#backlog.push(occurrence);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (let occurrence = this.#backlog.shift(); occurrence; occurrence = this.#backlog.shift()) {
        // Who joins from here on is given the events after this one; those before it are in the outbox.
        this.#passed = occurrence.place;
        const recipients = [...this.#members];
        const execution = await this.#options.run(occurrence);
        if (execution) await this.#give(recipients, execution, occurrence);
      }
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      this.#working = false;
    }
  }

  async #give(recipients: readonly Member[], execution: Execution, occurrence: StoredOccurrence): Promise<void> {
    const payload = Buffer.from(JSON.stringify(execution));
    let sent = 0;
    for (const member of recipients) {
      if (!this.#members.has(member)) continue;
      void member.take(execution, payload, occurrence);
      if (++sent % sendsPerTurn === 0) await turn();
    }
  }

  #fail(error: Error): void {
    const members = [...this.#members];
    for (const member of members) {
      this.#remove(member);
      member.fail(error);
    }
  }
}
