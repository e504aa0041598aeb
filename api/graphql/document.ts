import { GraphQLError, specifiedRules, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { documentRule, parseWithin } from '../limits/document-limits.ts';

const rules = [...specifiedRules, documentRule];

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
      document = parseWithin(text);
    } catch (error) {
      return { errors: [asGraphql(error)] };
    }
    const errors = validate(schema, document, rules);
    if (errors.length > 0) return { errors: errors.map(error => coded(error, 'GRAPHQL_VALIDATION_FAILED')) };
    known.set(text, document);
    return { document };
  };
}

const asGraphql = (error: unknown): GraphQLError =>
  error instanceof GraphQLError
    ? coded(error, 'GRAPHQL_PARSE_FAILED')
    : new GraphQLError((error as Error).message, { originalError: error as Error });

const coded = ({ message, nodes, source, positions, originalError }: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(message, { nodes, source, positions, originalError, extensions: { code } });
