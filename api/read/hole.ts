import { getArgumentValues, Kind, type FieldNode, type GraphQLField, type ValueNode } from 'graphql';
import type { ListQuery } from './list-query.ts';
import { orderOf, pairsOf, sortSql, type OrderBy } from './order.ts';
import type { Source } from './draft.ts';
import type { PageArguments } from './page.ts';
import type { Filling, Hole, Request } from './template.ts';
import { isSteady, predicateOf } from './where.ts';

/** Which one row, from the caller's predicate. */
export const rowHole = (source: Source): Hole => ({ fill: request => demanded(source, request) });

/** Which rows of a plain list, in what order and how many at most. */
export const plainHole = (source: Source): Hole => ({
  fill: request => {
    const { orderBy, limit } = request.input;
    const { rows, steady } = demanded(source, request);
    return { rows: `${rows}${plainSql(source, orderBy, limit)}`, steady };
  },
});

const mostRows = 500;

/** `order by` and `limit` of a plain list. */
export function plainSql({ table, alias }: Source, orderBy: OrderBy<any> = {}, limit = mostRows): string {
  if (!Number.isInteger(limit) || limit < 1 || limit > mostRows) {
    throw new Error(`A plain list of ${table.name} needs a limit from 1 to ${mostRows}, not ${limit}.`);
  }
  return ` order by ${sortSql(orderOf(table, pairsOf(orderBy)), alias, false)} limit ${limit}`;
}

function demanded({ table, alias }: Source, { input: { where }, parameters }: Request): Filling {
  if (where === undefined) return { rows: '', steady: true };
  return { rows: ` and ${predicateOf(where, { table, alias, parameters })}`, steady: isSteady(where, table) };
}

/** A source of which pages are read: of `more`, one row beyond the page. */
export interface PagedSource extends Source {
  readonly more: boolean;
}

/** Which page, from the arguments that the resolver was called with. */
export const pageHole = (query: ListQuery, source: PagedSource): Hole => ({
  fill: ({ input: { args = {}, where }, reader, parameters }) =>
    query.fill(args, where, { ...source, reader, parameters }),
});

/** Which page of a nested connection: its arguments are still in the document. */
export function nestedHole(
  query: ListQuery,
  source: PagedSource,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): Hole {
  const varies = (node.arguments ?? []).some(({ value }) => hasVariable(value));
  const fixed = varies ? undefined : (getArgumentValues(field, node) as PageArguments);
  let known: Filling | undefined;
  return {
    fill({ reader, variables, parameters }) {
      if (known) return known;
      const before = parameters.length;
      const args = fixed ?? (getArgumentValues(field, node, variables) as PageArguments);
      const filling = query.fill(args, undefined, { ...source, reader, parameters });
      // Without parameters the text does not depend on what precedes it, and can be kept as it is.
      if (fixed && parameters.length === before) known = filling;
      return filling;
    },
  };
}

function hasVariable(value: ValueNode): boolean {
  if (value.kind === Kind.VARIABLE) return true;
  if (value.kind === Kind.LIST) return value.values.some(hasVariable);
  return value.kind === Kind.OBJECT && value.fields.some(field => hasVariable(field.value));
}
