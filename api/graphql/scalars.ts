import { GraphQLError, GraphQLScalarType, Kind, visit, type DocumentNode, type ValueNode } from 'graphql';
import { badInput } from '../errors.ts';

const refuse = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
};

const literal =
  <T>(parse: (value: unknown) => T) =>
  (node: ValueNode): T =>
    parse(node.kind === Kind.STRING ? node.value : undefined);

const day = String.raw`(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const clock = String.raw`([01]\d|2[0-3]):[0-5]\d`;
const instant = new RegExp(String.raw`^${day}T${clock}:[0-5]\d(\.\d{1,9})?(Z|[+-]${clock})$`, 'i');
const localDate = new RegExp(`^${day}$`);
const localTime = new RegExp(String.raw`^${clock}(:[0-5]\d)?$`);

/** Whether year, month and day name a day that exists: 2026-02-29 does not, and there is no year 0. */
function isDay(text: string): boolean {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return date.getUTCFullYear() > 0 && date.toISOString().startsWith(text.slice(0, 10));
}

/** Takes what PostgreSQL writes into JSON, `2026-06-01T01:00:00.123456+00:00`, without making a Date of it. */
function writeInstant(value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value !== 'string') return refuse('DateTime cannot represent a value that is not an instant.');
  if (value.endsWith('+00:00') && value.charCodeAt(10) === 84 && value.length <= 32) {
    return value.length === 25 ? `${value.slice(0, 19)}.000Z` : `${value.slice(0, -6).slice(0, 23).padEnd(23, '0')}Z`;
  }
  const date = new Date(value);
  return Number.isNaN(date.getTime())
    ? refuse('DateTime cannot represent a value that is not an instant.')
    : date.toISOString();
}

function readInstant(value: unknown): Date {
  if (typeof value !== 'string' || !instant.test(value) || !isDay(value)) {
    return refuse('DateTime is an RFC 3339 instant with its offset, as `2026-06-01T09:00:00+08:00`.');
  }
  return new Date(value);
}

function readDay(value: unknown): string {
  if (typeof value !== 'string' || !localDate.test(value) || !isDay(value)) {
    return refuse('LocalDate is a day of the calendar, as `2026-06-01`.');
  }
  return value;
}

function readTime(value: unknown): string {
  if (typeof value !== 'string' || !localTime.test(value)) {
    return refuse('LocalTime is a time of day of 24 hours, as `09:30` or `09:30:00`.');
  }
  return value.length === 5 ? `${value}:00` : value;
}

const writeText =
  (name: string, length: number) =>
  (value: unknown): string =>
    typeof value === 'string' ? value.slice(0, length) : refuse(`${name} cannot represent a value that is not text.`);

export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'An instant: RFC 3339 with an offset, as `2026-06-01T09:00:00+08:00`. It is answered in UTC with milliseconds, as `2026-06-01T01:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: writeInstant,
  parseValue: readInstant,
  parseLiteral: literal(readInstant),
});

export const LocalDate = new GraphQLScalarType<string, string>({
  name: 'LocalDate',
  description: 'A day of the calendar without a time zone, as `2026-06-01`; where a zone matters it is the clinic’s.',
  serialize: writeText('LocalDate', 10),
  parseValue: readDay,
  parseLiteral: literal(readDay),
});

export const LocalTime = new GraphQLScalarType<string, string>({
  name: 'LocalTime',
  description:
    'A time of day of 24 hours in the clinic’s time zone, as `09:30:00`; seconds may be left out of an input.',
  serialize: writeText('LocalTime', 8),
  parseValue: readTime,
  parseLiteral: literal(readTime),
});

/** Code points that a string of a request may have, unless a caller of `guardStrings` says otherwise. */
export const longestString = 10_000;
const deepest = 64;
const notText = /[\0\p{Surrogate}]/u;

/**
 * Refuses strings that PostgreSQL or a reader cannot take: U+0000, lone surrogates, and more than 10,000 code points.
 * For the variables of a request, at any depth; BAD_USER_INPUT with `field` as `input.name`. A built-in String or ID
 * has no such check, and one that only some scalars had would be forgotten in the next input type.
 */
export function guardStrings(value: unknown, path = '', depth = 0): void {
  if (typeof value === 'string') return guardString(value, path);
  if (typeof value !== 'object' || value === null) return;
  if (depth === deepest) throw badInput(path, `A value lies deeper than ${deepest} levels.`);
  for (const key in value) {
    guardStrings((value as Record<string, unknown>)[key], path ? `${path}.${key}` : key, depth + 1);
  }
}

/** The same for the strings that a document itself contains; once for a document, not for a request. */
export function guardLiterals(document: DocumentNode): void {
  visit(document, { StringValue: ({ value }) => guardString(value, '') });
}

function guardString(value: string, path: string): void {
  const what = path ? `\`${path}\`` : 'A string';
  if (notText.test(value))
    throw badInput(path, `${what} contains U+0000 or half of a surrogate pair: it is not Unicode text.`);
  if (value.length > longestString && [...value].length > longestString) {
    throw badInput(path, `${what} is longer than ${longestString.toLocaleString('en')} characters.`);
  }
}
