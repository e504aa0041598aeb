import {
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { RapportError } from '../errors.ts';
import { pageSize } from '../read/page.ts';

/** Points of one document: as many things as it may be answered with at most. */
export const mostPoints = 10_000;

/** What some fields cost beside the things that they answer. */
const prices = {
  /** A mutation writes, and what it writes is handled, mailed and told. */
  mutation: 10,
  /** Counting looks at all that fits, and not at a page of it. */
  totalCount: 10,
  /** The schema is as large as it is. */
  introspection: 100,
  /** A plain list whose size is nowhere said. */
  list: 50,
} as const;

type Variables = Readonly<Record<string, unknown>>;
type CostOf = (variables: Variables) => number;

/** What a document costs with these variables, in points; at least one. Throws QUERY_TOO_COMPLEX for what is too much. */
export type Price = (
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables | null | undefined,
) => number;

/**
 * The price is known before anything runs, from the document and its page sizes alone: a point for each thing that may be
 * answered. A document is read once; where no variable is a page size, its price is a number from then on.
 */
export function createPrice(schema: GraphQLSchema): Price {
  const known = new WeakMap<DocumentNode, Map<string, CostOf>>();
  const priceOf = (document: DocumentNode, operationName: string): CostOf => {
    let operations = known.get(document);
    if (!operations) known.set(document, (operations = new Map()));
    let price = operations.get(operationName);
    if (!price) operations.set(operationName, (price = readPrice(schema, document, operationName)));
    return price;
  };
  return (document, operationName, variables) => {
    const points = Math.max(1, priceOf(document, operationName ?? '')(variables ?? {}));
    if (points <= mostPoints) return points;
    throw new RapportError(
      'QUERY_TOO_COMPLEX',
      `The document may be answered with ${points > 1e9 ? 'far too many' : points} things: at most ${mostPoints} are allowed. Ask for smaller pages.`,
    );
  };
}

function readPrice(schema: GraphQLSchema, document: DocumentNode, operationName: string): CostOf {
  const operation = getOperationAST(document, operationName || undefined);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return () => 1;
  const reading = new Reading(schema, document, operation);
  const price = reading.costOf(operation.selectionSet, root);
  if (reading.depends) return variables => reading.evaluate(price, variables);
  const points = reading.evaluate(price, {});
  return () => points;
}

/** A sum of numbers, of what depends on variables, and of fragments, which are evaluated once for each request. */
type Cost = (variables: Variables, fragments: Map<string, number>) => number;

class Reading {
  /** Whether a variable is a page size. */
  depends = false;
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #costs = new Map<string, Cost>();
  readonly #defaults = new Map<string, number>();

  constructor(schema: GraphQLSchema, { definitions }: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    for (const definition of definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
      if (defaultValue?.kind === Kind.INT) this.#defaults.set(variable.name.value, Number(defaultValue.value));
  }

  evaluate(cost: Cost, variables: Variables): number {
    return cost(variables, new Map());
  }

  /** `page` is the size of the connection that the selection is inside of. */
  costOf({ selections }: SelectionSetNode, type: GraphQLNamedType, page?: Size): Cost {
    const costs = selections.map(selection => {
      if (selection.kind === Kind.FIELD) return this.#costOfField(selection, type, page);
      if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#costOfFragment(selection.name.value, page);
      const { typeCondition, selectionSet } = selection;
      const inner = typeCondition ? typeFromAST(this.#schema, typeCondition) : type;
      return this.costOf(selectionSet, inner ?? type, page);
    });
    return (variables, fragments) => costs.reduce((sum, cost) => sum + cost(variables, fragments), 0);
  }

  #costOfFragment(name: string, page: Size | undefined): Cost {
    const key = `${name} ${page?.key ?? ''}`;
    const known = this.#costs.get(key);
    const cost = known ?? this.#readFragment(name, key, page);
    return (variables, fragments) => {
      let points = fragments.get(key);
      if (points === undefined) {
        // One that spreads itself is refused elsewhere; here it must only come to an end.
        fragments.set(key, 0);
        fragments.set(key, (points = cost(variables, fragments)));
      }
      return points;
    };
  }

  #readFragment(name: string, key: string, page: Size | undefined): Cost {
    let cost: Cost = () => 0;
    this.#costs.set(key, (variables, fragments) => cost(variables, fragments));
    const fragment = this.#fragments.get(name);
    const type = fragment && typeFromAST(this.#schema, fragment.typeCondition);
    if (fragment && type) cost = this.costOf(fragment.selectionSet, type, page);
    return cost;
  }

  #costOfField(node: FieldNode, parent: GraphQLNamedType, page: Size | undefined): Cost {
    const name = node.name.value;
    if (name.startsWith('__')) return () => (name === '__typename' ? 0 : prices.introspection);
    if (page && name === 'totalCount') return () => prices.totalCount;
    if (page && name === 'pageInfo') return () => 0;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const own = parent === this.#schema.getMutationType() ? prices.mutation : 0;
    if (!field || !node.selectionSet) return () => own;
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return () => own;
    if (type.extensions['list']) return plus(own, this.costOf(node.selectionSet, type, this.#sizeOf(node)));
    const isPage = page !== undefined && (name === 'edges' || name === 'nodes');
    const size = isPage ? page.of : isListType(getNullableType(field.type)) ? this.#listOf(field, node) : () => 1;
    const inner = this.costOf(node.selectionSet, type);
    return (variables, fragments) => own + size(variables) * (1 + inner(variables, fragments));
  }

  #listOf(field: GraphQLField<unknown, unknown>, node: FieldNode): CostOf {
    if (node.arguments?.some(({ name }) => name.value === 'first' || name.value === 'last'))
      return this.#sizeOf(node).of;
    const { limit = prices.list } = (field.extensions['related'] ?? {}) as { limit?: number };
    return () => limit;
  }

  /** Sizes out of range are taken as the largest: the field itself will refuse them in better words. */
  #sizeOf({ arguments: given = [] }: FieldNode): Size {
    const value = given.find(({ name }) => name.value === 'first' || name.value === 'last')?.value;
    if (value?.kind === Kind.INT) return fixed(inRange(Number(value.value)));
    if (value?.kind !== Kind.VARIABLE) return fixed(pageSize.default);
    this.depends = true;
    const name = value.name.value;
    const usual = this.#defaults.get(name) ?? pageSize.default;
    return {
      key: `$${name}`,
      of: variables => inRange(typeof variables[name] === 'number' ? variables[name] : usual),
    };
  }
}

/** How many things a page may have. */
interface Size {
  readonly key: string;
  readonly of: CostOf;
}

const fixed = (size: number): Size => ({ key: String(size), of: () => size });
const inRange = (size: number): number => (size >= 0 && size <= pageSize.maximum ? size : pageSize.maximum);
const plus = (own: number, cost: Cost): Cost =>
  own === 0 ? cost : (variables, fragments) => own + cost(variables, fragments);
