import type { GraphQLObjectType } from 'graphql';
import { badInput } from '../errors.ts';
import type { Table } from './catalog.ts';
import { readCursor } from './cursor.ts';
import type { Reader } from './lane.ts';
import type { Filter, List } from './list.ts';
import { beyondSql, orderOf, pairsOf, sortSql, type Order } from './order.ts';
import { extentOf, type PageArguments } from './page.ts';
import { guardsOf } from './shape.ts';
import type { Filling } from './template.ts';
import { isSteady, parameter, predicateOf, type Target, type Where } from './where.ts';

/** Makes SQL of the arguments of one list. */
export class ListQuery {
  readonly table: Table;
  readonly #list: List<any>;
  readonly #orders = new Map<string, Order>();

  constructor(list: List<any>, table: Table) {
    this.#list = list;
    this.table = table;
  }

  /** `where` is what the resolver demands. */
  fill(args: PageArguments, where: Where<any> | undefined, of: Asking): Filling {
    const { size, backward } = extentOf(args);
    const order = this.order(args);
    for (const { property } of order.keys) this.#guard(property, of);
    const counted = this.#predicates(args, where, of);
    const beyond = this.#beyond(args, order, of);
    const rows = `${counted}${beyond} order by ${sortSql(order, of.alias, backward)} limit ${of.more ? size + 1 : size}`;
    return {
      rows,
      counted,
      keys: () => keysSql(order, of.alias),
      place: () => placeSql(order, of.alias),
      steady: this.#isSteady(args, where, order),
    };
  }

  order({ orderBy }: PageArguments): Order {
    const key = orderBy ? `${orderBy.field} ${orderBy.direction}` : '';
    let order = this.#orders.get(key);
    if (!order) this.#orders.set(key, (order = this.#makeOrder(orderBy)));
    return order;
  }

  #makeOrder(orderBy: PageArguments['orderBy']): Order {
    if (!orderBy) return orderOf(this.table, pairsOf(this.#list.defaultOrder));
    if (!this.#list.sortable.has(orderBy.field))
      throw badInput('orderBy.field', `\`${orderBy.field}\` is not sorted by.`);
    return orderOf(this.table, [[orderBy.field, orderBy.direction === 'DESC' ? 'desc' : 'asc']]);
  }

  #predicates({ filter, search }: PageArguments, where: Where<any> | undefined, of: Asking): string {
    let text = '';
    for (const name in filter) {
      const value = filter[name];
      if (value != null) text += this.#filtered(this.#list.filters.get(name)!, value, of);
    }
    const searched = search?.trim();
    if (searched) text += this.#filtered(this.#list.search!, searched, of);
    return where === undefined ? text : `${text} and ${predicateOf(where, of)}`;
  }

  #isSteady({ filter, search }: PageArguments, where: Where<any> | undefined, order: Order): boolean {
    const leading = order.keys[0]!.column;
    if (search?.trim() || (where !== undefined && !isSteady(where, this.table, leading))) return false;
    for (const name in filter) {
      const value = filter[name];
      if (value != null && !isSteady(this.#list.filters.get(name)!.where(value), this.table, leading)) return false;
    }
    return true;
  }

  #filtered(filter: Filter, value: unknown, of: Asking): string {
    for (const property of filter.properties) this.#guard(property, of);
    return ` and ${predicateOf(filter.where(value), of)}`;
  }

  #beyond(args: PageArguments, order: Order, of: Asking): string {
    let text = '';
    for (const argument of ['after', 'before'] as const) {
      const cursor = args[argument];
      if (cursor == null) continue;
      const values = readCursor(cursor, order, argument);
      text += ` and ${beyondSql(order, of.alias, values, argument === 'before', value => parameter(value, of))}`;
    }
    return text;
  }

  /** To filter or sort by what one may not see tells what it is. */
  #guard(property: string, { type, reader }: Asking): void {
    for (const { guards, plugin } of guardsOf(type).get(property) ?? []) {
      const refusal = reader.allowed(guards, plugin);
      if (refusal) throw refusal;
    }
  }
}

/** Who asks, of which type, and the statement that grows. */
export interface Asking extends Target {
  readonly type: GraphQLObjectType;
  readonly reader: Reader;
  /** One row beyond the page is read too, to know whether there is more. */
  readonly more: boolean;
}

/** As text, so that a cursor has the value exactly as PostgreSQL has it, microseconds and all. */
function keysSql({ keys }: Order, alias: string): string {
  return keys.map(({ column }, index) => `, ${alias}.${column.sql}::text as "$${index}"`).join('');
}

const placeSql = ({ keys }: Order, alias: string): string =>
  `row(${keys.map(({ column }) => `${alias}.${column.sql}::text`).join(', ')})`;
