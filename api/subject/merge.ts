import type { PlatformContext } from '../context.ts';
import { conflict } from '../errors.ts';
import type { Context } from '../plugin.ts';
import { renewKey } from '../vault/vault.ts';
import { asPlugin } from '../work/at-work.ts';

/** The columns of a primary key besides those of the clinic and the patient. */
type Key = Readonly<Record<string, unknown>>;

/** Rows of one table that were moved from one patient to another. */
export interface Moved {
  readonly table: string;
  readonly column: string;
  readonly keys: readonly Key[];
}

export interface Merging {
  readonly fromId: string;
  readonly toId: string;
}

/** A column in which a patient is named, of a table whose rows the runtime may change. */
export interface PatientColumn {
  readonly table: string;
  readonly column: string;
  /** Names of the columns of a `Key`. */
  readonly key: readonly string[];
}

export interface MergeOptions {
  /** Tables whose rows follow from others, or say what happened: they stay where they are. */
  readonly leave: readonly string[];
  /** Columns that name a patient without a foreign key, and are called otherwise. */
  readonly beside: readonly { readonly table: string; readonly column: string }[];
}

/**
 * Every column that points at a patient, of the core and of every plugin, by the catalog of the database: no table can be
 * forgotten. What is append only stays beside what it says.
 */
export async function patientColumns({ leave, beside }: MergeOptions, { em }: Context): Promise<PatientColumn[]> {
  return em.execute<PatientColumn[]>(
    `select quote_ident(c.relname) as "table", quote_ident(a.attname) as "column", coalesce((
       select json_agg(quote_ident(k.attname)) from pg_constraint p
       join pg_attribute k on k.attrelid = c.oid and k.attnum = any(p.conkey)
       where p.conrelid = c.oid and p.contype = 'p' and k.attname not in ('clinic_id', a.attname)), '[]') as key
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'patient'
       and c.relname not in (select value from jsonb_array_elements_text(?::jsonb))
       and has_column_privilege(c.oid, a.attnum, 'update')
       and (a.attname = 'patient_id'
         or exists (select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f'
           and f.confrelid = 'patient'::regclass and a.attnum = any(f.conkey) and a.attname <> 'clinic_id')
         or exists (select from jsonb_to_recordset(?::jsonb) as b ("table" text, "column" text)
           where b."table" = c.relname and b."column" = a.attname))
     order by c.oid, a.attnum`,
    [JSON.stringify(leave), JSON.stringify(beside)],
  );
}

/** How many rows point at a patient, by table; only those with any. */
export async function countRows(
  patientId: string,
  columns: readonly PatientColumn[],
  { em, clinicId }: Context,
): Promise<{ table: string; rows: number }[]> {
  const counts: { table: string; rows: number }[] = [];
  for (const { table, column } of columns) {
    const [row] = await em.execute<{ rows: number }[]>(
      `select count(*)::integer as rows from ${table} t where clinic_id = ? and ${column} = ?${onlyOf(table)}`,
      [clinicId, patientId],
    );
    if (row!.rows > 0) counts.push({ table, rows: row!.rows });
  }
  return counts;
}

/**
 * Moves all rows of one patient to another, in the caller's transaction, and has plugins mend what follows from them. A row that
 * the other patient has already, by a unique index, stays where it is. Answers what was moved, for `unmergeSubject`.
 */
export async function mergeSubject(merging: Merging, options: MergeOptions, context: Context): Promise<Moved[]> {
  await context.em.flush();
  const moved: Moved[] = [];
  for (const column of await patientColumns(options, context)) {
    const keys = await move(column, merging, context);
    if (keys.length > 0) moved.push({ table: column.table, column: column.column, keys });
  }
  // What is sealed from now on is sealed with a key that stays when the others are brought back.
  await renewKey(merging.toId, context);
  await tellPlugins(merging, context);
  return moved;
}

/** Brings back what `mergeSubject` has moved, as far as it is there still. Throws CONFLICT where a row cannot be brought back. */
export async function unmergeSubject(merging: Merging, moved: readonly Moved[], context: Context): Promise<void> {
  await context.em.flush();
  for (const rows of moved.toReversed()) {
    const back = await attempt(context, () => bringBack(rows, merging, context));
    if (back === undefined) throw conflict(`Rows of '${rows.table}' were changed since, and cannot be brought back.`);
  }
  await tellPlugins({ fromId: merging.toId, toId: merging.fromId }, context);
}

/** Only mails that wait are moved: of one that was sent it has to stay provable on what it rested. */
const onlyOf = (table: string): string => (table === 'delivery' ? ` and t.state in ('queued', 'claimed')` : '');
const alsoSet = (table: string): string =>
  table === 'delivery' ? `, state = 'queued', claimed_by = null, lease_until = null` : '';

const keyOf = ({ key }: Pick<PatientColumn, 'key'>): string =>
  `jsonb_build_object(${key.map(name => `'${name}', t.${name}`).join(', ')})`;

async function move(of: PatientColumn, merging: Merging, context: Context): Promise<readonly Key[]> {
  const all = await attempt(context, () => moveRows(of, merging, context));
  if (all) return all;
  // Some of them the other patient has already: one by one.
  const moved: Key[] = [];
  for (const key of await keysOf(of, merging.fromId, context)) {
    moved.push(...((await attempt(context, () => moveRows(of, merging, context, key))) ?? []));
  }
  return moved;
}

async function moveRows(
  of: PatientColumn,
  { fromId, toId }: Merging,
  { em, clinicId }: Context,
  key?: Key,
): Promise<Key[]> {
  const { table, column } = of;
  const rows = await em.execute<{ key: Key }[]>(
    `update ${table} t set ${column} = ?${alsoSet(table)} where t.clinic_id = ? and t.${column} = ?${onlyOf(table)}
       ${key ? `and ${keyOf(of)} = ?::jsonb` : ''} returning ${keyOf(of)} as key`,
    [toId, clinicId, fromId, ...(key ? [JSON.stringify(key)] : [])],
  );
  return rows.map(row => row.key);
}

async function keysOf(of: PatientColumn, patientId: string, { em, clinicId }: Context): Promise<Key[]> {
  const rows = await em.execute<{ key: Key }[]>(
    `select ${keyOf(of)} as key from ${of.table} t where t.clinic_id = ? and t.${of.column} = ?${onlyOf(of.table)}`,
    [clinicId, patientId],
  );
  return rows.map(({ key }) => key);
}

/** The keys are read by the table's own types, so that its index is used. */
async function bringBack({ table, column, keys }: Moved, { fromId, toId }: Merging, context: Context): Promise<true> {
  const same = Object.keys(keys[0]!).map(name => ` and t.${name} = k.${name}`);
  await context.em.execute(
    `update ${table} t set ${column} = ?${alsoSet(table)} from jsonb_populate_recordset(null::${table}, ?::jsonb) k
     where t.clinic_id = ? and t.${column} = ?${onlyOf(table)}${same.join('')}`,
    [fromId, JSON.stringify(keys), context.clinicId, toId],
  );
  return true;
}

/** Unique, exclusion and check constraints. */
const clashes: ReadonlySet<unknown> = new Set(['23505', '23P01', '23514']);

/** Undefined where a constraint stands against it, and nothing of it is done then. */
async function attempt<T>({ em }: Context, work: () => Promise<T>): Promise<T | undefined> {
  await em.execute('savepoint merging');
  try {
    const result = await work();
    await em.execute('release savepoint merging');
    return result;
  } catch (error) {
    if (!clashes.has((error as { code?: string }).code)) throw error;
    await em.execute('rollback to savepoint merging');
    return undefined;
  }
}

async function tellPlugins({ fromId, toId }: Merging, context: Context): Promise<void> {
  for (const { name, subjectData } of (context as PlatformContext).platform.plugins) {
    if (subjectData?.merge) await asPlugin(name, () => subjectData.merge!(fromId, toId, context));
  }
  await context.em.flush();
}
