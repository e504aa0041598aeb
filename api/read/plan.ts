import { getNamedType, type GraphQLObjectType } from 'graphql';
import type { Class } from '../plugin.ts';
import type { Relation } from './catalog.ts';
import { Draft, fromSql, keyOf, linkSql, type Planning, type Source } from './draft.ts';
import { nestedHole, pageHole, plainHole, plainSql, rowHole } from './hole.ts';
import type { List, Related } from './list.ts';
import { reviveRow, reviveRows, type Revive } from './revive.ts';
import type { Merged } from './selection.ts';
import { pagingOf, shapeOf, type Paging, type Part, type Shape } from './shape.ts';
import { Template, type Piece } from './template.ts';
import { columnOf } from './where.ts';

/** SQL, and what must be done to its answer. */
interface Planned {
  readonly pieces: readonly Piece[];
  readonly revive: Revive | undefined;
}

/** Turns what is selected below one field into one SQL statement. */
export class Planner {
  readonly #planning: Planning;
  readonly #draft: Draft;

  constructor(planning: Planning) {
    this.#planning = planning;
    this.#draft = new Draft(planning);
  }

  one(type: Class, selections: readonly Merged[]): Template {
    const source = this.#draft.source(type);
    const hole = this.#draft.hole(rowHole(source));
    const { pieces, revive } = this.#rows(source, selections, [[hole, 'rows'], ' limit 1']);
    return this.#template(['select row_to_json(_j)::text from (', ...pieces, ') _j'], revive);
  }

  all(type: Class, selections: readonly Merged[]): Template {
    const source = this.#draft.source(type);
    const hole = this.#draft.hole(plainHole(source));
    const { pieces, revive } = this.#rows(source, selections, [[hole, 'rows']]);
    return this.#template(['select json_agg(_j)::text from (', ...pieces, ') _j'], revive && reviveRows(revive));
  }

  page(list: List<any>, connection: GraphQLObjectType, selections: readonly Merged[]): Template {
    const query = this.#planning.queryOf(list);
    const paging = pagingOf(connection, selections, this.#planning);
    const source = this.#draft.source(list.type(), paging.type);
    const { pieces, revive } = this.#page(
      source,
      paging,
      this.#draft.hole(pageHole(query, { ...source, more: paging.more })),
      '',
    );
    return this.#template(['select ', ...pieces, '::text'], revive);
  }

  #template(pieces: readonly Piece[], revive: Revive | undefined): Template {
    return new Template(pieces, this.#draft, revive);
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
    const source = this.#draft.source(relation.type());
    const link = linkSql(source, relation.inverse, parent);
    if (relation.kind === 'one') return oneOf(this.#rows(source, selections, [link, ' limit 1']));
    return allOf(this.#rows(source, selections, [link, plainSql(source, relation.orderBy, relation.limit)]));
  }

  #toOne({ target, column }: Relation, { field, selections }: Part, parent: Source): Planned {
    const source = this.#draft.source(target, getNamedType(field.type) as GraphQLObjectType);
    const link = ` and ${source.alias}.${keyOf(source.table)} = ${parent.alias}.${column.sql}`;
    return oneOf(this.#rows(source, selections, [link]));
  }

  #nestedPage({ list, inverse }: Related & { kind: 'page' }, { field, selections }: Part, parent: Source): Planned {
    const query = this.#planning.queryOf(list());
    const paging = pagingOf(getNamedType(field.type) as GraphQLObjectType, selections, this.#planning);
    const source = this.#draft.source(list().type(), paging.type);
    const hole = this.#draft.hole(nestedHole(query, { ...source, more: paging.more }, field, selections[0]![0]!));
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
