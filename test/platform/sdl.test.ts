import { readFile } from 'node:fs/promises';
import {
  buildSchema,
  findBreakingChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLNamedType,
} from 'graphql';
import { core } from 'clinic-rapport/schema';
import { compose } from '../../api/compose.ts';
import { platformVersion } from '../../api/version.ts';
import { installedPlugins } from '../../scripts/installed.ts';
import { printSdl } from '../../scripts/sdl.ts';

const committed = new URL('../../schema/schema.graphql', import.meta.url);
const coreAlone = (): string => printSdl(compose(platformVersion, [core]));

// Built before any plugin is imported: TypeGraphQL keeps what it saw for the whole process.
const before = coreAlone();

/** Whatever of a type has no description: `Patient.visits(first)`. */
function undescribed(type: GraphQLNamedType): string[] {
  const own = type.description ? [] : [type.name];
  if (isEnumType(type)) return [...own, ...namesOf(type.getValues(), type.name)];
  if (isInputObjectType(type)) return [...own, ...namesOf(Object.values(type.getFields()), type.name)];
  if (!isObjectType(type) && !isInterfaceType(type)) return own;
  const fields = Object.values(type.getFields());
  const args = fields.flatMap(field => namesOf(field.args, `${type.name}.${field.name}`));
  return [...own, ...namesOf(fields, type.name), ...args];
}

const namesOf = (things: readonly { name: string; description?: string | null }[], owner: string): string[] =>
  things.filter(({ description }) => !description?.trim()).map(({ name }) => `${owner}.${name}`);

// The operation types say nothing of themselves.
const isOwn = (type: GraphQLNamedType): boolean =>
  !isIntrospectionType(type) &&
  !isSpecifiedScalarType(type) &&
  !['Query', 'Mutation', 'Subscription'].includes(type.name);

test('the committed schema is the one that runs', async () => {
  expect(printSdl(await installedPlugins())).toBe(await readFile(committed, 'utf8'));
});

test('every type, field, argument, input field and enum value is described', async () => {
  const schema = buildSchema(await readFile(committed, 'utf8'));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap()).filter(isOwn);
  const missing = [
    ...types.flatMap(undescribed),
    ...roots.flatMap(root => undescribed(root!).filter(name => name !== root!.name)),
  ];
  expect(missing).toEqual([]);
  expect(types.length).toBeGreaterThan(50);
});

test('a missing description is found', () => {
  const schema = buildSchema(`
    "A thing." type Thing { plain: Int "Described." fine(bare: Int, "Described." good: Int): Kind }
    enum Kind { "Described." GOOD BARE }
    "An input." input Put { bare: Int }
    type Query { thing: Thing }`);
  const types = Object.values(schema.getTypeMap()).filter(isOwn);
  expect(types.flatMap(undescribed).sort()).toEqual([
    'Kind',
    'Kind.BARE',
    'Put.bare',
    'Thing.fine.bare',
    'Thing.plain',
  ]);
});

test('names of enum values are in capitals', async () => {
  const enums = Object.values(buildSchema(await readFile(committed, 'utf8')).getTypeMap()).filter(isEnumType);
  const values = enums.filter(isOwn).flatMap(each => each.getValues().map(({ name }) => name));
  expect(values.filter(name => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
});

test('a plugin only adds to the core, and leaves nothing behind when it is gone', async () => {
  const withPlugins = printSdl(await installedPlugins());
  expect(findBreakingChanges(buildSchema(before), buildSchema(withPlugins))).toEqual([]);
  expect(withPlugins).not.toBe(before);
  expect(coreAlone()).toBe(before);
});
