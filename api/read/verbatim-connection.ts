import { getNamedType, type GraphQLObjectType } from 'graphql';
import { writeCursor } from './cursor.ts';
import type { Order } from './order.ts';
import { extentOf, pageInfoOf, type PageArguments, type PageInfo } from './page.ts';
import { collect, type Merged } from './selection.ts';
import type { Shaping } from './shape.ts';
import { NotVerbatim, visible } from './verbatim-fields.ts';

/** Between rows, and before the place of a row in the order: PostgreSQL writes neither of them into JSON as it is. */
export const separators = { row: '\x1e', place: '\x1f' } as const;

/** A page whose rows are already text. */
interface TextPage {
  readonly rows: readonly string[];
  readonly info: PageInfo;
  cursorOf(row: string): string;
}

type Write = (page: TextPage) => string;

/** How a connection is written around the text of its rows. */
export interface VerbatimConnection {
  readonly type: GraphQLObjectType;
  readonly node: Merged;
  readonly cursors: boolean;
  /** One row beyond the page is read, to know whether there is more. */
  readonly more: boolean;
  write(text: string | null, args: PageArguments, order: Order): string;
}

/** Reads the selection of a connection, with its rows under one name. Throws `NotVerbatim`. */
export function verbatimConnection(
  connection: GraphQLObjectType,
  selection: Merged,
  shaping: Shaping,
): VerbatimConnection {
  const nodes: Merged[] = [];
  const used = { cursors: false, more: false };
  const writes = [...collect(connection, selection, shaping)].map(([name, merged]): [string, Write] => {
    const called = merged[0]!.name.value;
    if (called === '__typename') return [name, constant(connection)];
    const type = getNamedType(visible(connection, merged, shaping).type) as GraphQLObjectType;
    if (called === 'nodes') return [name, nodesOf(merged, nodes)];
    if (called === 'edges') return [name, edgesOf(type, merged, nodes, used, shaping)];
    if (called === 'pageInfo') return [name, pageInfoWriter(type, merged, used, shaping)];
    throw new NotVerbatim();
  });
  if (nodes.length !== 1) throw new NotVerbatim();
  const writeAll = objectWriter(writes);
  return {
    type: nodeTypeOf(connection),
    node: nodes[0]!,
    ...used,
    write: (text, args, order) => writeAll(pageOf(text, args, order)),
  };
}

const nodeTypeOf = (connection: GraphQLObjectType): GraphQLObjectType =>
  getNamedType(connection.getFields()['nodes']!.type) as GraphQLObjectType;

const constant =
  ({ name }: GraphQLObjectType): Write =>
  () =>
    JSON.stringify(name);

function objectWriter<T extends unknown[]>(
  members: readonly (readonly [name: string, write: (...of: T) => string])[],
): (...of: T) => string {
  const heads = members.map(([name], index) => `${index === 0 ? '{' : ','}"${name}":`);
  return (...of) => {
    let text = '';
    for (const [index, [, write]] of members.entries()) text += heads[index]! + write(...of);
    return `${text}}`;
  };
}

function nodesOf(merged: Merged, nodes: Merged[]): Write {
  nodes.push(merged);
  return ({ rows }) => `[${rows.map(jsonOf).join(',')}]`;
}

function edgesOf(
  edge: GraphQLObjectType,
  merged: Merged,
  nodes: Merged[],
  used: { cursors: boolean },
  shaping: Shaping,
): Write {
  const members = [...collect(edge, merged, shaping)].map(([name, inner]): [string, WriteEdge] => {
    const called = inner[0]!.name.value;
    if (called === '__typename') return [name, () => JSON.stringify(edge.name)];
    visible(edge, inner, shaping);
    if (called === 'node') {
      nodes.push(inner);
      return [name, jsonOf];
    }
    if (called !== 'cursor') throw new NotVerbatim();
    used.cursors = true;
    return [name, (row, { cursorOf }) => `"${cursorOf(row)}"`];
  });
  const write = objectWriter(members);
  return page => `[${page.rows.map(row => write(row, page)).join(',')}]`;
}

type WriteEdge = (row: string, page: TextPage) => string;

function pageInfoWriter(
  type: GraphQLObjectType,
  merged: Merged,
  used: { cursors: boolean; more: boolean },
  shaping: Shaping,
): Write {
  const members = [...collect(type, merged, shaping)].map(([name, inner]): [string, Write] => {
    const called = inner[0]!.name.value;
    if (called === '__typename') return [name, constant(type)];
    visible(type, inner, shaping);
    if (called.endsWith('Cursor')) used.cursors = true;
    if (called.endsWith('Page')) used.more = true;
    return [name, ({ info }) => JSON.stringify(info[called as keyof PageInfo])];
  });
  return objectWriter(members);
}

function pageOf(text: string | null, args: PageArguments, order: Order): TextPage {
  const { size, backward } = extentOf(args);
  const read = text === null ? [] : text.split(separators.row);
  const kept = read.length > size ? read.slice(0, size) : read;
  const rows = backward ? kept.toReversed() : kept;
  const cursorOf = (row: string): string => {
    const place = JSON.parse(row.slice(row.indexOf(separators.place) + 1)) as Record<string, string | null>;
    return writeCursor(order, Object.values(place));
  };
  const cursorAt = (index: 0 | -1): string | null => (rows.length === 0 ? null : cursorOf(rows.at(index)!));
  return { rows, cursorOf, info: pageInfoOf(args, read.length > size, cursorAt) };
}

/** Without the place of the row. */
function jsonOf(row: string): string {
  const end = row.indexOf(separators.place);
  return end === -1 ? row : row.slice(0, end);
}
