import { DateTime, Duration } from 'luxon';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const pattern = /^P(?=\d|T\d)(?:\d{1,2}D)?(?:T(?=\d)(?:\d{1,4}H)?(?:\d{1,4}M)?)?$/;
const longest = Duration.fromObject({ days: 60 }).toMillis();

/** How long before an appointment something is due, as an ISO 8601 duration: `P3D`, `PT1H`, `P1DT12H`. */
export type Offset = string;

/** Whole days, hours and minutes; more than nothing and at most 60 days. */
export function isOffset(value: unknown): value is Offset {
  if (typeof value !== 'string' || !pattern.test(value)) return false;
  const length = Duration.fromISO(value).toMillis();
  return length > 0 && length <= longest;
}

/**
 * The instant that lies `offset` before `startsAt`. Days are counted in the calendar of the clinic, so that "a day before
 * 09:00" is 09:00 also when the clocks change in between; hours and minutes are counted as they pass. An hour that the
 * clocks skip moves forward by what they skip.
 */
export function dueAt(startsAt: Date, offset: Offset, timeZone: string): Date {
  return DateTime.fromJSDate(startsAt, { zone: timeZone }).minus(Duration.fromISO(offset)).toJSDate();
}

const parse = (value: unknown): Offset => {
  if (isOffset(value)) return value;
  throw new GraphQLError('An offset is an ISO 8601 duration of days, hours and minutes up to P60D, as P3D or PT1H.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
};

export const OffsetScalar = new GraphQLScalarType<Offset, Offset>({
  name: 'ReminderOffset',
  description:
    'A time before an appointment as an ISO 8601 duration of days, hours and minutes, at most 60 days: `P3D`, `PT1H`. ' +
    'Days are days of the clinic’s calendar, hours are hours.',
  serialize: parse,
  parseValue: parse,
  parseLiteral: node => parse(node.kind === Kind.STRING ? node.value : undefined),
});
