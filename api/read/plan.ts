import { getNamedType, type GraphQLObjectType } from 'graphql';
import { RapportError } from '../errors.ts';
import type { Class } from '../plugin.ts';
import type { Relation, Table } from './catalog.ts';
import { nestedHole, pageHole, plainHole, plainSql, rowHole } from './hole.ts';
import type { ListQuery } from './list-query.ts';
import type { List, Related } from './list.ts';
import { reviveRow, reviveRows, type Revive } from './revive.ts';
import type { Merged } from './selection.ts';
import { objectTypeOf, pagingOf, shapeOf, type Paging, type Part, type Shape, type Shaping } from './shape.ts';
import { Template, type Hole, type Piece } from './template.ts';
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

/** SQL, and what must be done to its answer. */
interface Planned {
  readonly pieces: readonly Piece[];
  readonly revive: Revive | undefined;
}

const mostSources = 200;

/** Turns what is selected below one field into one SQL statement, whose first parameter is the clinic. */
export class Planner {
  readonly #planning: Planning;
  readonly #holes: Hole[] = [];
  #aliases = 0;

  constructor(planning: Planning) {
    this.#planning = planning;
  }

  one(type: Class, selections: readonly Merged[]): Template {
    const source = this.#sourceOf(type);
    const hole = this.#hole(rowHole(source));
    const { pieces, revive } = this.#rows(source, selections, [[hole, 'rows'], ' limit 1']);
    return this.#template(['select row_to_json(_j)::text from (', ...pieces, ') _j'], revive);
  }

  all(type: Class, selections: readonly Merged[]): Template {
    const source = this.#sourceOf(type);
    const hole = this.#hole(plainHole(source));
    const { pieces, revive } = this.#rows(source, selections, [[hole, 'rows']]);
    return this.#template(['select json_agg(_j)::text from (', ...pieces, ') _j'], revive && reviveRows(revive));
  }

  page(list: List<any>, connection: GraphQLObjectType, selections: readonly Merged[]): Template {
    const query = this.#planning.queryOf(list);
    const paging = pagingOf(connection, selections, this.#planning);
    const source = this.#sourceOf(list.type(), paging.type);
    const { pieces, revive } = this.#page(
      source,
      paging,
      this.#hole(pageHole(query, { ...source, more: paging.more })),
      '',
    );
    return this.#template(['select ', ...pieces, '::text'], revive);
  }

  #template(pieces: readonly Piece[], revive: Revive | undefined): Template {
    return new Template(pieces, this.#holes, revive);
  }

  #sourceOf(type: Class, as = objectTypeOf(this.#planning.schema, type)): Source {
    // Fragments can make a short document say more than anyone can answer.
    if (this.#aliases === mostSources) {
      throw new RapportError('QUERY_TOO_COMPLEX', `One field asks for more than ${mostSources} lists and relations.`);
    }
    return { type: as, table: this.#planning.catalog.get(type), alias: `_${this.#aliases++}` };
  }

  #hole(hole: Hole): number {
    return this.#holes.push(hole) - 1;
  }

  /** `select … from … where …` with the columns and parts that the selections ask for. */
  #rows(source: Source, selections: readonly Merged[], rest: readonly Piece[], keys: readonly Piece[] = []): Planned {
    const shape = shapeOf(source.type, source.table, selections, this.#planning);
    const pieces: Piece[] = [`select ${columnsSql(shape, source)}`];
    const revives: [string, Revive][] = [];
    for (const [name, part] of shape.parts) {
      const planned = this.#part(part, source);
      pieces.push(', ', ...planned.pieces, ` as "${name}"`);
      if (planned.revive) revives.push([name, planned.revive]);
    }
    return { pieces: [...pieces, ...keys, fromSql(source), ...rest], revive: reviveRow(shape.dates, revives) };
  }

  #part(part: Part, parent: Source): Planned {
    const { relation, selections } = part;
    if (!('kind' in relation)) return this.#toOne(relation, part, parent);
    if (relation.kind === 'page') return this.#nestedPage(relation, part, parent);
    const source = this.#sourceOf(relation.type());
    const link = linkSql(source, relation.inverse, parent);
    if (relation.kind === 'one') return oneOf(this.#rows(source, selections, [link, ' limit 1']));
    return allOf(this.#rows(source, selections, [link, plainSql(source, relation.orderBy, relation.limit)]));
  }

  #toOne({ target, column }: Relation, { field, selections }: Part, parent: Source): Planned {
    const source = this.#sourceOf(target, getNamedType(field.type) as GraphQLObjectType);
    const link = ` and ${source.alias}.${keyOf(source.table)} = ${parent.alias}.${column.sql}`;
    return oneOf(this.#rows(source, selections, [link]));
  }

  #nestedPage({ list, inverse }: Related & { kind: 'page' }, { field, selections }: Part, parent: Source): Planned {
    const query = this.#planning.queryOf(list());
    const paging = pagingOf(getNamedType(field.type) as GraphQLObjectType, selections, this.#planning);
    const source = this.#sourceOf(list().type(), paging.type);
    const hole = this.#hole(nestedHole(query, { ...source, more: paging.more }, field, selections[0]![0]!));
    return this.#page(source, paging, hole, linkSql(source, inverse, parent));
  }

  /** Only rows: a list. With a count: an object of both, or of the count alone. */
  #page(source: Source, paging: Paging, hole: number, link: string): Planned {
    const keys: Piece[] = paging.cursors ? [[hole, 'keys']] : [];
    const rows = allOf(this.#rows(source, paging.selections, [link, [hole, 'rows']], keys));
    if (!paging.count) return rows;
    const count: Piece[] = ['(select count(*)', fromSql(source), link, [hole, 'counted'], ')'];
    const asked: Piece[] = paging.rows ? ["'rows', ", ...rows.pieces, ', '] : [];
    return { pieces: ['json_build_object(', ...asked, "'count', ", ...count, ')'], revive: rows.revive };
  }
}

const oneOf = ({ pieces, revive }: Planned): Planned => ({
  pieces: ['(select row_to_json(_j) from (', ...pieces, ') _j)'],
  revive,
});

const allOf = ({ pieces, revive }: Planned): Planned => ({
  pieces: ["(select coalesce(json_agg(_j), '[]') from (", ...pieces, ') _j)'],
  revive: revive && reviveRows(revive),
});

function columnsSql({ columns }: Shape, { table, alias }: Source): string {
  return [...columns].map(([name, property]) => `${alias}.${columnOf(table, property).sql} as "${name}"`).join(', ');
}

/** The clinic is demanded here, and by row-level security once more. */
function fromSql({ table, alias }: Source): string {
  return ` from ${table.name} ${alias} where ${table.clinic ? `${alias}.${table.clinic.sql} = $1` : '$1::uuid is not null'}`;
}

/** Those that point at the parent. */
function linkSql({ table, alias }: Source, inverse: string, parent: Source): string {
  return ` and ${alias}.${columnOf(table, inverse).sql} = ${parent.alias}.${keyOf(parent.table)}`;
}

function keyOf({ key: [first, ...more], name }: Table): string {
  if (!first || more.length > 0)
    throw new Error(`${name} is related to other things, for which it needs a key of one column.`);
  return first.column.sql;
}
