import type { Column, Table } from './catalog.ts';
import { columnOf } from './where.ts';

export type Direction = 'asc' | 'desc';

/** Properties in the order in which they sort: `{ startedAt: 'desc' }`. The id is always the last, to break ties. */
export type OrderBy<T> = { readonly [K in keyof T]?: Direction };

export const pairsOf = (orderBy: OrderBy<any>): [property: string, direction: Direction][] =>
  Object.entries(orderBy) as [string, Direction][];

/** One key of a total order. */
export interface SortKey {
  readonly property: string;
  readonly column: Column;
  readonly descending: boolean;
}

/** A total order: no two rows are equal in it, so a cursor names one place. */
export interface Order {
  readonly keys: readonly SortKey[];
  /** Equal for equal orders of one list; part of every cursor, as a cursor means nothing in another order. */
  readonly signature: string;
}

/** Ties are broken by id in the direction of the last key: so one index serves the order, and one row comparison a page. */
export function orderOf(table: Table, by: readonly (readonly [property: string, direction: Direction])[]): Order {
  const keys = by.map(([property, direction]) => keyOf(table, property, direction === 'desc'));
  const descending = keys.at(-1)?.descending ?? false;
  for (const { property } of table.key) {
    if (!keys.some(key => key.property === property)) keys.push(keyOf(table, property, descending));
  }
  return { keys, signature: keys.map(key => `${key.descending ? '-' : ''}${key.property}`).join() };
}

function keyOf(table: Table, property: string, descending: boolean): SortKey {
  return { property, column: columnOf(table, property), descending };
}

/**
 * `order by`, empty values last; read backwards for `last`. PostgreSQL takes `nulls last` on a descending key for another
 * order than the index has, even where no value can be null, so it is only written where one can be.
 */
export function sortSql({ keys }: Order, alias: string, backward: boolean): string {
  const sorted = keys.map(({ column, descending }) => {
    const down = descending !== backward;
    const nulls = !column.nullable || down === backward ? '' : backward ? ' nulls first' : ' nulls last';
    return `${alias}.${column.sql}${down ? ' desc' : ''}${nulls}`;
  });
  return sorted.join(', ');
}

/** The rows after a place in the order, or before it; `placeholder` answers the parameter of a key's value. */
export function beyondSql(
  { keys }: Order,
  alias: string,
  values: readonly unknown[],
  before: boolean,
  placeholder: (value: unknown) => string,
): string {
  const down = keys[0]!.descending;
  const plain = keys.every(({ column, descending }) => !column.nullable && descending === down);
  const placeholders = values.map(value => (value === null ? 'null' : placeholder(value)));
  if (plain) {
    const columns = keys.map(({ column }) => `${alias}.${column.sql}`);
    return `(${columns.join(', ')}) ${down === before ? '>' : '<'} (${placeholders.join(', ')})`;
  }
  return steppedSql(keys, alias, placeholders, before);
}

/** The same where keys can be empty or have different directions, which no row comparison can express. */
function steppedSql(keys: readonly SortKey[], alias: string, placeholders: readonly string[], before: boolean): string {
  const steps: string[] = [];
  const equals: string[] = [];
  for (const [index, key] of keys.entries()) {
    const value = placeholders[index]!;
    const past = pastSql(key, alias, value, before);
    if (past) steps.push([...equals, past].join(' and '));
    equals.push(`${alias}.${key.column.sql} ${value === 'null' ? 'is null' : `= ${value}`}`);
  }
  const { column, descending } = keys[0]!;
  // Lets PostgreSQL begin at the place in the index instead of reading up to it.
  const bound = column.nullable
    ? ''
    : `${alias}.${column.sql} ${descending === before ? '>=' : '<='} ${placeholders[0]!} and `;
  return `(${bound}(${steps.join(' or ')}))`;
}

/** Empty values are last: nothing comes after one, and all others come before it. */
function pastSql({ column, descending }: SortKey, alias: string, value: string, before: boolean): string | undefined {
  const left = `${alias}.${column.sql}`;
  if (value === 'null') return before ? `${left} is not null` : undefined;
  const past = `${left} ${descending === before ? '>' : '<'} ${value}`;
  return column.nullable && !before ? `(${past} or ${left} is null)` : past;
}
