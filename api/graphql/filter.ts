import { GraphQLScalarType } from 'graphql';
import { Field, Float, ID, InputType, Int } from 'type-graphql';
import type { Class } from '../plugin.ts';
import type { Filter } from '../read/list.ts';
import { either, Sql, sql, type Where } from '../read/where.ts';
import { DateTime, LocalDate, LocalTime } from './scalars.ts';

/** How one argument of a list's filter looks in GraphQL, and what it asks of the database. */
export interface FilterOption {
  readonly type: () => any;
  readonly description: string;
  /** Its name in GraphQL, from the property. */
  nameOf(property: string): string;
  filterOf(property: string): Filter;
}

type Described = { description?: string };

const stored = (
  type: () => any,
  description: string,
  nameOf: FilterOption['nameOf'] = property => property,
): FilterOption => ({
  type,
  description,
  nameOf,
  filterOf: property => ({ properties: [property], where: value => ({ [property]: value }) }),
});

export interface AnyOfOptions extends Described {
  /**
   * Writes the values of an enum out in the statement: PostgreSQL then knows that an index of some values alone has all that
   * is asked for. Each combination is a statement of its own.
   */
  literal?: boolean;
}

/** `status: [VisitStatus!]`: any of these values. Takes a registered enum or a scalar. */
export const anyOf = (
  type: object,
  { description = 'Any of these; an empty list matches nothing.', literal = false }: AnyOfOptions = {},
): FilterOption => (literal ? writtenOut(type, description) : stored(() => [type], description));

function writtenOut(type: object, description: string): FilterOption {
  const values = new Set<unknown>(Object.values(type));
  const option = stored(() => [type], description);
  return {
    ...option,
    filterOf(property) {
      const plain = [property, ...values].every(word => typeof word === 'string' && /^[\w-]+$/.test(word));
      if (!plain || property !== property.toLowerCase())
        throw new Error(`'${property}' cannot be filtered literally: column and values must be plain words.`);
      const is = (value: unknown): Where<any> => new Sql(['', `.${property} = '${String(value)}'`], [sql.row]);
      return {
        properties: [property],
        where: (wanted: unknown[]) => either(...wanted.filter(one => values.has(one)).map(is)),
      };
    },
  };
}

/** Of a relation: `practitionerId: [ID!]`. Ids that do not exist match nothing. */
export const anyOfIds = ({
  description = 'Any of these ids; an empty list matches nothing.',
}: Described = {}): FilterOption =>
  stored(
    () => [ID],
    description,
    property => (/(^id|Id)$/.test(property) ? property : `${property}Id`),
  );

/** `active: Boolean`: exactly this value. */
export const equals = (type: object, { description = 'Exactly this.' }: Described = {}): FilterOption =>
  stored(() => type, description);

/** `startedAt: DateTimeRange`: `from` is inclusive, `to` is exclusive, and either may be left out. */
export const range = (scalar: object, { description = 'Within this range.' }: Described = {}): FilterOption => {
  // Made now: a type that is first made while the schema is built comes too late for it.
  const Range = rangeClass(scalar);
  return stored(() => Range, description);
};

/** An argument that no single column answers; `properties` are those of the type that it looks at. */
export const matches = <T extends object, V = any>(
  type: () => any,
  options: { description: string; properties?: readonly (keyof T & string)[]; where(value: V): Where<T> },
): FilterOption => ({
  type,
  description: options.description,
  nameOf: property => property,
  filterOf: () => ({ properties: options.properties ?? [], where: options.where }),
});

const unitOf = new Map<object, string>([
  [DateTime, 'instants'],
  [LocalDate, 'days of the calendar'],
  [LocalTime, 'times of day'],
  [Int, 'whole numbers'],
  [Float, 'numbers'],
]);
const ranges = new Map<object, Class>();

function rangeClass(scalar: object): Class {
  const known = ranges.get(scalar);
  if (known) return known;
  if (!(scalar instanceof GraphQLScalarType))
    throw new Error('A range is one of a scalar: DateTime, LocalDate, LocalTime, Int or Float.');
  const unit = unitOf.get(scalar) ?? 'values';

  @InputType(`${scalar.name}Range`, {
    description: `A range of ${unit}; without \`from\` or \`to\` it is open at that end.`,
  })
  class Range {
    @Field(() => scalar, { nullable: true, description: 'The first one that is in the range.' })
    from?: unknown;

    @Field(() => scalar, { nullable: true, description: 'The first one that is not in the range any more.' })
    to?: unknown;
  }
  ranges.set(scalar, Range);
  return Range;
}
