import type { Class, Plugin } from '../plugin.ts';
import { ownersOf, type FieldResolver, type MetadataStore, type Operation, type Part } from './metadata.ts';

/** Two parts may not define one operation or one field, and a part may not redefine a field of a type of another. */
export function refuseCollisions(store: MetadataStore, parts: readonly Part[]): void {
  const owners = ownersOf(store, parts);
  const takenBy = new Map<string, string>();
  const take = (what: string, by: string): void => {
    const holder = takenBy.get(what);
    if (holder !== undefined) {
      const whose = holder === by ? `twice by '${by}'` : `by '${holder}' and by '${by}'`;
      throw new Error(`${what} is defined ${whose}: rename one of them.`);
    }
    takenBy.set(what, by);
  };
  for (const { target, name } of store.objectTypes) {
    const owner = owners.get(target);
    if (owner !== undefined) take(`The type '${name}'`, owner);
  }
  for (const [root, operations] of rootsOf(store)) {
    for (const { schemaName, target } of operations) take(`${root}.${schemaName}`, pluginOf(target, parts));
  }
  for (const field of store.fieldResolvers) {
    if (field.kind === 'internal') continue;
    const by = pluginOf(field.target, parts);
    const type = typeOf(field, store);
    const ownField = store.fields.find(({ target, schemaName }) => target === type && schemaName === field.schemaName);
    const owner = owners.get(type);
    if (ownField && owner !== by) {
      throw new Error(
        `${nameOf(type, store)}.${field.schemaName} belongs to '${owner ?? 'nobody who is installed'}' and is redefined by '${by}': give the field of '${by}' another name.`,
      );
    }
    take(`${nameOf(type, store)}.${field.schemaName}`, by);
  }
}

/** Closed by default: an operation says who may call it, or says that anyone may. */
export function refuseUnguarded(store: MetadataStore, parts: readonly Part[]): void {
  for (const [root, operations] of rootsOf(store)) {
    for (const { target, methodName, schemaName } of operations) {
      const isHere = (entry: { target: Class; fieldName: string }): boolean =>
        entry.target === target && entry.fieldName === methodName;
      const guarded =
        store.authorizedFields.some(isHere) || store.authorizedResolver.some(entry => entry.target === target);
      const open = store.fieldExtensions.some(entry => isHere(entry) && entry.extensions['public'] === true);
      if (guarded && open)
        throw new Error(
          `${root}.${schemaName} of '${pluginOf(target, parts)}' is both @Authorized and @Public: decide for one.`,
        );
      if (!guarded && !open) {
        throw new Error(
          `${root}.${schemaName} of '${pluginOf(target, parts)}' is neither @Authorized nor @Public: add \`@Authorized(permission)\`.`,
        );
      }
    }
  }
}

/** A guard with a permission that nobody declared could never be granted. */
export function refuseUndeclaredPermissions(
  store: MetadataStore,
  declared: ReadonlySet<string>,
  parts: readonly Part[],
): void {
  const owners = ownersOf(store, parts);
  for (const { target, roles } of [...store.authorizedFields, ...store.authorizedResolver]) {
    const plugin = owners.get(target) ?? parts.find(({ resolvers }) => resolvers.includes(target))?.plugin;
    if (plugin === undefined) continue;
    if (roles.length === 0)
      throw new Error(`An @Authorized of '${target.name}' in '${plugin}' names no permission: add one.`);
    for (const permission of roles) {
      const name = permission?.name ?? String(permission);
      if (!declared.has(name)) {
        throw new Error(
          `'${plugin}' guards a field of '${target.name}' by '${name}', which no installed plugin declares: add it to \`permissions\`.`,
        );
      }
    }
  }
}

/** What nobody publishes could never be followed; and a plugin says on whom it builds. */
export function refuseUnknownTopics(
  { subscriptions }: MetadataStore,
  parts: readonly Part[],
  plugins: readonly Plugin[],
): void {
  for (const { target, methodName, topics } of subscriptions) {
    const by = pluginOf(target, parts);
    const events = typeof topics === 'string' ? [topics] : topics;
    if (!Array.isArray(events))
      throw new Error(`The subscription '${methodName}' of '${by}' follows no event: add \`...follow(event)\`.`);
    for (const event of events) {
      const owner = plugins.find(plugin => plugin.events?.some(({ name }) => name === event));
      if (!owner)
        throw new Error(
          `The subscription '${methodName}' of '${by}' follows '${event}', which no installed plugin publishes: list it among the \`events\` of its plugin.`,
        );
      const required = plugins.find(({ name }) => name === by)?.requires ?? {};
      if (owner.name !== by && owner.name !== 'core' && !(owner.name in required)) {
        throw new Error(`'${by}' follows '${event}' of '${owner.name}' without requiring it: add it to \`requires\`.`);
      }
    }
  }
}

const rootsOf = (store: MetadataStore): [root: string, operations: Operation[]][] => [
  ['Query', store.queries],
  ['Mutation', store.mutations],
  ['Subscription', store.subscriptions],
];

export const pluginOf = (resolver: Class, parts: readonly Part[]): string =>
  parts.find(({ resolvers }) => resolvers.includes(resolver))?.plugin ?? 'unlisted';

export function typeOf({ target }: FieldResolver, { resolverClasses }: MetadataStore): Class {
  const resolver = resolverClasses.find(entry => entry.target === target);
  if (!resolver)
    throw new Error(`'${target.name}' has field resolvers but is no @Resolver(() => Type): name the type.`);
  return resolver.getObjectType();
}

const nameOf = (type: Class, { objectTypes }: MetadataStore): string =>
  objectTypes.find(({ target }) => target === type)?.name ?? type.name;
