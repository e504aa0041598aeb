import { OptimisticLockError } from '@mikro-orm/postgresql';
import { isLeafType, isListType, isNonNullType, type GraphQLFieldResolver, type GraphQLOutputType } from 'graphql';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
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
    const result: unknown = resolve(source, args, context, info);
    const checked = (value: unknown): unknown => {
      refuseWrong(value, type);
      return value;
    };
    return result instanceof Promise ? inTime(result, { plugin, timeLimit }).then(checked) : checked(result);
  };

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
function refuseWrong(value: unknown, type: GraphQLOutputType): void {
  if (isNonNullType(type)) {
    if (value == null) throw new TypeError('Null where the schema promises a value.');
    return refuseWrong(value, type.ofType);
  }
  if (value == null || value instanceof Error) return;
  if (isLeafType(type)) return void type.serialize(value);
  if (!isListType(type)) return;
  if (typeof value !== 'object' || !(Symbol.iterator in value))
    throw new TypeError('No list where the schema promises one.');
  let length = 0;
  for (const item of value as Iterable<unknown>) {
    if (++length > longestList) throw new TypeError(`A list of more than ${longestList} items.`);
    refuseWrong(item, type.ofType);
  }
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
      return result instanceof Promise ? result.catch(blame) : result;
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
