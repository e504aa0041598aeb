import { badInput } from '../errors.ts';
import { writeCursor } from './cursor.ts';
import type { Order } from './order.ts';
import type { Row } from './row.ts';

/** The arguments of a connection, as GraphQL gives them. */
export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  filter?: Readonly<Record<string, unknown>> | null;
  orderBy?: { field: string; direction: 'ASC' | 'DESC' } | null;
  search?: string | null;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: Row<T>;
}

export const pageSize = { default: 20, maximum: 100 } as const;

/** How much of the list, and from which end. */
export interface Extent {
  readonly size: number;
  readonly backward: boolean;
}

/** `first` or `last`, 1 to 100; BAD_USER_INPUT naming the argument otherwise. */
export function extentOf({ first, last }: PageArguments): Extent {
  if (first == null && last == null) return { size: pageSize.default, backward: false };
  if (first != null && last != null) throw badInput('last', '`first` and `last` cannot be given together.');
  const backward = first == null;
  const size = (first ?? last)!;
  if (!Number.isInteger(size) || size < 1 || size > pageSize.maximum) {
    const name = backward ? 'last' : 'first';
    throw badInput(name, `\`${name}\` must be from 1 to ${pageSize.maximum}.`);
  }
  return { size, backward };
}

/** Rows as the statement gives them, in the direction of reading: one beyond the page, if that was asked for and there is one. */
export type Raw = readonly object[] | { readonly rows?: readonly object[]; readonly count?: number };

export const rowsOf = (raw: Raw | null | undefined): readonly object[] =>
  Array.isArray(raw) ? raw : ((raw as { rows?: readonly object[] } | null | undefined)?.rows ?? []);

/** `more`: there are rows beyond the page, in the direction of reading. */
export function pageInfoOf(args: PageArguments, more: boolean, cursorAt: (index: 0 | -1) => string | null): PageInfo {
  const { backward } = extentOf(args);
  return {
    hasNextPage: backward ? args.before != null : more,
    hasPreviousPage: backward ? more : args.after != null,
    get startCursor() {
      return cursorAt(0);
    },
    get endCursor() {
      return cursorAt(-1);
    },
  };
}

/** A page of a list: what the fields of a connection are read from. */
export class Page<T> {
  readonly nodes: readonly Row<T>[];
  /** Null where it was not asked for. */
  readonly totalCount: number | null;
  readonly #arguments: PageArguments;
  readonly #order: Order;
  readonly #more: boolean;

  constructor(raw: Raw | null | undefined, args: PageArguments, order: Order) {
    const { size, backward } = extentOf(args);
    const rows = rowsOf(raw) as readonly Row<T>[];
    const kept = rows.length > size ? rows.slice(0, size) : rows;
    this.nodes = backward ? kept.toReversed() : kept;
    this.totalCount = (raw && 'count' in raw ? raw.count : undefined) ?? null;
    this.#arguments = args;
    this.#order = order;
    this.#more = rows.length > size;
  }

  get edges(): Edge<T>[] {
    return this.nodes.map(node => ({ cursor: this.#cursorOf(node)!, node }));
  }

  get pageInfo(): PageInfo {
    return pageInfoOf(this.#arguments, this.#more, index => this.#cursorOf(this.nodes.at(index)));
  }

  /** The sort keys are in the row under `$0`, `$1`, … where a cursor was asked for. */
  #cursorOf(node: Row<T> | undefined): string | null {
    if (!node) return null;
    const row = node as Readonly<Record<string, string | null>>;
    return writeCursor(
      this.#order,
      this.#order.keys.map((_, index) => row[`$${index}`] ?? null),
    );
  }
}
