import { ReferenceKind, type EntityMetadata, type EntityProperty, type MikroORM } from '@mikro-orm/postgresql';
import { patientTable } from '../database/refusals.ts';
import type { Class } from '../plugin.ts';

/** What a column holds, as far as reading it makes a difference. */
export type ColumnKind = 'uuid' | 'instant' | 'day' | 'integer' | 'number' | 'boolean' | 'text' | 'other';

export interface Column {
  /** Quoted, without the table. */
  readonly sql: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
}

/** A stored relation to one other thing. */
export interface Relation {
  readonly property: string;
  /** The foreign key, and the name under which a computed field finds it: `patientId`. */
  readonly column: Column;
  readonly keyName: string;
  readonly target: Class;
}

export interface Table {
  readonly class: Class;
  /** Quoted. */
  readonly name: string;
  /** By property; a foreign key is there as `patient` and as `patientId`. */
  readonly columns: ReadonlyMap<string, Column>;
  readonly relations: ReadonlyMap<string, Relation>;
  /** The primary key without the clinic. */
  readonly key: readonly { readonly property: string; readonly column: Column }[];
  /** The column that names the clinic, where the table has one. */
  readonly clinic: Column | undefined;
  /** The column that names the patient whom a row is about, which in the table of patients is the key. */
  readonly patient: Column | undefined;
}

/** Tables by class, from the metadata of MikroORM; nothing here is kept by hand. */
export class Catalog {
  readonly #tables = new Map<Class, Table>();

  constructor(orm: Pick<MikroORM, 'getMetadata'>) {
    for (const meta of orm.getMetadata().getAll().values()) {
      if (meta.tableName && meta.class && !meta.embeddable) this.#tables.set(meta.class as Class, tableOf(meta));
    }
  }

  find(type: Class): Table | undefined {
    return this.#tables.get(type);
  }

  get(type: Class): Table {
    const table = this.#tables.get(type);
    if (!table) throw new Error(`'${type.name}' is read, but no plugin lists it in its entities.`);
    return table;
  }

  [Symbol.iterator](): IterableIterator<Table> {
    return this.#tables.values();
  }
}

function tableOf(meta: EntityMetadata): Table {
  const columns = new Map<string, Column>();
  const relations = new Map<string, Relation>();
  for (const property of Object.values(meta.properties) as EntityProperty[]) {
    const column = columnOf(property);
    if (!column) continue;
    columns.set(property.name, column);
    if (property.kind === ReferenceKind.SCALAR) continue;
    const keyName = `${property.name}Id`;
    columns.set(keyName, column);
    relations.set(property.name, {
      property: property.name,
      column,
      keyName,
      target: property.targetMeta!.class as Class,
    });
  }
  const named = (name: string): Column | undefined => [...columns.values()].find(({ sql }) => sql === name);
  const clinic = named('"clinic_id"');
  const patient = meta.tableName === patientTable ? columns.get('id') : named('"patient_id"');
  const key = meta.primaryKeys
    .map(property => ({ property: property as string, column: columns.get(property as string)! }))
    .filter(({ column }) => column !== clinic);
  const name = [meta.schema, meta.tableName]
    .filter(part => part && part !== '*')
    .map(part => quote(part!))
    .join('.');
  return { class: meta.class as Class, name, columns, relations, key, clinic, patient };
}

/** The column of a stored property: a scalar, or a relation that this side holds by one foreign key. */
function columnOf(property: EntityProperty): Column | undefined {
  const { kind, fieldNames, persist, formula, owner, nullable = false } = property;
  const stored =
    kind === ReferenceKind.SCALAR || kind === ReferenceKind.MANY_TO_ONE || (kind === ReferenceKind.ONE_TO_ONE && owner);
  if (!stored || persist === false || formula || fieldNames?.length !== 1) return undefined;
  return { sql: quote(fieldNames[0]!), kind: kindOf(property.columnTypes?.[0] ?? ''), nullable };
}

function kindOf(columnType: string): ColumnKind {
  if (columnType === 'uuid') return 'uuid';
  if (columnType.startsWith('timestamp')) return 'instant';
  if (columnType === 'date') return 'day';
  if (columnType === 'boolean') return 'boolean';
  if (/^(int|integer|int4|smallint|int2)$/.test(columnType)) return 'integer';
  if (/^(text|varchar|character varying)\b/.test(columnType)) return columnType.endsWith(']') ? 'other' : 'text';
  return /^(int8|bigint|numeric|decimal|real|double|float)/.test(columnType) ? 'number' : 'other';
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
