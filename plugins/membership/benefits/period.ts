import { DateTime } from 'luxon';
import type { BenefitPeriod } from './words.ts';

/** Which one a day is in, as `2026-Q2`, and the last day of it; both null for what is given once. */
export interface Period {
  readonly name: string | null;
  readonly lastDay: string | null;
}

const formats = { YEAR: 'yyyy', QUARTER: "yyyy-'Q'q", MONTH: 'yyyy-MM' } as const;

export function periodOf(kind: BenefitPeriod, day: string): Period {
  if (kind === 'ONCE') return { name: null, lastDay: null };
  const date = DateTime.fromISO(day);
  const unit = kind === 'YEAR' ? 'year' : kind === 'QUARTER' ? 'quarter' : 'month';
  return { name: date.toFormat(formats[kind]), lastDay: date.endOf(unit).toISODate() };
}

export const daysAfter = (day: string, days: number): string => DateTime.fromISO(day).plus({ days }).toISODate()!;
