import { getNamedType, type FieldNode, type GraphQLObjectType, type GraphQLResolveInfo } from 'graphql';
import type { Class } from '../plugin.ts';
import type { Catalog } from './catalog.ts';
import type { Reader } from './lane.ts';
import { ListQuery } from './list-query.ts';
import type { List } from './list.ts';
import type { Planning } from './draft.ts';
import { Planner } from './plan.ts';
import { collect, conditionsOf, placeOf, type Merged } from './selection.ts';
import type { Template } from './template.ts';
import { VerbatimPlanner, type Verbatim } from './verbatim.ts';
import { NotVerbatim } from './verbatim-fields.ts';

/** What is read: the key of a plan beside the selection. */
export type Target =
  | { readonly kind: 'one'; readonly type: Class; readonly at?: string }
  | { readonly kind: 'all'; readonly type: Class }
  | { readonly kind: 'page'; readonly list: List<any> };

interface Known {
  readonly conditions: readonly string[];
  readonly templates: Map<string, Template>;
  /** Null where the answer has to be made by code. */
  readonly verbatims: Map<string, Verbatim | null>;
}

const mostPerField = 16;

/**
 * A plan for each selection, kept with its node: the document store is bounded, so plans are. Two readers share one if they
 * may see the same fields, and one request's plan serves the next unless another `@skip` or `@include` holds.
 */
export class Plans {
  readonly catalog: Catalog;
  readonly #known = new WeakMap<FieldNode, Known>();
  readonly #queries = new Map<List<any>, ListQuery>();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  get(target: Target, info: GraphQLResolveInfo, reader: Reader): Template {
    const known = this.#knownOf(info);
    const key = keyOf(target, info, reader, known.conditions);
    let template = known.templates.get(key);
    if (!template) {
      if (known.templates.size === mostPerField) known.templates.clear();
      known.templates.set(key, (template = this.#plan(target, info, reader)));
    }
    return template;
  }

  /** How PostgreSQL answers it word by word, where it can for this reader. */
  verbatim(target: Target, info: GraphQLResolveInfo, reader: Reader): Verbatim | null {
    const { verbatims, conditions } = this.#knownOf(info);
    const key = keyOf(target, info, reader, conditions);
    let verbatim = verbatims.get(key);
    if (verbatim === undefined) {
      if (verbatims.size === mostPerField) verbatims.clear();
      verbatims.set(key, (verbatim = this.#planVerbatim(target, info, reader)));
    }
    return verbatim;
  }

  queryOf = (list: List<any>): ListQuery => {
    let query = this.#queries.get(list);
    if (!query) this.#queries.set(list, (query = new ListQuery(list, this.catalog.get(list.type()))));
    return query;
  };

  #knownOf({ fieldNodes, fragments }: GraphQLResolveInfo): Known {
    const node = fieldNodes[0]!;
    let known = this.#known.get(node);
    // Nodes that are merged with the first one can differ from request to request; then nothing is kept of their conditions.
    if (!known || fieldNodes.length > 1) {
      const { templates = new Map(), verbatims = new Map() } = known ?? {};
      known = { conditions: conditionsOf(fieldNodes, fragments), templates, verbatims };
      this.#known.set(node, known);
    }
    return known;
  }

  #plan(target: Target, info: GraphQLResolveInfo, reader: Reader): Template {
    const { fieldNodes } = info;
    const planner = new Planner(this.#planningOf(info, reader));
    if (target.kind === 'all') return planner.all(target.type, [fieldNodes]);
    if (target.kind === 'one') return planner.one(target.type, selectionsAt(target.at, info));
    return planner.page(target.list, getNamedType(info.returnType) as GraphQLObjectType, [fieldNodes]);
  }

  #planVerbatim(target: Target, info: GraphQLResolveInfo, reader: Reader): Verbatim | null {
    const planner = new VerbatimPlanner(this.#planningOf(info, reader));
    try {
      if (target.kind === 'all') return planner.all(target.type, info.fieldNodes);
      if (target.kind === 'page')
        return planner.page(target.list, getNamedType(info.returnType) as GraphQLObjectType, info.fieldNodes);
      return target.at === undefined ? planner.one(target.type, info.fieldNodes) : null;
    } catch (error) {
      if (error instanceof NotVerbatim) return null;
      throw error;
    }
  }

  #planningOf({ schema, fragments, variableValues }: GraphQLResolveInfo, reader: Reader): Planning {
    return { schema, fragments, variableValues, reader, catalog: this.catalog, queryOf: this.queryOf };
  }
}

function keyOf(
  target: Target,
  { fieldNodes, variableValues }: GraphQLResolveInfo,
  reader: Reader,
  conditions: readonly string[],
): string {
  let key = `${reader.guardSet} ${target.kind} ${target.kind === 'page' ? target.list.name : target.type.name}`;
  if (target.kind === 'one' && target.at !== undefined) key += `.${target.at}`;
  for (const name of conditions) key += variableValues[name] === true ? '+' : '-';
  for (let index = 1; index < fieldNodes.length; index++) key += placeOf(fieldNodes[index]!);
  return key;
}

/** The selections of the field `at` of what is returned: of payloads and events, whose thing lies one level down. */
function selectionsAt(at: string | undefined, info: GraphQLResolveInfo): Merged[] {
  if (at === undefined) return [info.fieldNodes];
  const fields = collect(getNamedType(info.returnType) as GraphQLObjectType, info.fieldNodes, info);
  return [...fields.values()].filter(([node]) => node!.name.value === at);
}
