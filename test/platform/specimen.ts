import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** A table as the catalog describes it. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly references: readonly Reference[];
  /** Names of the columns of the primary key. */
  readonly key: readonly string[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** Must be given: not null, without a default. */
  readonly required: boolean;
  /** Texts that checks of the column mention: most are the ones it may hold. */
  readonly texts: readonly string[];
}

/** A foreign key; the column besides the clinic's. */
export interface Reference {
  readonly column: string;
  readonly target: string;
  readonly ofClinic: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

/** All tables of the schema `public`, each after those it refers to. */
export async function readTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select c.relname as name,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'required', a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '',
          'texts', coalesce((select json_agg(m[1]) from pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') m
            where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any(k.conkey)), '[]')))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      coalesce((select json_agg(json_build_object('column', a.attname, 'target', k.confrelid::regclass, 'ofClinic', cardinality(k.conkey) = 2))
        from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = any(k.conkey)
          and (a.attname <> 'clinic_id' or cardinality(k.conkey) = 1)
        where k.conrelid = c.oid and k.contype = 'f'), '[]') as references,
      (select json_agg(a.attname) from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = any(k.conkey)
        where k.conrelid = c.oid and k.contype = 'p') as key
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.oid`);
  return inOrder(rows);
}

function inOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const place = (table: Table, above: readonly Table[] = []): void => {
    if (ordered.includes(table) || above.includes(table)) return;
    for (const { target } of table.references)
      place(
        tables.find(({ name }) => name === target)!,
        [...above, table],
      );
    ordered.push(table);
  };
  for (const table of tables) place(table);
  return ordered;
}

/**
 * Makes valid rows of any table from the catalog alone, so that a new table is attacked without a word about it: what
 * must be given is given, foreign keys point into the same specimen, and where a check refuses a value the next is tried.
 */
export class Specimen {
  readonly clinicId = randomUUID();
  /** By table. */
  readonly rows = new Map<string, Row>();
  /** By column, which of its candidates is in use; by constraint, how many combinations it refused. */
  readonly #chosen = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  constructor(
    readonly name: string,
    private readonly within?: Specimen,
  ) {
    if (within) this.clinicId = within.clinicId;
  }

  /** Inserts a row of the table, by the owner, and remembers it. */
  async add(client: pg.Client, table: Table): Promise<void> {
    for (;;) {
      const row = this.row(table);
      await client.query('savepoint specimen');
      try {
        const { rows } = await client.query<Row>(`${insertOf(table.name, row)} returning *`, Object.values(row));
        this.rows.set(table.name, rows[0]!);
        return;
      } catch (error) {
        await client.query('rollback to savepoint specimen');
        if ((error as pg.DatabaseError).code === '23505' && (await this.#find(client, table))) return;
        await this.#tryOthers(client, table, error as pg.DatabaseError);
      }
    }
  }

  /** What the platform has written of the clinic by itself, where there can be no second, as of the chain of the audit. */
  async #find(client: pg.Client, table: Table): Promise<boolean> {
    const { rows } = await client.query<Row>(`select * from ${table.name} where clinic_id = $1 limit 1`, [
      this.clinicId,
    ]);
    if (rows[0]) this.rows.set(table.name, rows[0]);
    return rows.length > 0;
  }

  /** Another row that would be valid here, with a key of its own. */
  row(table: Table): Row {
    const wanted = table.columns.filter(
      column => column.required || column.name === 'clinic_id' || this.#points(table, column),
    );
    return Object.fromEntries(wanted.map(column => [column.name, this.#value(table, column)]));
  }

  #points(table: Table, column: Column): boolean {
    return (
      column.name === 'patient_id' ||
      table.references.some(reference => reference.column === column.name && column.required)
    );
  }

  #value(table: Table, column: Column): unknown {
    if (table.name === 'clinic' && column.name === 'id') return this.clinicId;
    if (column.name === 'clinic_id') return this.clinicId;
    const reference = table.references.find(({ column: name }) => name === column.name);
    const target = reference?.target ?? (column.name === 'patient_id' ? 'patient' : undefined);
    if (target) return this.rows.get(target)?.['id'] ?? null;
    const candidates = this.#candidates(table, column);
    return candidates[(this.#chosen.get(`${table.name}.${column.name}`) ?? 0) % candidates.length];
  }

  /** The order of the columns is that of time in most tables: a start is before its end. */
  #candidates(table: Table, { name, type, texts }: Column): unknown[] {
    const hour = table.columns.findIndex(column => column.name === name) % 24;
    const at = new Date(Date.UTC(2026, 5, 1, hour));
    if (type.endsWith('[]')) return [[this.name]];
    if (type === 'uuid') return [randomUUID()];
    if (type === 'boolean') return [true, false];
    if (/^(integer|smallint|bigint|numeric|real|double|xid8)/.test(type)) return [1, 10, 30];
    if (type === 'jsonb' || type === 'json')
      return [JSON.stringify({ en: this.name, 'zh-Hant': this.name, 'zh-Hans': this.name })];
    if (type === 'date') return [at.toISOString().slice(0, 10)];
    if (type.startsWith('time without')) return [`${String(hour).padStart(2, '0')}:00`];
    if (type.startsWith('timestamp')) return [at];
    if (/^character\((\d+)\)/.test(type)) return ['TWDTWDTWD'.slice(0, Number(/\d+/.exec(type)![0]))];
    return [...texts, this.name, 'A00', 'en', 'a@clinic.test', '09:00', 'a'.repeat(64)];
  }

  async #tryOthers(client: pg.Client, table: Table, error: pg.DatabaseError): Promise<void> {
    const { rows } = await client.query<{ name: string }>(
      `select a.attname as name from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
       where k.contype = 'c' and k.conrelid = $1::regclass and k.conname = $2
       union all select $3::text where $3::text <> ''`,
      // A trigger that refuses names the column.
      [table.name, error.constraint ?? '', error.column ?? ''],
    );
    const refused = (this.#refused.get(`${table.name}.${error.constraint}`) ?? 0) + 1;
    this.#refused.set(`${table.name}.${error.constraint}`, refused);
    if (error.code !== '23514' || refused > 500) {
      throw new Error(`No valid row of '${table.name}' was found: ${error.message}`, { cause: error });
    }
    // The digits of the count: so every combination of candidates has its turn.
    rows.forEach(({ name }, at) => this.#chosen.set(`${table.name}.${name}`, Math.floor(refused / 12 ** at) % 12));
  }
}

export const insertOf = (table: string, row: Row): string =>
  `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.keys(row)
    .map((_, at) => `$${at + 1}`)
    .join(', ')})`;
