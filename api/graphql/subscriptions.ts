import { execute, type GraphQLSchema } from 'graphql';
import type { RapportError } from '../errors.ts';
import { isAfter, type Place } from '../events/cursor.ts';
import type { StoredOccurrence } from '../events/tail.ts';
import type { Price } from '../limits/cost.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../plugin.ts';
import type { ReadDocument } from './document.ts';
import { executionOf, type Execution, type ExecutionRequest } from './execution.ts';
import { createFollowing, type Following } from './following.ts';
import { skipped } from './guard-fields.ts';
import { streamOf } from './stream.ts';
import { Group, leftBehind, longestBacklog, type Delivery, type Member } from './subscription-group.ts';

export interface Subscriptions {
  /** What is followed; throws what is wrong with it. */
  check(request: ExecutionRequest): Following;
  /** Gives the member what happened since `after`, then what happens, until it leaves. */
  join(following: Following, member: Member): Promise<Disposable>;
  /** The same as an iterator. */
  follow(request: ExecutionRequest): Promise<AsyncIterableIterator<Execution>>;
}

export interface SubscriptionsOptions {
  platform: Platform;
  schema: GraphQLSchema;
  read: ReadDocument;
  price: Price;
}

/**
 * Subscribers who ask the same operation with the same variables, and may see the same, share one execution and one
 * serialised answer of each event. Whoever may see something else is in another group, always.
 */
export function createSubscriptions({ platform, schema, read, price }: SubscriptionsOptions): Subscriptions {
  const { tail } = platform;
  const groups = new Map<string, Group>();
  const check = createFollowing({ schema, read, price });

  const groupOf = (following: Following): Group => {
    const { key } = following;
    const known = groups.get(key);
    if (known) return known;
    const group: Group = new Group({
      following,
      tail,
      run: occurrence => deliveryOf(following, occurrence, { platform, schema }),
      onEmpty: () => groups.get(key) === group && groups.delete(key),
    });
    groups.set(key, group);
    return group;
  };

  const join: Subscriptions['join'] = async (following, member) => {
    if (following.after === undefined) return groupOf(following).add(member);
    const topic = { ...following.context.scope, names: following.names };
    const after = await tail.placeOf(following.after, topic);
    const arrival = new Arrival(member, after);
    const membership = await groupOf(following).add(arrival);
    try {
      for await (const occurrence of tail.replay(topic, after, membership.from)) {
        const delivery = await deliveryOf(following, occurrence, { platform, schema });
        if (delivery) member.take([delivery]);
        if (arrival.failed || !(await member.ready())) break;
      }
      await arrival.catchUp();
    } catch (error) {
      membership[Symbol.dispose]();
      throw error;
    }
    if (arrival.failed) membership[Symbol.dispose]();
    return membership;
  };

  return {
    check,
    join,
    follow: async request => streamOf(member => join(check(request), member), request.context.requestId, platform),
  };
}

/** A member that is still being given what is in the outbox; what its group passes meanwhile is kept for it. */
class Arrival implements Member {
  readonly #member: Member;
  readonly #after: Place;
  readonly #waiting: Delivery[] = [];
  #live = false;
  #isPast = false;
  failed = false;

  constructor(member: Member, after: Place) {
    this.#member = member;
    this.#after = after;
  }

  take(deliveries: readonly Delivery[]): void {
    if (this.failed) return;
    // The process that gave the cursor may have been ahead of this one, but only for a while.
    const fresh = this.#isPast
      ? deliveries
      : deliveries.filter(({ occurrence: { place } }) => isAfter(place, this.#after));
    if (fresh.length === 0) return;
    this.#isPast = true;
    if (this.#live) return this.#member.take(fresh);
    if (this.#waiting.push(...fresh) > longestBacklog) this.fail(leftBehind());
  }

  fail(error: RapportError): void {
    this.failed = true;
    this.#member.fail(error);
  }

  ready(): Promise<boolean> {
    return this.#member.ready();
  }

  /** Gives what was kept; from then on it is given at once. */
  async catchUp(): Promise<void> {
    for (let next = this.#waiting.shift(); next && !this.failed; next = this.#waiting.shift()) {
      this.#member.take([next]);
      if (!(await this.ready())) return;
    }
    this.#live = true;
  }
}

interface Running {
  platform: Platform;
  schema: GraphQLSchema;
}

/** The operation for one event, read as it is now; undefined where it is not for this group. */
async function deliveryOf(
  following: Following,
  occurrence: StoredOccurrence,
  { platform, schema }: Running,
): Promise<Delivery | undefined> {
  const { document, operationName, variables, context } = following;
  const { clinicId, actor, locale, requestId } = context;
  // A context of its own: what was loaded for one event is not true for the next.
  const own = await platform.contextFor({ clinicId, actor: asAnyOf(actor), locale, requestId });
  const { id, name, payload, at, cursor } = occurrence;
  const root: Record<PropertyKey, unknown> = { id, name, payload, at, cursor };
  const result = await execute({
    schema,
    document,
    operationName,
    variableValues: variables,
    rootValue: root,
    contextValue: own,
  });
  if (root[skipped]) return undefined;
  const execution = executionOf(result, requestId, platform);
  return { occurrence, execution, tail: Buffer.from(`${JSON.stringify(execution)}}`) };
}

/** Who reads for a group is none of its members: what only one of them may see cannot be in what all are given. */
const asAnyOf = (actor: Actor): Actor => ({ ...actor, id: 'subscriber' });
