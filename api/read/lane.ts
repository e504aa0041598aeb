import type { EntityManager } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Scope } from '../database/tenancy.ts';
import type { RapportError } from '../errors.ts';
import type { Class, Permission } from '../plugin.ts';
import type { Table } from './catalog.ts';
import type { List } from './list.ts';
import type { OrderBy } from './order.ts';
import type { Page, PageArguments } from './page.ts';
import type { Row } from './row.ts';
import type { Where } from './where.ts';

export type { List, OrderBy, Page, PageArguments, Row, Where };

/**
 * Reads what a field's selection asks for, in one SQL statement, under the rights of the context. A column that the
 * actor may not see is left out. Inside a transaction it runs there, and sees what that has written.
 */
export interface ReadLane {
  /**
   * One thing, or null. `at` names the field of the selection under which its own selection lies, for payloads and
   * events: `read.one(Appointment, info, { id }, 'appointment')`.
   */
  one<T extends object>(type: Class<T>, info: GraphQLResolveInfo, where: Where<T>, at?: string): Promise<Row<T> | null>;
  /** A page of a list; `where` is what the resolver demands beside the client's filter. */
  page<T extends object>(
    list: List<T>,
    info: GraphQLResolveInfo,
    args: PageArguments,
    where?: Where<T>,
  ): Promise<Page<T>>;
  /** A plain list where there can only be a few: `limit` is 1 to 500, and 500 if left out. */
  all<T extends object>(type: Class<T>, info: GraphQLResolveInfo, options?: AllOptions<T>): Promise<Row<T>[]>;
}

export interface AllOptions<T> {
  where?: Where<T>;
  orderBy?: OrderBy<T>;
  limit?: number;
}

/** That something was read. */
export interface Reading {
  readonly table: Table;
  readonly info: GraphQLResolveInfo;
  /** Of the one thing that was read, where it was asked for by its id. */
  readonly id: string | undefined;
  /** How many rows a list had. */
  readonly rows: number | undefined;
}

/** What the lane must know of who reads. */
export interface Reader {
  readonly scope: Scope;
  /** Equal for readers who may see the same fields. */
  readonly guardSet: number;
  allowed(guards: readonly Permission[] | undefined, plugin?: string): RapportError | undefined;
  readonly openTransaction: EntityManager | undefined;
  /** By `performance.now()`: when nobody waits for an answer any more. */
  readonly deadline?: number;
  /** Hears of each read of data that is about patients; whoever reads waits for what it answers. */
  noteRead?(reading: Reading): Promise<void> | undefined;
}
