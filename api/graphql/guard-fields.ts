import { OptimisticLockError } from '@mikro-orm/postgresql';
import {
  defaultFieldResolver,
  getNamedType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import type { Class, Permission } from '../plugin.ts';
import { resolveRelated } from '../read/related.ts';
import { ofStorage } from './format-error.ts';
import { guardsByType } from './guard-types.ts';

type Field = GraphQLField<any, PlatformContext>;
type Resolve = GraphQLFieldResolver<any, PlatformContext>;

/** What the quarantine wrote on a field. */
interface Described {
  guards?: readonly Permission[];
  plugin?: string;
  /** Added by a plugin to a type of another. */
  foreign?: boolean;
  /** Has a resolver of its own: it may throw or hang. */
  computed?: boolean;
  related?: unknown;
}

/** Milliseconds that a plugin's field may take before it is given up. */
export const fieldTimeLimit = 5_000;

/** Where a subscription's resolver answered null: the event is not for this subscriber. */
export const skipped = Symbol('skipped');

/**
 * Puts the guards on the fields themselves: the actor is asked on every way to a field, whichever resolver it has. A root
 * field runs as an operation; a field of a plugin that throws or hangs fails alone.
 */
export function guardFields(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const guardsOf = guardsByType(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const isRoot = roots.includes(type);
      addGuards(field, guardsOf(type, field));
      refuseNonNull(type, field, isRoot);
      field.resolve = resolveRelated(field) ?? field.resolve;
      field.resolve = limited(field);
      if (type === schema.getMutationType()) field.resolve = inTransaction(field, field.resolve!);
      if (type === schema.getSubscriptionType()) field.resolve = skippable(field.resolve!);
      field.resolve = blamed(field);
      field.resolve = guarded(field);
      if (field.resolve === undefined) delete field.resolve;
    }
  }
}

const describedBy = ({ extensions }: Field): Described => extensions as Described;

function addGuards(field: Field, guardsOfType: readonly Permission[]): void {
  const { guards = [] } = describedBy(field);
  field.extensions = { ...field.extensions, guards: [...guards, ...guardsOfType] };
}

function refuseNonNull(type: GraphQLObjectType, field: Field, isRoot: boolean): void {
  const { guards = [], plugin, foreign } = describedBy(field);
  if (isRoot || !isNonNullType(field.type)) return;
  if (guards.length > 0) {
    throw new Error(`${type.name}.${field.name} is guarded by '${guards[0]!.name}' and not nullable: make it nullable, as it is null for others.`);
  }
  if (foreign && plugin) {
    throw new Error(`'${plugin}' adds ${type.name}.${field.name}, which is not nullable: make it nullable, or a fault of '${plugin}' would take the whole ${type.name} with it.`);
  }
}

function guarded(field: Field): Resolve | undefined {
  const { guards = [], plugin, foreign, computed } = describedBy(field);
  const { resolve } = field;
  const asksForPlugin = plugin !== undefined && (foreign || computed || resolve !== undefined);
  if (guards.length === 0 && !asksForPlugin) return resolve;
  const read = resolve ?? defaultFieldResolver;
  return (source, args, context, info) => {
    const refusal = context.allowed(guards, plugin);
    if (refusal) throw refusal;
    return read(source, args, context, info);
  };
}

/** A mutation commits before its selection is read, and then the thing that it answers is read anew, by the plan. */
function inTransaction(field: Field, resolve: Resolve): Resolve {
  const entity = getNamedType(field.type).extensions['class'] as Class<{ id: string }> | undefined;
  const isEntity = (result: unknown): result is { id: string } =>
    entity !== undefined && result instanceof entity && typeof result.id === 'string';
  return async (source, args, context, info) => {
    const result: unknown = await context.transaction(async () => resolve(source, args, context, info));
    return isEntity(result) ? context.read.one<{ id: string }>(entity!, info, { id: result.id }) : result;
  };
}

function skippable(resolve: Resolve): Resolve {
  return async (source, args, context, info) => {
    const event: unknown = await resolve(source, args, context, info);
    if (event == null) source[skipped] = true;
    return event;
  };
}

/** Nobody waits for a plugin for ever. In a mutation the limit lies inside the transaction, so that what was late is undone. */
function limited(field: Field): Resolve | undefined {
  const { plugin, related } = describedBy(field);
  const { resolve } = field;
  if (plugin === undefined || resolve === undefined || related) return resolve;
  return (source, args, context, info) => {
    const result: unknown = resolve(source, args, context, info);
    return result instanceof Promise ? inTime(result, plugin) : result;
  };
}

async function inTime<T>(result: Promise<T>, plugin: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(unavailable(plugin, `did not answer within ${fieldTimeLimit / 1000} s`)), fieldTimeLimit);
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The fault of a plugin is its own: the error names it. */
function blamed(field: Field): Resolve | undefined {
  const { plugin, related } = describedBy(field);
  const { resolve } = field;
  if (plugin === undefined || resolve === undefined || related) return resolve;
  const blame = (error: unknown): never => {
    throw error instanceof RapportError || error instanceof OptimisticLockError || ofStorage(error) ? error : unavailable(plugin, 'failed', error);
  };
  return (source, args, context, info) => {
    try {
      const result: unknown = resolve(source, args, context, info);
      return result instanceof Promise ? result.catch(blame) : result;
    } catch (error) {
      return blame(error);
    }
  };
}

const unavailable = (plugin: string, what: string, cause?: unknown): RapportError =>
  new RapportError('PLUGIN_UNAVAILABLE', `The plugin '${plugin}' ${what}.`, { plugin, cause });
