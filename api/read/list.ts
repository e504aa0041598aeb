import type { Class } from '../plugin.ts';
import type { OrderBy } from './order.ts';
import type { Page, PageArguments } from './page.ts';
import type { Where } from './where.ts';

/** One argument of a filter: from its value to a predicate on these properties. */
export interface Filter {
  /** What it compares: refused for an actor who may not see one of them. */
  readonly properties: readonly string[];
  where(value: any): Where<any>;
}

/** A list of things of one type, as clients page through it. Made by `listOf`. */
export interface List<T extends object> {
  readonly name: string;
  readonly type: () => Class<T>;
  /** The GraphQL type of a page: `@Query(() => VisitList.Connection)`. */
  readonly Connection: Class<Page<T>>;
  /** Its arguments: `@Args(() => VisitList.Arguments) page: PageArguments`. */
  readonly Arguments: Class<PageArguments>;
  readonly filters: ReadonlyMap<string, Filter>;
  /** Properties that `orderBy.field` can name. */
  readonly sortable: ReadonlySet<string>;
  readonly defaultOrder: OrderBy<T>;
  readonly search: Filter | undefined;
}

/** A field with things that point at this one: in `extensions.related` of the GraphQL field. */
export type Related =
  | { readonly kind: 'page'; readonly list: () => List<any>; readonly inverse: string }
  | {
      readonly kind: 'all';
      readonly type: () => Class;
      readonly inverse: string;
      readonly orderBy?: OrderBy<any>;
      readonly limit: number;
    }
  | { readonly kind: 'one'; readonly type: () => Class; readonly inverse: string };
