import { badInput } from '../errors.ts';
import { Beside } from './beside.ts';
import type { Column, Table } from './catalog.ts';
import type { RelationOf } from './row.ts';

/** `from` is inclusive, `to` is exclusive. */
export interface Range<V> {
  readonly from?: V | null;
  readonly to?: V | null;
}

type Plain<V> = V extends { id: string } ? string : V;

/** Equal, any of, within a range, empty (`null`), or not one of these. */
export type Condition<V> = V | null | readonly V[] | Range<V> | { readonly not: V | null | readonly V[] };

/** Conditions by property; a relation is compared by id, under its own name or as `patientId`. */
export type Conditions<T> = {
  readonly [K in keyof T as T[K] extends (...rest: any[]) => unknown ? never : K]?: Condition<Plain<NonNullable<T[K]>>>;
} & { readonly [K in RelationOf<T> as `${K}Id`]?: Condition<string> };

/** Which rows: conditions that all hold, a predicate of your own by `sql`, `either(...)`, or a list of which all hold. */
export type Where<T> = Conditions<T> | Sql | Either<T> | readonly Where<T>[];

/** A piece of SQL whose values go to PostgreSQL as parameters. Made by `sql`. */
export class Sql {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];

  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings;
    this.values = values;
  }
}

class Either<T> {
  readonly of: readonly Where<T>[];

  constructor(of: readonly Where<T>[]) {
    this.of = of;
  }
}

const row = Symbol('the row in question');
const besides = Symbol('the tables that are read beside the row');

/**
 * A predicate in SQL, for what conditions cannot say. `${sql.row}` is the alias of the row's table, another `sql` is
 * put in its place, and every other value is a parameter: cast it where PostgreSQL cannot tell its type.
 *
 *     sql`exists (select 1 from contact_point c where c.clinic_id = ${sql.row}.clinic_id
 *                 and c.patient_id = ${sql.row}.id and c.value = ${phone})`
 */
export const sql: Tag = Object.assign(
  (strings: TemplateStringsArray, ...values: unknown[]) => new Sql(strings, values),
  {
    row,
    besides,
  },
);

type Tag = ((strings: TemplateStringsArray, ...values: unknown[]) => Sql) & {
  readonly row: symbol;
  /** In a statement for `select`, behind the table of the row: where what was made by `beside` is joined. */
  readonly besides: symbol;
};

/** The joins of all that a piece of SQL reads beside the row; empty if it reads nothing so. */
export function joinsOf(piece: Sql, alias: string): string {
  const joins = new Map<string, string>();
  const collect = ({ values }: Sql): void => {
    for (const value of values) {
      if (value instanceof Sql) collect(value);
      if (value instanceof Beside) joins.set(value.alias, value.joinedTo(alias));
    }
  };
  collect(piece);
  return [...joins.values()].join(' ');
}

/** At least one of these holds. */
export const either = <T>(...of: Where<T>[]): Either<T> => new Either(of);

/** What a predicate is written against: the table, its alias, and the statement's parameters, which grow. */
export interface Target {
  readonly table: Table;
  readonly alias: string;
  readonly parameters: (string | null)[];
}

/** SQL of the predicate, in parentheses where needed. Properties that are not columns are a mistake of the author. */
export function predicateOf<T>(where: Where<T>, target: Target): string {
  if (where instanceof Sql) return ownPredicate(where, target);
  if (where instanceof Either) return joined(where.of, ' or ', 'false', target);
  if (Array.isArray(where)) return joined(where, ' and ', 'true', target);
  const parts: string[] = [];
  for (const property in where) {
    parts.push(conditionOf(columnOf(target.table, property), (where as Record<string, unknown>)[property], target));
  }
  return parts.length === 0 ? 'true' : parts.join(' and ');
}

/**
 * Whether PostgreSQL's plan can be the same whatever is compared with: ids are spread evenly, and a range of the column that
 * sorts first is read from the index of the order. Of anything else a rare value may want another plan than a common one.
 */
export function isSteady<T>(where: Where<T>, table: Table, leading?: Column): boolean {
  if (where instanceof Sql) return false;
  const among = where instanceof Either ? where.of : Array.isArray(where) ? where : undefined;
  if (among) return among.every(one => isSteady(one, table, leading));
  return Object.keys(where).every(property => {
    const column = columnOf(table, property);
    return column.kind === 'uuid' || column === leading;
  });
}

function joined<T>(of: readonly Where<T>[], word: string, none: string, target: Target): string {
  if (of.length === 0) return none;
  return `(${of.map(one => predicateOf(one, target)).join(word)})`;
}

// A list has no place for joins: what is read beside its rows is looked up once for each of them.
function ownPredicate(where: Sql, target: Target): string {
  const joins = joinsOf(where, target.alias);
  const holds = fragmentOf(where, target);
  return joins === '' ? `(${holds})` : `exists (select 1 from (select 1) one ${joins} where ${holds})`;
}

function fragmentOf({ strings, values }: Sql, target: Target): string {
  let text = strings[0]!;
  for (const [index, value] of values.entries()) text += valueOf(value, target) + strings[index + 1]!;
  return text;
}

function valueOf(value: unknown, target: Target): string {
  if (value === row) return target.alias;
  if (value instanceof Beside) return value.alias;
  return value instanceof Sql ? fragmentOf(value, target) : parameter(value, target);
}

/** Adds a parameter and answers its placeholder. */
export function parameter(value: unknown, { parameters }: Pick<Target, 'parameters'>): string {
  return `$${parameters.push(encode(value))}`;
}

export function columnOf(table: Table, property: string): Column {
  const column = table.columns.get(property);
  if (!column) throw new Error(`${table.name} has no column for '${property}'.`);
  return column;
}

function conditionOf(column: Column, condition: unknown, target: Target): string {
  const left = `${target.alias}.${column.sql}`;
  // A condition that got lost must not turn `this patient` into `any patient`.
  if (condition === undefined)
    throw new Error(`A condition on ${left} is undefined: leave it out, or compare with null.`);
  if (condition === null) return `${left} is null`;
  if (Array.isArray(condition)) return anyOf(left, column, condition, target);
  if (typeof condition !== 'object' || condition instanceof Date) return equal(left, column, condition, target);
  if ('not' in condition) return `(${conditionOf(column, condition.not, target)}) is not true`;
  if ('id' in condition) return equal(left, column, condition.id, target);
  return within(left, condition, target);
}

// No row has a malformed id, so it is answered as an unknown one, not as an error of the database.
const uuid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const possible = (column: Column, value: unknown): boolean =>
  column.kind !== 'uuid' || (typeof value === 'string' && uuid.test(value));

function equal(left: string, column: Column, value: unknown, target: Target): string {
  return possible(column, value) ? `${left} = ${parameter(value, target)}` : 'false';
}

function anyOf(left: string, column: Column, values: readonly unknown[], target: Target): string {
  return `${left} = any(${parameter(
    values.filter(value => possible(column, value)),
    target,
  )})`;
}

function within(left: string, { from, to }: Range<unknown>, target: Target): string {
  const parts = [
    ...(from == null ? [] : [`${left} >= ${parameter(from, target)}`]),
    ...(to == null ? [] : [`${left} < ${parameter(to, target)}`]),
  ];
  return parts.length === 0 ? 'true' : parts.join(' and ');
}

/** A value as PostgreSQL reads it from text. */
export function encode(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `{${value.map(element).join(',')}}`;
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw badInput('', 'A number is not finite.');
  return String(value);
}

function element(value: unknown): string {
  const text = encode(value);
  return text === null ? 'null' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
