import { getMetadataStorage } from 'type-graphql';
import type { Class, Permission, Plugin } from '../plugin.ts';

/**
 * TypeGraphQL keeps what decorators say in one store for the process, without types for its inside. These are the parts
 * that the quarantine reads and writes; the release is pinned, and `quarantine.test.ts` speaks when one of them changes.
 */
export interface MetadataStore {
  queries: Operation[];
  mutations: Operation[];
  subscriptions: Operation[];
  fieldResolvers: FieldResolver[];
  resolverClasses: { target: Class; getObjectType(): Class }[];
  objectTypes: { target: Class; name: string; simpleResolvers?: boolean; interfaceClasses?: Class[] }[];
  fields: { target: Class; name: string; schemaName: string; simple?: boolean; getType(): unknown }[];
  argumentTypes: { target: Class; fields?: unknown[] }[];
  inputTypes: { target: Class; fields?: unknown[] }[];
  authorizedFields: { target: Class; fieldName: string; roles: Permission[] }[];
  authorizedResolver: { target: Class; roles: Permission[] }[];
  classExtensions: { target: Class; extensions: object }[];
  fieldExtensions: { target: Class; fieldName: string; extensions: Record<string, unknown> }[];
  clone(): MetadataStore;
  findExtensions(target: Class, fieldName?: string): object;
}

export interface Operation {
  target: Class;
  methodName: string;
  schemaName: string;
  getReturnType(): unknown;
  topics?: string | string[];
}

export interface FieldResolver {
  target: Class;
  methodName: string;
  schemaName: string;
  kind: 'internal' | 'external';
  getType?(): unknown;
}

/** What a plugin brings to one build: its resolvers, and the types that are its own. */
export interface Part {
  readonly plugin: string;
  readonly resolvers: readonly Class[];
  readonly types: readonly Class[];
}

export const partOf = ({ name, resolvers = [], entities = [] }: Plugin): Part => ({
  plugin: name,
  resolvers,
  types: entities,
});

/** A store of its own for one build, cut down to what the parts list: what is only imported has no say in it. */
export function isolatedStore(parts: readonly Part[]): MetadataStore {
  const listed = new Set<Class>(parts.flatMap(({ resolvers }) => resolvers));
  const isListed = ({ target }: { target: Class }): boolean => listed.has(target);
  const own = copyOf(getMetadataStorage() as unknown as MetadataStore);
  for (const root of ['queries', 'mutations', 'subscriptions'] as const) own[root] = own[root].filter(isListed);
  own.resolverClasses = own.resolverClasses.filter(isListed);
  own.fieldResolvers = own.fieldResolvers.filter(field => field.kind === 'internal' || isListed(field));
  // A row has no methods, and no field is guarded by TypeGraphQL: nothing is lost by reading properties directly.
  for (const type of own.objectTypes) type.simpleResolvers = true;
  for (const field of own.fields) if (field.simple === false) delete field.simple;
  return own;
}

/** A build writes into the entries of its store: each gets entries of its own, so that no build is seen by the next. */
function copyOf(shared: MetadataStore): MetadataStore {
  const copy = (shared as unknown as { clone(): Record<string, unknown> }).clone();
  for (const [key, entries] of Object.entries(copy)) {
    if (Array.isArray(entries)) copy[key] = entries.map((entry: object) => ({ ...entry }));
  }
  return copy as unknown as MetadataStore;
}

/**
 * TypeGraphQL goes through the extensions of all fields for each of them, which was most of the time that a build took. It
 * builds from a clone.
 */
export function indexExtensions(store: MetadataStore): void {
  const byName = Map.groupBy(store.fieldExtensions, ({ fieldName }) => fieldName);
  const findExtensions: MetadataStore['findExtensions'] = (target, fieldName) => {
    const entries: readonly { target: Class; extensions: object }[] =
      fieldName === undefined ? store.classExtensions : (byName.get(fieldName) ?? []);
    const ofTarget = entries.filter(entry => entry.target === target || target.prototype instanceof entry.target);
    return Object.assign({}, ...ofTarget.map(({ extensions }) => extensions)) as object;
  };
  const clone = store.clone.bind(store);
  store.clone = () => Object.assign(clone(), { findExtensions });
}

/** Runs a build on this store in place of the shared one. A build is synchronous, so nothing comes between. */
export function withStore<T>(store: MetadataStore, build: () => T): T {
  const holder = globalThis as unknown as { TypeGraphQLMetadataStorage: unknown };
  const shared = getMetadataStorage();
  holder.TypeGraphQLMetadataStorage = store;
  try {
    return build();
  } finally {
    holder.TypeGraphQLMetadataStorage = shared;
    keepInputs(store, shared as unknown as MetadataStore);
  }
}

/** TypeGraphQL looks the fields of arguments and inputs up in the shared store again, at every call. */
function keepInputs(built: MetadataStore, shared: MetadataStore): void {
  for (const kind of ['argumentTypes', 'inputTypes'] as const) {
    const fields = new Map(built[kind].map(entry => [entry.target, entry.fields]));
    for (const entry of shared[kind]) entry.fields ??= fields.get(entry.target);
  }
}

/** Whose a type is: the plugin's that lists it as an entity, else the first one's, in composed order, that leads to it. */
export function ownersOf(store: MetadataStore, parts: readonly Part[]): ReadonlyMap<Class, string> {
  const owners = new Map<Class, string>();
  for (const { plugin, types } of parts) for (const type of types) owners.set(type, plugin);
  const fieldsOf = Map.groupBy(store.fields, ({ target }) => target);
  const objectTypes = new Set<unknown>(store.objectTypes.map(({ target }) => target));
  const operations = [...store.queries, ...store.mutations, ...store.subscriptions];
  for (const { plugin, types, resolvers } of parts) {
    const own = ({ target }: { target: Class }): boolean => resolvers.includes(target);
    const reached = new Set<unknown>([
      ...types,
      ...operations.filter(own).map(operation => operation.getReturnType()),
      ...store.fieldResolvers.filter(own).map(field => field.getType?.()),
    ]);
    // What is added while it is gone through is gone through too.
    for (const type of reached) {
      if (!objectTypes.has(type) || (owners.get(type as Class) ?? plugin) !== plugin) continue;
      owners.set(type as Class, plugin);
      for (const field of fieldsOf.get(type as Class) ?? []) reached.add(field.getType());
    }
  }
  return owners;
}

/**
 * TypeGraphQL puts each type that implements an interface into every schema that has the interface, also those of plugins
 * that are not listed. Here it must be an entity of one that is, or something must lead to it.
 */
export function dropStrangers(store: MetadataStore, owners: ReadonlyMap<Class, string>): void {
  store.objectTypes = store.objectTypes.filter(
    ({ target, interfaceClasses = [] }) => interfaceClasses.length === 0 || owners.has(target),
  );
}
