import type { GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { ReadLane } from './lane.ts';
import type { Related } from './list.ts';
import { Page, type PageArguments, type Raw } from './page.ts';
import { PlannedLane } from './planned-lane.ts';
import { placeOf } from './selection.ts';
import { extensionsOf } from './shape.ts';

type Source = Record<string, unknown> & { readonly id: string };
type Resolve = GraphQLFieldResolver<Source, { readonly read: ReadLane }>;

/**
 * The `resolve` of a field that was declared with `@Related`, `@RelatedAll` or `@RelatedOne`: it finds in its row what the
 * statement has read. Where the row came from elsewhere, as from a resolver that made it by hand, it is read now.
 */
export function resolveRelated(field: GraphQLField<any, any>): Resolve | undefined {
  const { related } = extensionsOf(field);
  if (!related) return undefined;
  if (related.kind === 'page') return pageResolver(related);
  const pick = (source: Source): unknown => source[field.name];
  if (related.kind === 'all') {
    const { type, inverse, orderBy, limit } = related;
    return (source, _, { read }, info) =>
      pick(source) ?? read.all(type(), info, { where: { [inverse]: source.id }, orderBy, limit });
  }
  const { type, inverse } = related;
  return (source, _, { read }, info) => {
    const value = pick(source);
    return value === undefined ? read.one(type(), info, { [inverse]: source.id }) : value;
  };
}

function pageResolver({ list, inverse }: Related & { kind: 'page' }): Resolve {
  return (source, args: PageArguments, { read }, info) => {
    const place = foundAt(source, info);
    if (place === undefined || !(read instanceof PlannedLane)) {
      return read.page(list(), info, args, { [inverse]: source.id });
    }
    const found = source[place] as Raw | Page<object>;
    if (found instanceof Page) return found;
    // Two aliases of one thing share their row, and so its pages.
    return (source[place] = read.pageOf(list(), found, args));
  };
}

/** Under which of the merged nodes the page was planned: the first one that is included. */
function foundAt(source: Source, { fieldNodes }: GraphQLResolveInfo): string | undefined {
  for (const node of fieldNodes) {
    const place = placeOf(node);
    if (place in source) return place;
  }
  return undefined;
}
