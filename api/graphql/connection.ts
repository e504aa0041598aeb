import { ArgsType, Extensions, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Class } from '../plugin.ts';
import type { List } from '../read/list.ts';
import type { OrderBy } from '../read/order.ts';
import { pageSize, type Page, type PageArguments } from '../read/page.ts';
import type { Where } from '../read/where.ts';
import type { FilterOption } from './filter.ts';

export { anyOf, anyOfIds, equals, matches, range } from './filter.ts';
export { Needs, Related, RelatedAll, RelatedOne } from './related.ts';

export interface ListOptions<T> {
  /** Begins the names of its GraphQL types: `Visit` gives VisitConnection, VisitEdge, VisitFilter, VisitOrder. */
  name: string;
  /** For descriptions; `contact points` for ContactPoint if left out. */
  plural?: string;
  /** By property. A relation appears in GraphQL as its id: `practitioner` gives `practitionerId: [ID!]`. */
  filter?: { readonly [property: string]: FilterOption };
  /** The values of `orderBy.field`, and the property that each one sorts by: `{ STARTED_AT: 'startedAt' }`. */
  orderBy?: { readonly [name: string]: keyof T & string };
  /** Where none is asked for, `{ startedAt: 'desc' }`; by id, so by age, if left out. */
  defaultOrder?: OrderBy<T>;
  /** Adds the argument `search`; a function where everyone who may see the list may search in all of it. */
  search?: SearchOption<T> | SearchOption<T>['where'];
}

export interface SearchOption<T> {
  /** What the text is compared with, for the client: `Part of a name, or a whole phone number.` */
  description: string;
  /** What it looks at: refused for an actor who may not see one of them. */
  properties: readonly (keyof T & string)[];
  /**
   * From the text, which is trimmed and not empty. Under row-level security an index serves only operators that PostgreSQL
   * calls leakproof: `=`, `<` and the prefix `^@` are, `ilike` and `@>` are not.
   */
  where(text: string): Where<T>;
}

export const OrderDirection = { ASC: 'ASC', DESC: 'DESC' } as const;

registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'From which end a list starts. What has no value comes last in both.',
  valuesConfig: {
    ASC: { description: 'The smallest, earliest or alphabetically first one first.' },
    DESC: { description: 'The largest, latest or alphabetically last one first.' },
  },
});

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page lies in its list, and how to get the next one.',
})
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page: ask for it with `after: endCursor`.' })
  hasNextPage: boolean;

  @Field(() => Boolean, {
    description: 'Whether there is more before this page: ask for it with `before: startCursor`.',
  })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first one of the page; null if the page is empty.',
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last one of the page; null if the page is empty.',
  })
  endCursor: string | null;
}

/**
 * A list as clients page through it, and the GraphQL types for it.
 *
 *     export const VisitList = listOf(() => Visit, {
 *       name: 'Visit',
 *       filter: { status: anyOf(VisitStatus), practitioner: anyOfIds(), startedAt: range(DateTime) },
 *       orderBy: { STARTED_AT: 'startedAt' },
 *       defaultOrder: { startedAt: 'desc' },
 *     });
 */
export function listOf<T extends object>(type: () => Class<T>, options: ListOptions<T>): List<T> {
  const { name, plural = pluralOf(name), filter = {}, orderBy = {}, defaultOrder = {} } = options;
  const search = searchOf(options, plural);
  const list: List<T> = {
    name,
    type,
    Connection: connectionClass(type, name, plural),
    Arguments: argumentsClass(plural, { name, filter, orderBy, search }),
    filters: new Map(
      Object.entries(filter).map(([property, option]) => [option.nameOf(property), option.filterOf(property)]),
    ),
    sortable: new Set(Object.values(orderBy)),
    defaultOrder,
    search: search && { properties: search.properties, where: search.where },
  };
  Extensions({ list })(list.Connection);
  return list;
}

function connectionClass<T extends object>(type: () => Class<T>, name: string, plural: string): Class<Page<T>> {
  @ObjectType(`${name}Edge`, {
    simpleResolvers: true,
    description: `One of a page of ${plural}, and where it lies in the list.`,
  })
  class Edge {
    @Field(() => String, { description: 'Opaque: pages go on from here with `after` or `before`, in the same order.' })
    cursor: string;

    @Field(type, { description: 'The thing itself.' })
    node: T;
  }

  const counted = `How many ${plural} fit \`filter\` and \`search\`, on all pages. Counted only when asked for.`;
  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${plural}.` })
  class Connection {
    @Field(() => [Edge], { description: 'Those of the page with their cursors, in order.' })
    edges: Edge[];

    @Field(() => [type()], { description: 'Those of the page without cursors, in order.' })
    nodes: T[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo: PageInfo;

    @Field(() => Int, { nullable: true, description: counted })
    totalCount: number | null;
  }
  return Connection as unknown as Class<Page<T>>;
}

function searchOf<T>({ search }: ListOptions<T>, plural: string): SearchOption<T> | undefined {
  if (typeof search !== 'function') return search;
  return { description: `Only ${plural} that this text finds.`, properties: [], where: search };
}

type Arguments = Required<Pick<ListOptions<any>, 'name' | 'filter' | 'orderBy'>> & {
  search: SearchOption<any> | undefined;
};

function argumentsClass(plural: string, { name, filter, orderBy, search }: Arguments): Class<PageArguments> {
  const most = `1 to ${pageSize.maximum}; ${pageSize.default} if neither \`first\` nor \`last\` is given.`;
  @ArgsType()
  class Arguments {
    @Field(() => Int, { nullable: true, description: `How many ${plural} from the start of the list, ${most}` })
    first?: number;

    @Field(() => Int, { nullable: true, description: `How many ${plural} from the end of the list, ${most}` })
    last?: number;

    @Field(() => String, { nullable: true, description: 'A cursor: only what comes after it.' })
    after?: string;

    @Field(() => String, { nullable: true, description: 'A cursor: only what comes before it.' })
    before?: string;
  }
  const add = (property: string, type: () => any, description: string): void =>
    Field(type, { nullable: true, description })(Arguments.prototype, property);
  if (Object.keys(filter).length > 0) {
    const Filter = filterClass(name, plural, filter);
    add('filter', () => Filter, `Only ${plural} of which all of this is true.`);
  }
  if (Object.keys(orderBy).length > 0) {
    const Order = orderClass(name, plural, orderBy);
    add('orderBy', () => Order, 'The order of the list; the same one for all its pages.');
  }
  if (search) add('search', () => String, search.description);
  return Arguments;
}

function filterClass(name: string, plural: string, filter: Arguments['filter']): Class {
  @InputType(`${name}Filter`, { description: `Which ${plural}: all that is given must be true.` })
  class Filter {}
  for (const [property, option] of Object.entries(filter)) {
    Field(option.type, { nullable: true, description: option.description })(Filter.prototype, option.nameOf(property));
  }
  return Filter;
}

function orderClass(name: string, plural: string, orderBy: Arguments['orderBy']): Class {
  const values = Object.entries(orderBy);
  registerEnumType(orderBy, {
    name: `${name}OrderField`,
    description: `What ${plural} can be sorted by.`,
    valuesConfig: Object.fromEntries(
      values.map(([value, property]) => [value, { description: `By \`${property}\`.` }]),
    ),
  });
  @InputType(`${name}Order`, { description: `An order of ${plural}.` })
  class Order {
    @Field(() => orderBy, { description: 'What they are sorted by.' })
    field: string;

    @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'From which end.' })
    direction: keyof typeof OrderDirection;
  }
  return Order;
}

/** `ContactPoint` gives `contact points`. */
const pluralOf = (name: string): string => `${name.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase()}s`;
