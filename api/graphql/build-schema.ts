import { assertValidSchema, GraphQLString, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type BuildSchemaOptions } from 'type-graphql';
import type { Class, Permission, Plugin } from '../plugin.ts';
import { settingsPermissions, settingsResolver } from '../settings/resolvers.ts';
import { addKeys } from '../idempotency/once.ts';
import { withErrorCodes } from './error-codes.ts';
import { guardFields } from './guard-fields.ts';
import {
  dropStrangers,
  indexExtensions,
  isolatedStore,
  ownersOf,
  partOf,
  withStore,
  type MetadataStore,
  type Part,
} from './metadata.ts';
import {
  pluginOf,
  refuseCollisions,
  refuseUndeclaredPermissions,
  refuseUnguarded,
  refuseUnknownTopics,
  typeOf,
} from './refusals.ts';
import { DateTime } from './scalars.ts';

export interface BuildOptions {
  /** Milliseconds that a plugin's field may take before it is given up. */
  fieldTimeLimit?: number;
}

/**
 * The schema of exactly these plugins; the only place that builds one.
 *
 * TypeGraphQL's store belongs to the process: a plugin that is merely imported can lift the guard of a core field, two that
 * define one field overwrite each other without a word, and a later build keeps fields of an earlier one. So each build
 * works on a copy that is cut down to what is listed, and every guard is taken out of TypeGraphQL's hands, where a field
 * that is `simple` loses it: `guardFields` puts it on the field itself, and the planner of reads finds it there too.
 */
export function buildSchema(
  plugins: readonly Plugin[],
  { fieldTimeLimit = 5_000 }: BuildOptions = {},
): { schema: GraphQLSchema } {
  const parts = plugins.map(partOf);
  const settings = settingsResolver(plugins);
  if (settings) parts.unshift({ plugin: 'core', resolvers: [settings], types: [] });
  const merged = mergeParts(parts);
  const store = isolatedStore(merged);
  refuseCollisions(store, merged);
  refuseUnguarded(store, merged);
  refuseUndeclaredPermissions(store, declaredBy(plugins), merged);
  refuseUnknownTopics(store, merged, plugins);
  const owners = ownersOf(store, merged);
  dropStrangers(store, owners);
  describeFields(store, merged, owners);
  indexExtensions(store);
  const schema = withErrorCodes(generate(store, merged));
  addReplay(schema);
  addKeys(schema, new Set(plugins.flatMap(({ entities = [] }) => entities)));
  guardFields(schema, fieldTimeLimit);
  return { schema };
}

function generate(store: MetadataStore, parts: readonly Part[]): GraphQLSchema {
  const build = (some: readonly Part[]): GraphQLSchema => {
    const schema = withStore(store, () =>
      buildSchemaSync({
        resolvers: some.flatMap(part => part.resolvers) as unknown as BuildSchemaOptions['resolvers'],
        validate: false,
        scalarsMap: [{ type: Date, scalar: DateTime }],
        pubSub: noPubSub,
        // It asks an introspection query, to see whether the schema is valid: half of the time of a build.
        skipCheck: true,
      }),
    );
    assertValidSchema(schema);
    return schema;
  };
  try {
    return build(parts);
  } catch (cause) {
    // TypeGraphQL names a class at most: the plugin is the first one with which it fails.
    const culprit = parts.find((_, at) => !succeeds(() => build(parts.slice(0, at + 1))));
    throw new Error(`The schema of '${culprit?.plugin}' cannot be built: ${(cause as Error).message}`, { cause });
  }
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

const declaredBy = (plugins: readonly Plugin[]): ReadonlySet<string> =>
  new Set([...settingsPermissions, ...plugins.flatMap(({ permissions = [] }) => permissions)].map(({ name }) => name));

/** The settings of all plugins are an operation of the core. */
function mergeParts(parts: readonly Part[]): Part[] {
  const merged = new Map<string, Part>();
  for (const { plugin, resolvers, types } of parts) {
    const known = merged.get(plugin);
    merged.set(plugin, {
      plugin,
      resolvers: [...(known?.resolvers ?? []), ...resolvers],
      types: [...(known?.types ?? []), ...types],
    });
  }
  return [...merged.values()];
}

// Events come from the outbox; TypeGraphQL only asks that there be something.
const noPubSub: NonNullable<BuildSchemaOptions['pubSub']> = {
  publish: () => {},
  subscribe: () => {
    throw new Error('A subscription is followed by the platform, not by TypeGraphQL.');
  },
};

/** Moves what the store knows of a field into its extensions: stored property, guards, owner, followed events. */
function describeFields(store: MetadataStore, parts: readonly Part[], owners: ReadonlyMap<Class, string>): void {
  const describe = (target: Class, fieldName: string, extensions: Record<string, unknown>): void => {
    store.fieldExtensions.push({ target, fieldName, extensions });
  };
  for (const { target } of store.objectTypes) {
    const guardsOfType = store.authorizedResolver
      .filter(entry => entry.target === target)
      .flatMap(({ roles }) => roles);
    store.classExtensions.push({ target, extensions: { class: target, guardsOfType } });
  }
  for (const { target, name } of store.fields) {
    describe(target, name, {
      property: name,
      guards: guardsOf(target, name, store, false),
      plugin: visiblePlugin(owners.get(target)),
    });
  }
  for (const { target, methodName } of [...store.queries, ...store.mutations]) {
    describe(target, methodName, {
      guards: guardsOf(target, methodName, store),
      plugin: visiblePlugin(pluginOf(target, parts)),
    });
  }
  for (const { target, methodName, topics } of store.subscriptions) {
    const events = [topics ?? []].flat();
    describe(target, methodName, {
      guards: guardsOf(target, methodName, store),
      plugin: visiblePlugin(pluginOf(target, parts)),
      events,
    });
  }
  for (const field of store.fieldResolvers) {
    if (field.kind === 'internal') continue;
    const plugin = pluginOf(field.target, parts);
    const foreign = owners.get(typeOf(field, store)) !== plugin;
    describe(field.target, field.methodName, {
      guards: guardsOf(field.target, field.methodName, store),
      plugin: visiblePlugin(plugin),
      foreign,
      computed: true,
    });
  }
  store.authorizedFields = [];
  store.authorizedResolver = [];
}

/** The core is always enabled: its fields need not be asked. */
const visiblePlugin = (plugin: string | undefined): string | undefined => (plugin === 'core' ? undefined : plugin);

/** On a resolver class, @Authorized guards all that it defines; on a type, every field that leads to it (`guardFields`). */
function guardsOf(target: Class, name: string, store: MetadataStore, ofClass = true): Permission[] {
  const own = store.authorizedFields.filter(entry => entry.target === target && entry.fieldName === name);
  const common = ofClass ? store.authorizedResolver.filter(entry => entry.target === target) : [];
  return [...common, ...own].flatMap(({ roles }) => roles);
}

const replayDescription =
  'Go on after the event with this `cursor`: what happened since is sent first, in order. RESYNC if it is too old.';

/** Every subscription can be resumed; no author has to remember. */
function addReplay(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    field.args = [
      ...field.args,
      {
        name: 'after',
        description: replayDescription,
        type: GraphQLString,
        defaultValue: undefined,
        deprecationReason: undefined,
        extensions: {},
        astNode: undefined,
      },
    ];
    field.subscribe = noPubSub.subscribe as never;
  }
}
