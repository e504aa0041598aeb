import {
  execute,
  getArgumentValues,
  getOperationAST,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { isAfter } from '../events/cursor.ts';
import type { StoredOccurrence } from '../events/tail.ts';
import type { Platform } from '../platform.ts';
import { readDocument } from './document.ts';
import { formatError } from './format-error.ts';
import { Group, type Following, type Member } from './subscription-group.ts';
import { guardLiterals, guardStrings } from './scalars.ts';
import { skipped } from './guard-fields.ts';
import type { Execution, ExecutionRequest } from './server.ts';

export interface Subscriptions {
  /** Gives the member what happened since `after`, then what happens, until it leaves. */
  join(request: ExecutionRequest, member: Member): Promise<Disposable>;
  /** The same as an iterator. */
  follow(request: ExecutionRequest): Promise<AsyncIterableIterator<Execution>>;
}

/** Events that may wait for one subscriber before it is told to come again. */
const longestQueue = 1_000;

/**
 * Subscribers who ask the same operation with the same variables, and may see the same, share one execution and one
 * serialised answer of each event. Whoever may see something else is in another group, always.
 */
export function createSubscriptions({ platform, schema }: { platform: Platform; schema: GraphQLSchema }): Subscriptions {
  const groups = new Map<string, Group>();

  const groupOf = (following: Following): Group => {
    let group = groups.get(following.key);
    if (!group) {
      group = new Group(following, { platform, run: occurrence => run(following, occurrence, { platform, schema }), onEmpty: () => groups.delete(following.key) });
      groups.set(following.key, group);
    }
    return group;
  };

  const join: Subscriptions['join'] = async (request, member) => {
    const following = followingOf(request, schema);
    const after = following.after === undefined ? undefined : await platform.tail.placeOf(following.after);
    const queue: { occurrence: StoredOccurrence; execution: Execution; payload: Buffer }[] = [];
    let live = after === undefined;
    const membership = await groupOf(following).add({
      take(execution, payload, occurrence) {
        // Another process may have been ahead of this one.
        if (after && !isAfter(occurrence.place, after)) return;
        if (live) return member.take(execution, payload, occurrence);
        if (queue.length === longestQueue) return member.fail(new RapportError('RATE_LIMITED', 'Too many events are waiting: come again with your last cursor.'));
        queue.push({ occurrence, execution, payload });
      },
      fail: error => member.fail(error),
    });
    if (!after) return membership;
    try {
      // What the group had passed when this member came is read from the outbox, the rest has been kept for it meanwhile.
      for await (const occurrence of platform.tail.replay(following, after, membership.from)) {
        const execution = await run(following, occurrence, { platform, schema });
        if (execution) await member.take(execution, serialise(execution), occurrence);
      }
      for (let next = queue.shift(); next; next = queue.shift()) {
        await member.take(next.execution, next.payload, next.occurrence);
      }
      live = true;
      return membership;
    } catch (error) {
      membership[Symbol.dispose]();
      throw error;
    }
  };

  return { join, follow: async request => iterate(member => join(request, member), request.context, platform) };
}

export const serialise = (execution: Execution): Buffer => Buffer.from(JSON.stringify(execution));

/** What is followed, after every check that can be made before the first event. */
function followingOf({ document: text, variables = {}, operationName, context }: ExecutionRequest, schema: GraphQLSchema): Following {
  guardStrings(variables);
  const read = readDocument(text, schema);
  if ('errors' in read) throw read.errors[0]!;
  const { document } = read;
  guardLiterals(document);
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'subscription') throw new RapportError('BAD_USER_INPUT', 'Only a subscription can be followed; send anything else by HTTP.');
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (errors) throw errors[0]!;
  const node = rootNode(document, operation.selectionSet.selections[0]!);
  const field = schema.getSubscriptionType()!.getFields()[node.name.value]!;
  const refusal = context.allowed(...guardsOf(field));
  if (refusal) throw refusal;
  const { after } = getArgumentValues(field, node, coerced) as { after?: string | null };
  return {
    document,
    operationName,
    variables,
    names: field.extensions['events'] as string[],
    clinicId: context.clinicId,
    after: after ?? undefined,
    context,
    key: keyOf(text, variables, node, { operationName, context }),
  };
}

const guardsOf = ({ extensions }: GraphQLField<unknown, unknown>) =>
  [extensions['guards'], extensions['plugin']] as Parameters<PlatformContext['allowed']>;

/** The one root field, also where it stands in a fragment. */
function rootNode(document: DocumentNode, selection: { kind: string }): FieldNode {
  if (selection.kind === Kind.FIELD) return selection as FieldNode;
  const inner =
    selection.kind === Kind.INLINE_FRAGMENT
      ? (selection as unknown as { selectionSet: { selections: { kind: string }[] } })
      : document.definitions.find(
          definition => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === (selection as unknown as { name: { value: string } }).name.value,
        );
  return rootNode(document, (inner as { selectionSet: { selections: { kind: string }[] } }).selectionSet.selections[0]!);
}

/** Where each one starts is its own affair; everything that decides what it sees is not. */
function keyOf(text: string, variables: Record<string, unknown>, node: FieldNode, { operationName, context }: Pick<ExecutionRequest, 'operationName' | 'context'>): string {
  const after = node.arguments?.find(({ name }) => name.value === 'after')?.value;
  const shared = after?.kind === Kind.VARIABLE ? { ...variables, [after.name.value]: undefined } : variables;
  const { clinicId, patientIds } = context.scope;
  return JSON.stringify([text, operationName ?? null, shared, clinicId, patientIds, context.guardSet, context.locale]);
}

interface Running {
  platform: Platform;
  schema: GraphQLSchema;
}

/** The operation for one event, read as it is now and under the rights of now; undefined where it is not for this group. */
async function run(following: Following, occurrence: StoredOccurrence, { platform, schema }: Running): Promise<Execution | undefined> {
  const { document, operationName, variables, context } = following;
  const { clinicId, actor, locale, requestId } = context;
  // A context of its own: what was loaded for one event is not true for the next.
  const own = await platform.contextFor({ clinicId, actor, locale, requestId });
  const { id, name, payload, at, cursor } = occurrence;
  const root: Record<PropertyKey, unknown> = { id, name, payload, at, cursor };
  const result = await execute({ schema, document, operationName, variableValues: variables, rootValue: root, contextValue: own });
  if (root[skipped]) return undefined;
  const errors = result.errors?.map(error => formatError(error, requestId, platform.logger));
  return { data: (result.data as Execution['data']) ?? null, ...(errors && { errors }) };
}

async function iterate(join: (member: Member) => Promise<Disposable>, { requestId }: PlatformContext, { logger }: Platform): Promise<AsyncIterableIterator<Execution>> {
  const waiting: Execution[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  const take = (execution: Execution): void => {
    waiting.push(execution);
    wake?.();
  };
  const membership = await join({
    take,
    fail(error) {
      take({ data: null, errors: [formatError(error, requestId, logger)] });
      ended = true;
    },
  });
  const finish = async (): Promise<IteratorResult<Execution>> => {
    ended = true;
    membership[Symbol.dispose]();
    wake?.();
    return { value: undefined, done: true };
  };
  const iterator: AsyncIterableIterator<Execution> = {
    async next() {
      while (waiting.length === 0) {
        if (ended) return finish();
        await new Promise<void>(resolve => (wake = resolve));
      }
      return { value: waiting.shift()!, done: false };
    },
    return: finish,
    throw: finish,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

