import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { actOf } from '../audit/act.ts';
import type { PlatformContext } from '../context.ts';
import { once, Replay } from '../idempotency/once.ts';
import type { Class, Permission } from '../plugin.ts';
import { resolveRelated } from '../read/related.ts';
import { guardsByType } from './guard-types.ts';
import { blamed, held } from './plugin-field.ts';

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

/** Where a subscription's resolver answered null: the event is not for this subscriber. */
export const skipped = Symbol('skipped');

/**
 * Puts the guards on the fields themselves: the actor is asked on every way to a field, whichever resolver it has. A root
 * field runs as an operation; a field of a plugin that throws, or takes more than `timeLimit` ms, fails alone.
 */
export function guardFields(schema: GraphQLSchema, timeLimit: number): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const guardsOf = guardsByType(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const isRoot = roots.includes(type);
      addGuards(field, guardsOf(type, field));
      refuseNonNull(type, field, isRoot);
      field.resolve = resolveRelated(field) ?? field.resolve;
      const plugin = faultyPlugin(field);
      if (plugin) field.resolve = held(field.resolve!, { plugin, type: promisedBy(field, schema), timeLimit });
      if (type === schema.getMutationType()) field.resolve = inTransaction(field, once(field, field.resolve!));
      if (type === schema.getSubscriptionType()) field.resolve = skippable(field.resolve!);
      if (plugin) field.resolve = blamed(field.resolve!, plugin);
      field.resolve = guarded(field);
      if (field.resolve === undefined) delete field.resolve;
    }
  }
}

const describedBy = ({ extensions }: Field): Described => extensions as Described;

/** A subscription may answer null, whatever its type: the event is skipped. */
const promisedBy = (field: Field, schema: GraphQLSchema): GraphQLOutputType =>
  schema.getSubscriptionType()?.getFields()[field.name] === field ? getNullableType(field.type) : field.type;

/** Whose fault it is if the field fails; nobody's where the platform itself reads it. */
function faultyPlugin(field: Field): string | undefined {
  const { plugin, related } = describedBy(field);
  return field.resolve === undefined || related ? undefined : plugin;
}

function addGuards(field: Field, guardsOfType: readonly Permission[]): void {
  const { guards = [] } = describedBy(field);
  field.extensions = { ...field.extensions, guards: [...guards, ...guardsOfType] };
}

function refuseNonNull(type: GraphQLObjectType, field: Field, isRoot: boolean): void {
  const { guards = [], plugin, foreign } = describedBy(field);
  if (isRoot || !isNonNullType(field.type)) return;
  if (guards.length > 0) {
    throw new Error(
      `${type.name}.${field.name} is guarded by '${guards[0]!.name}' and not nullable: make it nullable, as it is null for others.`,
    );
  }
  if (foreign && plugin) {
    throw new Error(
      `'${plugin}' adds ${type.name}.${field.name}, which is not nullable: make it nullable, or a fault of '${plugin}' would take the whole ${type.name} with it.`,
    );
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
  const act = actOf(field);
  return async (source, args, context, info) => {
    const result: unknown = await context.transaction(async () => resolve(source, args, context, info), act);
    if (result instanceof Replay) return result.answer({ read: context.read, info });
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
