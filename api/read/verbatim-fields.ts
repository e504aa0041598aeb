import {
  getNamedType,
  getNullableType,
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import type { Column, ColumnKind, Relation, Table } from './catalog.ts';
import type { Related } from './list.ts';
import { collect, type Merged } from './selection.ts';
import { extensionsOf, refused, type Shaping } from './shape.ts';
import { columnOf } from './where.ts';

/** Thrown by the planner of verbatim answers where a field has to be answered by code. */
export class NotVerbatim extends Error {}

/** A field that PostgreSQL can write as the client gets it, by its response name. */
export interface VerbatimField {
  readonly name: string;
  /** Of a stored leaf, or of `__typename`. */
  readonly sql?: (alias: string) => string;
  readonly part?: VerbatimPart;
}

export interface VerbatimPart {
  readonly relation: Relation | Related;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: Merged;
}

/** PostgreSQL cuts off what is longer. */
const longestName = 63;

/** What is selected, in its order. Throws `NotVerbatim`. */
export function verbatimFields(
  type: GraphQLObjectType,
  table: Table,
  selection: Merged,
  shaping: Shaping,
): VerbatimField[] {
  return [...collect(type, selection, shaping)].map(([name, nodes]) => {
    if (name.length > longestName) throw new NotVerbatim();
    if (nodes[0]!.name.value === '__typename') return { name, sql: () => `'${type.name}'` };
    const field = visible(type, nodes, shaping);
    const { related, needs, computed, property = field.name } = extensionsOf(field);
    if (!related && (computed || needs)) throw new NotVerbatim();
    const relation = related ?? (isObjectType(getNamedType(field.type)) ? table.relations.get(property) : undefined);
    if (relation) return { name, part: { relation, field, nodes } };
    if (!table.columns.has(property)) throw new NotVerbatim();
    return { name, sql: leafSql(columnOf(table, property), field.type) };
  });
}

/** The field, where this reader may see it: a refusal is an error with a path, which code has to write. */
export function visible(
  type: GraphQLObjectType,
  [node]: Merged,
  { reader }: Pick<Shaping, 'reader'>,
): GraphQLField<unknown, unknown> {
  const field = type.getFields()[node!.name.value];
  if (!field || refused(field, reader)) throw new NotVerbatim();
  return field;
}

/** The column, where PostgreSQL writes into JSON what the type's `serialize` would make of it. */
function leafSql({ nullable, kind, sql }: Column, of: GraphQLOutputType): (alias: string) => string {
  const type = getNullableType(of);
  if ((nullable && isNonNullType(of)) || !written[kind]?.(type)) throw new NotVerbatim();
  return kind === 'instant' ? alias => instantSql(`${alias}.${sql}`) : alias => `${alias}.${sql}`;
}

const called =
  (name: string) =>
  (type: GraphQLOutputType): boolean =>
    'name' in type && type.name === name;

const written: Partial<Record<ColumnKind, (type: GraphQLOutputType) => boolean>> = {
  uuid: type => type === GraphQLID || type === GraphQLString,
  text: type => type === GraphQLString || type === GraphQLID || isStoredByName(type),
  integer: type => type === GraphQLInt,
  boolean: type => type === GraphQLBoolean,
  day: called('LocalDate'),
  instant: called('DateTime'),
};

const isStoredByName = (type: GraphQLOutputType): boolean =>
  isEnumType(type) && type.getValues().every(({ name, value }) => name === value);

/** As `DateTime` writes it: `2026-06-01T01:00:00.000Z`, what is less than a millisecond cut off. */
const instantSql = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
