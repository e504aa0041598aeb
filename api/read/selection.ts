import {
  Kind,
  isAbstractType,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What of a request the selection depends on. */
export type Selecting = Pick<GraphQLResolveInfo, 'fragments' | 'schema' | 'variableValues'>;

/** Nodes that share a response name and are executed as one field; the first one has its arguments. */
export type Merged = readonly FieldNode[];

/** The fields that are selected of an object, by response name, as an executor merges them. */
export function collect(type: GraphQLObjectType, nodes: Merged, selecting: Selecting): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<FragmentDefinitionNode>();
  const walk = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!included(selection, selecting.variableValues)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const merged = fields.get(name);
        if (merged) merged.push(selection);
        else fields.set(name, [selection]);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? selecting.fragments[selection.name.value]! : selection;
      if (fragment.kind === Kind.FRAGMENT_DEFINITION && seen.size === seen.add(fragment).size) continue;
      if (applies(fragment.typeCondition?.name.value, type, selecting)) walk(fragment.selectionSet);
    }
  };
  for (const { selectionSet } of nodes) if (selectionSet) walk(selectionSet);
  return fields;
}

function applies(condition: string | undefined, type: GraphQLObjectType, { schema }: Selecting): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditional = schema.getType(condition);
  return isAbstractType(conditional) && schema.isSubType(conditional, type);
}

function included({ directives }: SelectionNode, variables: Selecting['variableValues']): boolean {
  if (!directives || directives.length === 0) return true;
  return directives.every(({ name, arguments: [condition] = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = condition?.value;
    const holds =
      value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return name.value === 'include' ? holds === true : holds !== true;
  });
}

/** Names of the variables that decide what is selected below these nodes: with them, a plan is the same or is not. */
export function conditionsOf(nodes: Merged, fragments: Selecting['fragments']): string[] {
  const names = new Set<string>();
  const seen = new Set<string>();
  const walk = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      for (const { name, arguments: [condition] = [] } of selection.directives ?? []) {
        const conditional = name.value === 'skip' || name.value === 'include';
        if (conditional && condition?.value.kind === Kind.VARIABLE) names.add(condition.value.name.value);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD) walk(selection.selectionSet);
      else if (seen.size < seen.add(selection.name.value).size) walk(fragments[selection.name.value]?.selectionSet);
    }
  };
  for (const { selectionSet } of nodes) walk(selectionSet);
  return [...names];
}

/** Where a node stands in its document: what a page is found under in its row. */
export function placeOf({ loc, name }: FieldNode): string {
  if (!loc) throw new Error(`The document of '${name.value}' was parsed without locations, which the read lane needs.`);
  return `@${loc.start}`;
}
