import { DateTime } from 'luxon';

/** The calendar day of an instant in a clinic's time zone: `2026-06-01`. */
export const dayOf = (instant: Date, zone: string): string => DateTime.fromJSDate(instant, { zone }).toISODate()!;

/** Days from one instant to another by the clinic's calendar: 0 on the same day, whatever the hours; never negative. */
export function leadDays(from: Date, to: Date, zone: string): number {
  const day = (instant: Date) => DateTime.fromJSDate(instant, { zone }).startOf('day');
  return Math.max(0, Math.round(day(to).diff(day(from), 'days').days));
}
