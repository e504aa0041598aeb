import type { Clock } from '../../api/clock.ts';

/** A clock that stands still until it is set or advanced. */
export interface TestClock extends Clock {
  set(instant: Date | string): void;
  /** Milliseconds, or a part of a day as `{ days: 3, hours: 1, minutes: 30 }`. */
  advance(by: number | { days?: number; hours?: number; minutes?: number; seconds?: number }): void;
}

export function createTestClock(start: Date | string): TestClock {
  let now = new Date(start);
  return {
    now: () => new Date(now),
    set: instant => (now = new Date(instant)),
    advance: by => (now = new Date(now.getTime() + milliseconds(by))),
  };
}

function milliseconds(by: Parameters<TestClock['advance']>[0]): number {
  if (typeof by === 'number') return by;
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = by;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
