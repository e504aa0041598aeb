import { DateTime } from 'luxon';

/** The lowest age of each band, in years; the last band has no end. */
export const ageBandStarts = [0, 18, 35, 50, 65] as const;

/** As `18-34`, `65+`: the key of a band by its place in `ageBandStarts`. */
export const ageBands: readonly string[] = ageBandStarts.map((start, band) => {
  const next = ageBandStarts[band + 1];
  return next === undefined ? `${start}+` : `${start}-${next - 1}`;
});

/** Age in full years at an instant, by the calendar of `zone`. Who was born on 29 February has a birthday on 1 March. */
export function ageOn(birthDate: string, instant: Date, zone: string): number {
  const { year, month, day } = DateTime.fromJSDate(instant, { zone });
  const [birthYear, birthMonth, birthDay] = birthDate.split('-').map(Number) as [number, number, number];
  const birthdayIsOver = month > birthMonth || (month === birthMonth && day >= birthDay);
  return year - birthYear - (birthdayIsOver ? 0 : 1);
}

export function ageBandOf(age: number): string {
  return ageBands[ageBandStarts.findLastIndex(start => age >= start)] ?? ageBands[0]!;
}
