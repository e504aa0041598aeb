import type { GraphQLObjectType } from 'graphql';
import { RapportError } from '../errors.ts';
import type { Class } from '../plugin.ts';
import type { Table } from './catalog.ts';
import type { ListQuery } from './list-query.ts';
import type { List } from './list.ts';
import { objectTypeOf, type Shaping } from './shape.ts';
import type { Hole } from './template.ts';
import { columnOf } from './where.ts';

export interface Planning extends Shaping {
  queryOf(list: List<any>): ListQuery;
}

/** A table in the statement, and the GraphQL type that its rows are shown as. */
export interface Source {
  readonly type: GraphQLObjectType;
  readonly table: Table;
  readonly alias: string;
}

const mostSources = 200;

/** A statement that is being written: its tables, and where it depends on the request. Its first parameter is the clinic. */
export class Draft {
  readonly holes: Hole[] = [];
  readonly #planning: Planning;
  #aliases = 0;
  #aboutPatients = false;

  constructor(planning: Planning) {
    this.#planning = planning;
  }

  source(type: Class, as = objectTypeOf(this.#planning.schema, type)): Source {
    // Fragments can make a short document say more than anyone can answer.
    if (this.#aliases === mostSources) {
      throw new RapportError('QUERY_TOO_COMPLEX', `One field asks for more than ${mostSources} lists and relations.`);
    }
    const table = this.#planning.catalog.get(type);
    if (table.patient) this.#aboutPatients = true;
    return { type: as, table, alias: `_${this.#aliases++}` };
  }

  /** Whether a row that is read may be about a patient. */
  get aboutPatients(): boolean {
    return this.#aboutPatients;
  }

  hole(hole: Hole): number {
    return this.holes.push(hole) - 1;
  }
}

export const fromSql = (source: Source): string => ` from ${tableSql(source)}${whereSql(source)}`;

export const tableSql = ({ table, alias }: Source): string => `${table.name} ${alias}`;

/** The clinic is demanded here, and by row-level security once more. */
export const whereSql = ({ table, alias }: Source): string =>
  ` where ${table.clinic ? `${alias}.${table.clinic.sql} = $1` : '$1::uuid is not null'}`;

/** Those that point at the parent. */
export function linkSql({ table, alias }: Source, inverse: string, parent: Source): string {
  return ` and ${alias}.${columnOf(table, inverse).sql} = ${parent.alias}.${keyOf(parent.table)}`;
}

export function keyOf({ key: [first, ...more], name }: Table): string {
  if (!first || more.length > 0)
    throw new Error(`${name} is related to other things, for which it needs a key of one column.`);
  return first.column.sql;
}
