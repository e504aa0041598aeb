import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  visit,
  type ASTNode,
  type DocumentNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { RapportError } from '../errors.ts';

/** What one document may be, whatever is in the database. */
export const documentLimits = {
  /** A larger one is not parsed to its end. */
  tokens: 2_000,
  /** Fields and fragments: whether they fit together takes time by the square of their number. */
  selections: 600,
  /** Fields below one another. */
  depth: 12,
  /** Fields under another name: to ask for one thing many times over, each needs its own. */
  aliases: 30,
  /** Fields of one mutation, each of which is a transaction. */
  mutations: 5,
} as const;

/** Parses, and throws what is wrong; QUERY_TOO_COMPLEX before the time is spent to validate a document that is too wide. */
export function parseWithin(text: string): DocumentNode {
  const document = parse(text, { maxTokens: documentLimits.tokens });
  let selections = 0;
  visit(document, { SelectionSet: ({ selections: here }) => void (selections += here.length) });
  if (selections <= documentLimits.selections) return document;
  throw new RapportError('QUERY_TOO_COMPLEX', `A document has at most ${documentLimits.selections} fields.`);
}

/** Refuses documents that are too deep or too wide with QUERY_TOO_COMPLEX; introspection is as deep as it has to be. */
export const documentRule: ValidationRule = context => {
  const refuse = (message: string, node: ASTNode): void =>
    context.reportError(
      new GraphQLError(message, { nodes: node, originalError: new RapportError('QUERY_TOO_COMPLEX', message) }),
    );
  const depthOf = depthsOf(context);
  let aliases = 0;
  return {
    Field(field) {
      if (field.alias && ++aliases === documentLimits.aliases + 1)
        refuse(`A document has at most ${documentLimits.aliases} aliases.`, field);
    },
    OperationDefinition(definition) {
      const { operation, selectionSet } = definition;
      if (depthOf(selectionSet) > documentLimits.depth)
        refuse(`Fields lie at most ${documentLimits.depth} deep.`, definition);
      if (operation === OperationTypeNode.MUTATION && widthOf(selectionSet, context) > documentLimits.mutations)
        refuse(`A mutation has at most ${documentLimits.mutations} fields.`, definition);
    },
  };
};

/** Each fragment is looked into once, however often it is spread; one that spreads itself is another rule's affair. */
function depthsOf(context: ValidationContext): (selections: SelectionSetNode) => number {
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    if (!known.has(name)) {
      known.set(name, 0);
      const fragment = context.getFragment(name);
      known.set(name, fragment ? depthOf(fragment.selectionSet) : 0);
    }
    return known.get(name)!;
  };
  const depthOf = ({ selections }: SelectionSetNode): number => {
    let deepest = 0;
    for (const selection of selections) {
      deepest = Math.max(
        deepest,
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? depthOf(selection.selectionSet)
            : isIntrospection(selection.name.value)
              ? 1
              : 1 + (selection.selectionSet ? depthOf(selection.selectionSet) : 0),
      );
    }
    return deepest;
  };
  return depthOf;
}

const isIntrospection = (name: string): boolean => name.startsWith('__');

/** Fields at the root, those of fragments too; each fragment once, as the fields of a second spread are the same. */
function widthOf({ selections }: SelectionSetNode, context: ValidationContext, seen: Set<string> = new Set()): number {
  let width = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) width++;
    else if (selection.kind === Kind.INLINE_FRAGMENT) width += widthOf(selection.selectionSet, context, seen);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      width += fragment ? widthOf(fragment.selectionSet, context, seen) : 0;
    }
  }
  return width;
}
