import { OptimisticLockError } from '@mikro-orm/postgresql';
import { isLeafType, isListType, isNonNullType, type GraphQLFieldResolver, type GraphQLOutputType } from 'graphql';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { asPlugin } from '../work/at-work.ts';
import { ofStorage } from './format-error.ts';

type Resolve = GraphQLFieldResolver<any, PlatformContext>;

export interface Promised {
  plugin: string;
  /** What the schema says of the field. */
  type: GraphQLOutputType;
  /** Milliseconds before it is given up. */
  timeLimit: number;
}

/**
 * Holds a plugin's resolver to its time and to its type. In a mutation this lies inside the transaction, so that what came
 * too late, or came out wrong, is undone.
 */
export const held =
  (resolve: Resolve, { plugin, type, timeLimit }: Promised): Resolve =>
  (source, args, context, info) => {
    const result: unknown = asPlugin(plugin, () => resolve(source, args, context, info));
    if (!isThenable(result)) return checked(result, type);
    return inTime(Promise.resolve(result), { plugin, timeLimit }).then(value => checked(value, type));
  };

/** As graphql-js decides it: what has a `then` is waited for, whoever made it. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

async function inTime<T>(
  result: Promise<T>,
  { plugin, timeLimit }: Pick<Promised, 'plugin' | 'timeLimit'>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(unavailable(plugin, `did not answer within ${timeLimit / 1000} s`)), timeLimit);
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Items that a plugin's field may answer: one that never ends, or is merely huge, would hold up the whole process. */
const longestList = 10_000;

/** Where graphql-js would find it, nobody could say any more whose fault it was. Objects are judged field by field. */
function checked(value: unknown, type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) {
    if (value == null) throw new TypeError('Null where the schema promises a value.');
    return checked(value, type.ofType);
  }
  if (value == null || value instanceof Error) return value;
  if (isLeafType(type)) {
    refuseEndless(type.serialize(value));
    return value;
  }
  if (!isListType(type)) return value;
  if (typeof value !== 'object' || !(Symbol.iterator in value))
    throw new TypeError('No list where the schema promises one.');
  const items: unknown[] = [];
  // What can be read only once is read here, and handed on as a list.
  for (const item of value as Iterable<unknown>) {
    if (items.length === longestList) throw new TypeError(`A list of more than ${longestList} items.`);
    items.push(isThenable(item) ? item : checked(item, type.ofType));
  }
  return items;
}

/** A scalar may answer an object: one that contains itself would take the whole answer with it. */
function refuseEndless(serialized: unknown): void {
  if (typeof serialized === 'object' && serialized !== null) JSON.stringify(serialized);
}

/** The fault of a plugin is its own: the error names it. */
export const blamed =
  (resolve: Resolve, plugin: string): Resolve =>
  (source, args, context, info) => {
    const blame = (error: unknown): never => {
      const fault = isOfCaller(error) ? error : unavailable(plugin, 'failed', error);
      if (isFaultOf(plugin, fault)) context.platform.failures.note({ clinicId: context.clinicId, plugin, error });
      throw fault;
    };
    try {
      const result: unknown = resolve(source, args, context, info);
      return isThenable(result) ? Promise.resolve(result).catch(blame) : result;
    } catch (error) {
      return blame(error);
    }
  };

const isFaultOf = (plugin: string, fault: unknown): boolean =>
  fault instanceof RapportError && fault.code === 'PLUGIN_UNAVAILABLE' && fault.plugin === plugin;

const isOfCaller = (error: unknown): boolean =>
  error instanceof RapportError || error instanceof OptimisticLockError || ofStorage(error) !== undefined;

const unavailable = (plugin: string, what: string, cause?: unknown): RapportError =>
  new RapportError('PLUGIN_UNAVAILABLE', `The plugin '${plugin}' ${what}.`, { plugin, cause });
