import { DateTime } from 'luxon';

/** Why a row is refused, and by which of its columns. */
export class BadRow extends Error {
  readonly code: string;
  readonly column?: string;

  constructor(code: string, message: string, column?: string) {
    super(message);
    this.code = code;
    this.column = column;
  }
}

const longestText = 2_000;

/** The cells of one row by column, read as what they must be. Each method throws `BadRow`, which names the column. */
export class Row {
  readonly line: number;
  readonly #values: ReadonlyMap<string, string>;

  constructor(line: number, values: ReadonlyMap<string, string>) {
    this.line = line;
    this.#values = values;
  }

  /** Trimmed; undefined for an empty cell. */
  optional(column: string): string | undefined {
    const value = this.#values.get(column)?.trim();
    if (value === undefined || value === '') return undefined;
    if (value.includes('\0')) throw this.#bad(column, 'contains a NUL character');
    if (value.length > longestText) throw this.#bad(column, `is longer than ${longestText} characters`);
    return value;
  }

  text(column: string): string {
    const value = this.optional(column);
    if (value === undefined) throw this.#bad(column, 'is empty');
    return value;
  }

  integer(column: string, { least, most }: { least: number; most: number }): number {
    const text = this.text(column);
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < least || value > most) {
      throw this.#bad(column, `is not a whole number from ${least} to ${most}`);
    }
    return value;
  }

  /** One of the words that the other system writes, as the word that we write. */
  choice<T>(column: string, words: Readonly<Record<string, T>>): T {
    const text = this.text(column);
    if (!Object.hasOwn(words, text)) throw this.#bad(column, `is none of ${Object.keys(words).join(', ')}`);
    return words[text]!;
  }

  /** A day as `2016-04-29`; of an instant at midnight UTC its date. `format` as luxon has it, as `d/M/yyyy`. */
  day(column: string, format?: string): string {
    const text = this.text(column);
    const day = format
      ? DateTime.fromFormat(text, format, { zone: 'utc' })
      : /^\d{4}-\d\d-\d\d(T00:00:00(\.0+)?Z)?$/.test(text)
        ? DateTime.fromISO(text.slice(0, 10), { zone: 'utc' })
        : undefined;
    if (!day?.isValid || day.year < 1850 || day.year > 2200) throw this.#bad(column, 'is not a day, as 2016-04-29');
    return day.toISODate();
  }

  /** An instant. One without an offset, or read by `format`, is local time of `zone`. */
  instant(column: string, { format, zone = 'utc' }: { format?: string; zone?: string } = {}): Date {
    const text = this.text(column);
    const instant = format ? DateTime.fromFormat(text, format, { zone }) : DateTime.fromISO(text, { zone });
    const isWhole = format !== undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text);
    if (!instant.isValid || !isWhole || instant.year < 1850 || instant.year > 2200) {
      throw this.#bad(column, 'is not an instant, as 2016-04-29T18:38:08Z');
    }
    return instant.toJSDate();
  }

  #bad(column: string, what: string): BadRow {
    return new BadRow('BAD_VALUE', `${column} ${what}.`, column);
  }
}
