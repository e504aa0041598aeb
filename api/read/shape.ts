import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Class, Permission } from '../plugin.ts';
import type { Catalog, Relation, Table } from './catalog.ts';
import type { Reader } from './lane.ts';
import type { Related } from './list.ts';
import { collect, placeOf, type Merged, type Selecting } from './selection.ts';
import { columnOf } from './where.ts';

/** What the planner reads from a field of the schema; the rest of the schema is not its own. */
export interface FieldExtensions {
  readonly property?: string;
  readonly needs?: readonly string[];
  /** Has a resolver of its own, even where a stored property has the same name. */
  readonly computed?: boolean;
  readonly related?: Related;
  readonly guards?: readonly Permission[];
  readonly plugin?: string;
}

type Field = GraphQLField<unknown, unknown>;

export const extensionsOf = ({ extensions }: Field): FieldExtensions => extensions as FieldExtensions;

/** Things that belong to a row: the one that it points at, or those that point at it. */
export interface Part {
  readonly relation: Relation | Related;
  readonly field: Field;
  /** A selection for each response name that leads here: their fields are read together, into one object. */
  readonly selections: Merged[];
}

/** What a row must contain for all that is selected of it. */
export interface Shape {
  /** By the name in the row. */
  readonly columns: Map<string, string>;
  /** Of `columns`, the instants that a computed field wants as Date. */
  readonly dates: Set<string>;
  readonly parts: Map<string, Part>;
}

export interface Shaping extends Selecting {
  readonly catalog: Catalog;
  readonly reader: Reader;
}

/** The columns and parts that these selections ask for. What the reader may not see is left out: the guard answers for it. */
export function shapeOf(type: GraphQLObjectType, table: Table, selections: readonly Merged[], shaping: Shaping): Shape {
  const shape: Shape = { columns: new Map(), dates: new Set(), parts: new Map() };
  for (const { property } of table.key) shape.columns.set(property, property);
  const fields = type.getFields();
  for (const selection of selections) {
    for (const nodes of collect(type, selection, shaping).values()) {
      const field = fields[nodes[0]!.name.value];
      if (field && !refused(field, shaping.reader)) add(field, nodes, table, shape);
    }
  }
  return shape;
}

export function refused(field: Field, reader: Reader): boolean {
  const { guards, plugin } = extensionsOf(field);
  return reader.allowed(guards, plugin) !== undefined;
}

function add(field: Field, nodes: Merged, table: Table, shape: Shape): void {
  const { related, needs, computed, property = field.name } = extensionsOf(field);
  if (related) return addPart(related.kind === 'page' ? placeOf(nodes[0]!) : field.name, related, field, nodes, shape);
  const relation = computed ? undefined : table.relations.get(property);
  if (relation && isObjectType(getNamedType(field.type))) return addPart(field.name, relation, field, nodes, shape);
  const stored = table.columns.has(property);
  if (stored) shape.columns.set(field.name, property);
  if (computed || needs || !stored) addComputed(needs ?? [], table, shape);
}

function addPart(name: string, relation: Part['relation'], field: Field, nodes: Merged, shape: Shape): void {
  const part = shape.parts.get(name);
  if (!part) shape.parts.set(name, { relation, field, selections: [nodes] });
  // A fragment that is spread twice brings the same nodes twice.
  else if (!part.selections.some(selection => equal(selection, nodes))) part.selections.push(nodes);
}

const equal = (one: Merged, other: Merged): boolean =>
  one.length === other.length && one.every((node, index) => node === other[index]);

/** A field with a resolver of its own finds what it needs, and the keys by which it can load the rest. */
function addComputed(needs: readonly string[], table: Table, shape: Shape): void {
  for (const { keyName } of table.relations.values()) shape.columns.set(keyName, keyName);
  for (const property of needs) {
    shape.columns.set(property, property);
    if (columnOf(table, property).kind === 'instant') shape.dates.add(property);
  }
}

/** What is asked of a connection. */
export interface Paging {
  readonly selections: Merged[];
  readonly type: GraphQLObjectType;
  rows: boolean;
  cursors: boolean;
  count: boolean;
  /** Whether there is more: costs one row beyond the page. */
  more: boolean;
}

/** Reads the selection of a connection: aliases of `nodes` and `edges` share their rows. */
export function pagingOf(connection: GraphQLObjectType, selections: readonly Merged[], shaping: Shaping): Paging {
  const type = objectTypeIn(connection, 'nodes');
  const paging: Paging = { selections: [], type, rows: false, cursors: false, count: false, more: false };
  for (const selection of selections) {
    for (const nodes of collect(connection, selection, shaping).values()) {
      const name = nodes[0]!.name.value;
      const field = connection.getFields()[name];
      if (!field || refused(field, shaping.reader)) continue;
      if (name === 'nodes') paging.selections.push(nodes);
      if (name === 'edges') addEdges(objectTypeIn(connection, name), nodes, paging, shaping);
      if (name === 'pageInfo') addPageInfo(objectTypeIn(connection, name), nodes, paging, shaping);
      if (name === 'totalCount') paging.count = true;
    }
  }
  paging.rows ||= paging.selections.length > 0 || paging.cursors || !paging.count;
  return paging;
}

function addEdges(edge: GraphQLObjectType, nodes: Merged, paging: Paging, shaping: Shaping): void {
  paging.rows = true;
  for (const inner of collect(edge, nodes, shaping).values()) {
    const isNode = inner[0]!.name.value === 'node';
    if (isNode && !refused(edge.getFields()['node']!, shaping.reader)) paging.selections.push(inner);
    if (inner[0]!.name.value === 'cursor') paging.cursors = true;
  }
}

function addPageInfo(pageInfo: GraphQLObjectType, nodes: Merged, paging: Paging, shaping: Shaping): void {
  paging.rows = true;
  for (const inner of collect(pageInfo, nodes, shaping).values()) {
    const name = inner[0]!.name.value;
    if (name.endsWith('Cursor')) paging.cursors = true;
    if (name.endsWith('Page')) paging.more = true;
  }
}

function objectTypeIn(type: GraphQLObjectType, field: string): GraphQLObjectType {
  return getNamedType(type.getFields()[field]!.type) as GraphQLObjectType;
}

const typesOf = new WeakMap<GraphQLSchema, Map<Class, GraphQLObjectType>>();

/** The GraphQL type that was built from a class. */
export function objectTypeOf(schema: GraphQLSchema, of: Class): GraphQLObjectType {
  let types = typesOf.get(schema);
  if (!types) {
    const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
    types = new Map(objects.map(type => [type.extensions['class'] as Class, type]));
    typesOf.set(schema, types);
  }
  const type = types.get(of);
  if (!type) throw new Error(`No type of the schema is made from the class '${of.name}'.`);
  return type;
}

type Guarded = Pick<FieldExtensions, 'guards' | 'plugin'>;
const guardedOf = new WeakMap<GraphQLObjectType, Map<string, Guarded[]>>();

/** Guards of the fields by which a type shows its properties: they hold for filters and orders too. */
export function guardsOf(type: GraphQLObjectType): ReadonlyMap<string, readonly Guarded[]> {
  const known = guardedOf.get(type);
  if (known) return known;
  const guarded = new Map<string, Guarded[]>();
  for (const field of Object.values(type.getFields())) {
    const { property = field.name, guards, plugin } = extensionsOf(field);
    if (!guards?.length && plugin === undefined) continue;
    guarded.set(property, [...(guarded.get(property) ?? []), { guards, plugin }]);
  }
  guardedOf.set(type, guarded);
  return guarded;
}
