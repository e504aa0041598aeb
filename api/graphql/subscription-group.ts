import { setImmediate as turn } from 'node:timers/promises';
import { RapportError } from '../errors.ts';
import type { Place } from '../events/cursor.ts';
import type { Joined, StoredOccurrence, Tail } from '../events/tail.ts';
import type { Execution } from './execution.ts';
import type { Following } from './following.ts';

/** What one event is for all members of a group. */
export interface Delivery {
  readonly occurrence: StoredOccurrence;
  readonly execution: Execution;
  /** The execution as JSON, and the brace that ends the message of the protocol: each member puts its own beginning before it. */
  readonly tail: Buffer;
}

export interface Member {
  /** Must not wait. What comes together is in order. */
  take(deliveries: readonly Delivery[]): void;
  /** The member has been left behind, and is to come again with its last cursor. */
  fail(error: RapportError): void;
  /** Waits until more can be taken; false if nothing can any more. A replay goes at the pace of its member. */
  ready(): Promise<boolean>;
}

export interface Membership extends Disposable {
  /** Everything after this place is taken; what came before it is not. */
  readonly from: Place;
}

export interface GroupOptions {
  following: Following;
  tail: Tail;
  /** Answers undefined where the event is not for this group. */
  run(occurrence: StoredOccurrence): Promise<Delivery | undefined>;
  onEmpty(): void;
}

/**
 * Events that may wait, for their execution or for a member that is still given older ones, before who waits is told to come
 * again. A transaction that is open anywhere in the cluster holds all events back, and its end lets them come at once: who
 * came meanwhile to catch up on a thousand gets those as live ones.
 */
export const longestBacklog = 10_000;
/** Events that are executed and sent together, where so many wait. A write of each to each socket is what a fan-out costs. */
const mostTogether = 16;
/** Sends between two turns of the event loop, so that requests are answered during a fan-out. */
const sendsPerTurn = 500;

export const leftBehind = (): RapportError =>
  new RapportError('RATE_LIMITED', 'Events come faster than they are taken: come again with your last cursor.');

/** Executes and serialises each event once, for all its members. */
export class Group {
  readonly #options: GroupOptions;
  readonly #members = new Set<Member>();
  readonly #backlog: StoredOccurrence[] = [];
  #joined: Promise<Joined> | undefined;
  #passed: Place | undefined;
  #coming = 0;
  #working = false;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  async add(member: Member): Promise<Membership> {
    const { tail, following } = this.#options;
    const { names, context } = following;
    this.#coming++;
    try {
      this.#joined ??= tail.join({ ...context.scope, names, take: occurrence => this.#take(occurrence) });
      const { from } = await this.#joined;
      this.#members.add(member);
      return { from: this.#passed ?? from, [Symbol.dispose]: () => this.#remove(member) };
    } finally {
      this.#coming--;
      this.#endIfEmpty();
    }
  }

  #remove(member: Member): void {
    if (this.#members.delete(member)) this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#members.size + this.#coming > 0) return;
    this.#backlog.length = 0;
    this.#options.onEmpty();
    this.#joined?.then(joined => joined[Symbol.dispose]()).catch(() => {});
  }

  #take(occurrence: StoredOccurrence): void {
    if (this.#backlog.length === longestBacklog) return this.#fail(leftBehind());
    this.#backlog.push(occurrence);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#backlog.length > 0) {
      const together = this.#backlog.splice(0, mostTogether);
      // Who joins from here on is given the events after these; those before are in the outbox.
      this.#passed = together.at(-1)!.place;
      const recipients = [...this.#members];
      if (recipients.length > 0) await this.#tell(recipients, together).catch(this.#failFor);
    }
    this.#working = false;
  }

  /** An event that cannot be read now must not be left out: all come again, and find it in the outbox. */
  readonly #failFor = (cause: unknown): void => {
    const message = 'An event could not be read: come again with your last cursor.';
    this.#fail(new RapportError('STORAGE_UNAVAILABLE', message, { cause }));
  };

  /** What comes before one that cannot be read is given all the same. */
  async #tell(recipients: readonly Member[], together: readonly StoredOccurrence[]): Promise<void> {
    const outcomes = await Promise.allSettled(together.map(occurrence => this.#options.run(occurrence)));
    const failed = outcomes.findIndex(({ status }) => status === 'rejected');
    const readable = (failed < 0 ? outcomes : outcomes.slice(0, failed)) as PromiseFulfilledResult<
      Delivery | undefined
    >[];
    await this.#give(
      recipients,
      readable.flatMap(({ value }) => value ?? []),
    );
    if (failed >= 0) throw (outcomes[failed] as PromiseRejectedResult).reason;
  }

  async #give(recipients: readonly Member[], deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    let sent = 0;
    for (const member of recipients) {
      if (this.#members.has(member)) member.take(deliveries);
      sent += deliveries.length;
      if (sent < sendsPerTurn) continue;
      sent = 0;
      await turn();
    }
  }

  #fail(error: RapportError): void {
    const members = [...this.#members];
    this.#members.clear();
    this.#endIfEmpty();
    for (const member of members) member.fail(error);
  }
}
