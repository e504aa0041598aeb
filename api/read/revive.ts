import { rowsOf, type Raw } from './page.ts';

/** Makes `Date`s, in place, of the instants that a computed field wants. */
export type Revive = (value: any) => void;

/** Of one row; undefined where there is nothing to do, so that most answers are not walked at all. */
export function reviveRow(
  dates: ReadonlySet<string>,
  parts: readonly (readonly [string, Revive])[],
): Revive | undefined {
  if (dates.size === 0 && parts.length === 0) return undefined;
  return (row: Record<string, any>) => {
    for (const name of dates) if (typeof row[name] === 'string') row[name] = new Date(row[name]);
    for (const [name, revive] of parts) if (row[name]) revive(row[name]);
  };
}

/** Of a list, or of a page as the statement gives it. */
export const reviveRows =
  (revive: Revive): Revive =>
  (raw: Raw) =>
    rowsOf(raw).forEach(revive);
