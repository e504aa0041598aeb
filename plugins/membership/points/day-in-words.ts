import { DateTime } from 'luxon';
import type { Locale } from 'clinic-rapport';

/** A day of the calendar in the reader's language: `2026年8月30日`, `August 30, 2026`. */
export const dayIn = (day: string, locale: Locale): string =>
  DateTime.fromISO(day).setLocale(locale).toLocaleString(DateTime.DATE_FULL);
