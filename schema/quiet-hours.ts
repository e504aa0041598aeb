import { DateTime } from 'luxon';

/** From one time of day to another, over midnight where the first is the later one: `21:00` to `08:00`. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

/** When the quiet hours that hold at this instant are over, by the calendar of the zone; undefined outside of them. */
export function quietUntil(instant: Date, { from, to }: QuietHours, zone: string): Date | undefined {
  const local = DateTime.fromJSDate(instant, { zone });
  const time = `${twoDigits(local.hour)}:${twoDigits(local.minute)}`;
  const overMidnight = from > to;
  const isQuiet = overMidnight ? time >= from || time < to : time >= from && time < to;
  if (!isQuiet) return undefined;
  const day = overMidnight && time >= from ? local.plus({ days: 1 }) : local;
  const [hour, minute] = to.split(':').map(Number);
  return day.set({ hour, minute, second: 0, millisecond: 0 }).toJSDate();
}

const twoDigits = (number: number): string => String(number).padStart(2, '0');
