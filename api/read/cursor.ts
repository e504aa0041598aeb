import { badInput } from '../errors.ts';
import type { ColumnKind } from './catalog.ts';
import type { Order } from './order.ts';

const version = 1;

/** Names the place of a row in an order. Opaque to clients: what it contains may change with `version`. */
export function writeCursor({ signature }: Pick<Order, 'signature'>, values: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify([version, signature, ...values])).toString('base64url');
}

/** The sort key values of the place; BAD_USER_INPUT naming `argument` if it is none, or of another order. */
export function readCursor(
  cursor: string,
  { keys, signature }: Order,
  argument: 'after' | 'before',
): (string | null)[] {
  const parts = parse(cursor);
  if (parts?.[0] !== version) throw badInput(argument, `\`${argument}\` is not a cursor of this list.`);
  const [, of, ...values] = parts;
  if (of !== signature) {
    throw badInput(argument, `\`${argument}\` is a cursor of another order; take one from a page of this order.`);
  }
  if (values.length !== keys.length || !values.every((value, index) => fits(value, keys[index]!.column.kind))) {
    throw badInput(argument, `\`${argument}\` is not a cursor of this list.`);
  }
  return values as (string | null)[];
}

function parse(cursor: string): unknown[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : undefined;
  } catch {
    return undefined;
  }
}

// A cursor is not signed: what cannot be a value of the column must not reach PostgreSQL as one.
const patterns: Record<ColumnKind, RegExp> = {
  uuid: /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/,
  instant: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?\+00$/,
  day: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  integer: /^-?\d{1,10}$/,
  number: /^-?\d{1,18}(\.\d{1,30})?$/,
  boolean: /^(true|false)$/,
  text: /^[^\0\p{Surrogate}]*$/u,
  other: /^[^\0\p{Surrogate}]*$/u,
};

function fits(value: unknown, kind: ColumnKind): boolean {
  return value === null || (typeof value === 'string' && patterns[kind].test(value));
}
