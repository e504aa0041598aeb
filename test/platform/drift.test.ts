import { ReferenceKind, type EntityMetadata, type EntityProperty } from '@mikro-orm/postgresql';
import pg from 'pg';
import { connect } from '../../api/database/connect.ts';
import type { Database } from '../../api/database/database.ts';
import { installedPlugins } from '../../scripts/installed.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';

// Entities and migrations are written by hand, each for its own purpose. This holds the one to the other.

interface StoredColumn {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly required: boolean;
  /** Whether an insert may leave it out. */
  readonly filled: boolean;
}

interface StoredKey {
  readonly table: string;
  readonly columns: string[];
  readonly target: string | null;
  readonly targetColumns: string[] | null;
}

const columnsText = `
  select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
    a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' or not a.attnotnull as filled
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped`;

const names = (keys: string, table: string): string =>
  `(select array_agg(a.attname::text order by n) from unnest(${keys}) with ordinality as u (attnum, n)
    join pg_attribute a on a.attrelid = ${table} and a.attnum = u.attnum)`;

const keysText = `
  select conrelid::regclass::text as table, ${names('conkey', 'conrelid')} as columns,
    case contype when 'f' then confrelid::regclass::text end as target, ${names('confkey', 'confrelid')} as "targetColumns"
  from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'f')`;

let clone: ClonedDatabase;
let database: Database;
let columns: StoredColumn[];
let keys: StoredKey[];
let entities: EntityMetadata[];

beforeAll(async () => {
  const plugins = await installedPlugins();
  clone = await cloneDatabase(plugins);
  database = await connect({ url: clone.url, plugins });
  entities = [...database.orm.getMetadata().getAll().values()].filter(meta => meta.tableName && !meta.embeddable);
  const client = new pg.Client({ connectionString: clone.url });
  await client.connect();
  columns = (await client.query<StoredColumn>(columnsText)).rows;
  keys = (await client.query<StoredKey>(keysText)).rows;
  await client.end();
});

afterAll(async () => {
  await database?.close();
  await clone?.drop();
});

interface MappedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly property: EntityProperty;
}

const mapped = (meta: EntityMetadata): MappedColumn[] =>
  meta.props
    .filter(property => property.persist !== false && !property.formula && property.fieldNames?.length > 0)
    .filter(({ kind, owner }) => kind !== ReferenceKind.ONE_TO_MANY && (kind !== ReferenceKind.ONE_TO_ONE || owner))
    .flatMap(property =>
      property.fieldNames.map((name, at) => ({
        table: meta.tableName,
        name,
        type: property.columnTypes[at]!,
        property,
      })),
    );

const stored = ({ table, name }: MappedColumn): StoredColumn | undefined =>
  columns.find(column => column.table === table && column.column === name);

const all = (): MappedColumn[] => entities.flatMap(mapped);
const nameOf = ({ table, name }: MappedColumn): string => `${table}.${name}`;

/** PostgreSQL's full name of a type that MikroORM abbreviates, without a precision that the database does not state. */
const fullType = (type: string): string => {
  const [, base = '', arguments_ = '', array = ''] = /^([^([]+?)\s*(\(.*?\))?(\[\])?$/.exec(type.toLowerCase()) ?? [];
  const full = {
    int: 'integer',
    int4: 'integer',
    int2: 'smallint',
    int8: 'bigint',
    bool: 'boolean',
    char: 'character',
    varchar: 'character varying',
  };
  if (base === 'timestamptz') return `timestamp with time zone${array}`;
  if (base === 'time') return `time without time zone${array}`;
  return `${full[base as keyof typeof full] ?? base}${arguments_}${array}`;
};

test('there are entities to compare', () => {
  expect(entities.length).toBeGreaterThan(10);
});

test('each mapped column is stored', () => {
  expect(
    all()
      .filter(column => !stored(column))
      .map(nameOf),
  ).toEqual([]);
});

test('each mapped column has the type that is stored', () => {
  const wrong = all().filter(column => stored(column) && stored(column)!.type !== fullType(column.type));
  expect(wrong.map(column => `${nameOf(column)} is ${stored(column)!.type}, mapped as ${column.type}`)).toEqual([]);
});

test('a column may be null where its property may', () => {
  const wrong = all().filter(
    column => stored(column) && stored(column)!.required === Boolean(column.property.nullable),
  );
  expect(wrong.map(column => `${nameOf(column)} is ${stored(column)!.required ? '' : 'not '}required`)).toEqual([]);
});

test('an entity maps every column that an insert must fill', () => {
  const tables = new Map(entities.map(meta => [meta.tableName, new Set(mapped(meta).map(({ name }) => name))]));
  const missing = columns.filter(
    ({ table, column, filled }) => !filled && tables.has(table) && !tables.get(table)!.has(column),
  );
  expect(
    missing.map(({ table, column }) => `${table}.${column}`).filter(name => !readOnly.has(name.split('.')[0]!)),
  ).toEqual([]);
});

/** Tables that the runtime does not insert into through an entity: their entities show less than is stored. */
const readOnly = new Set(['clinic', 'user_account', 'delivery', 'outbox', 'event_handling', 'job']);

test('the primary key is the clinic and the key of the entity', () => {
  for (const meta of entities) {
    const key = keys.find(({ table, target }) => table === meta.tableName && target === null);
    const own = meta.primaryKeys.flatMap(name => meta.properties[name as never]['fieldNames'] as string[]);
    const expected = columns.some(({ table, column }) => table === meta.tableName && column === 'clinic_id');
    expect([meta.tableName, key?.columns.toSorted()]).toEqual([
      meta.tableName,
      [...(expected ? ['clinic_id'] : []), ...own].toSorted(),
    ]);
  }
});

test('a relation is a foreign key to the table of its entity, within the clinic', () => {
  const relations = all().filter(column => column.property.targetMeta && !unbound.has(nameOf(column)));
  expect(relations.length).toBeGreaterThan(10);
  for (const { table, name, property } of relations) {
    const target = property.targetMeta!.tableName;
    const found = keys.filter(key => key.table === table && key.target === target && key.columns.includes(name));
    const shared = ['clinic', 'user_account'].includes(target);
    expect([`${table}.${name}`, found.map(key => [key.columns, key.targetColumns])]).toEqual([
      `${table}.${name}`,
      shared
        ? [[[name], ['id']]]
        : [
            [
              ['clinic_id', name],
              ['clinic_id', 'id'],
            ],
          ],
    ]);
  }
});

/** Written by the platform, which knows no patient, and read by the core, which does. */
const unbound = new Set(['delivery.patient_id']);
