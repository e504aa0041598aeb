import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Tokens of one document; a larger one is refused before it is parsed to its end. */
export const maximumTokens = 2_000;

export type ReadDocument = (text: string) => { document: DocumentNode } | { errors: readonly GraphQLError[] };

/**
 * Answers the document, parsed and valid, or the errors that say why it is not. The same text gives the same document, by
 * which compiled code and plans are kept; what has not been asked for longest is forgotten.
 */
export function createDocuments(schema: GraphQLSchema): ReadDocument {
  const known = new LRUCache<string, DocumentNode>({ max: 1_000 });
  return text => {
    let document = known.get(text);
    if (document) return { document };
    try {
      document = parse(text, { maxTokens: maximumTokens });
    } catch (error) {
      return { errors: [coded(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')] };
    }
    const errors = validate(schema, document);
    if (errors.length > 0) return { errors: errors.map(error => coded(error, 'GRAPHQL_VALIDATION_FAILED')) };
    known.set(text, document);
    return { document };
  };
}

const coded = ({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(message, { nodes, source, positions, extensions: { code } });
