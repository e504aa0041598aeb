import fc, { type Arbitrary } from 'fast-check';
import {
  getNamedType,
  isCompositeType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { valueOf, type Ids } from './values.ts';

/** One request that is valid as a document, whatever its variables are. */
export interface Case {
  readonly name: string;
  readonly document: string;
  readonly variables: Record<string, unknown>;
}

/** The text of a selection and what it needs of variables. */
interface Part {
  readonly text: string;
  readonly declared: readonly string[];
  readonly variables: Record<string, unknown>;
}

const deepest = 4;

/** Every query and mutation of the schema, each as often as any other, with selections and variables of any kind. */
export function cases(schema: GraphQLSchema, ids: Ids): Arbitrary<Case> {
  const roots = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root, index) =>
    Object.values(root.getFields()).map(field => caseOf(field, index === 1 ? 'mutation' : 'query', ids)),
  );
  return fc.oneof(...roots);
}

const caseOf = (field: GraphQLField<unknown, unknown>, kind: string, ids: Ids): Arbitrary<Case> =>
  fieldOf(field, 'v', ids, 0).map(({ text, declared, variables }) => ({
    name: field.name,
    document: `${kind} ${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${text} }`,
    variables,
  }));

/** `path` makes the names of its variables unlike all others. */
function fieldOf(field: GraphQLField<unknown, unknown>, path: string, ids: Ids, depth: number): Arbitrary<Part> {
  const type = getNamedType(field.type);
  return fc
    .tuple(
      argumentsOf(field.args, path, ids),
      isCompositeType(type) ? selectionOf(type, path, ids, depth) : fc.constant(undefined),
    )
    .map(([given, selection]) => ({
      text: `${field.name}${given.text}${selection ? ` { ${selection.text} }` : ''}`,
      declared: [...given.declared, ...(selection?.declared ?? [])],
      variables: { ...given.variables, ...selection?.variables },
    }));
}

function argumentsOf(args: readonly GraphQLArgument[], path: string, ids: Ids): Arbitrary<Part> {
  const given = args.map(arg =>
    fc
      .tuple(isNonNullType(arg.type) ? fc.constant(true) : fc.boolean(), valueOf(arg.type, ids))
      .map(([isGiven, value]) => ({ arg, isGiven, value })),
  );
  return fc.tuple(...given).map(all => {
    const used = all.filter(({ isGiven }) => isGiven);
    const nameOf = ({ name }: GraphQLArgument): string => `${path}_${name}`;
    return {
      text: used.length > 0 ? `(${used.map(({ arg }) => `${arg.name}: $${nameOf(arg)}`).join(', ')})` : '',
      declared: used.map(({ arg }) => `$${nameOf(arg)}: ${String(arg.type)}`),
      variables: Object.fromEntries(used.map(({ arg, value }) => [nameOf(arg), value])),
    };
  });
}

function selectionOf(type: GraphQLNamedType, path: string, ids: Ids, depth: number): Arbitrary<Part> {
  if (isUnionType(type) || !isObjectType(type)) return fc.constant(nothing);
  const fields = Object.values(type.getFields());
  const fitting = fields.filter(field => depth < deepest || !isCompositeType(getNamedType(field.type)));
  return fc.subarray(fitting, { maxLength: Math.min(4, fitting.length) }).chain(chosen =>
    fc.tuple(...chosen.map((field, at) => fieldOf(field, `${path}${at}`, ids, depth + 1))).map(parts => ({
      text: ['__typename', ...parts.map(({ text }) => text)].join(' '),
      declared: parts.flatMap(({ declared }) => declared),
      variables: Object.assign({}, ...parts.map(({ variables }) => variables)) as Record<string, unknown>,
    })),
  );
}

const nothing: Part = { text: '__typename', declared: [], variables: {} };

/** So many cases, the same ones for the same seed. */
export const sample = (schema: GraphQLSchema, ids: Ids, { count, seed }: { count: number; seed: number }): Case[] =>
  fc.sample(cases(schema, ids), { numRuns: count, seed });
