import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';

/** Tokens of one document; a larger one is refused before it is parsed to its end. */
export const maximumTokens = 2_000;

/** The document, parsed and valid, or the errors that say why it is not. */
export function readDocument(text: string, schema: GraphQLSchema): { document: DocumentNode } | { errors: GraphQLError[] } {
  try {
    const document = parse(text, { maxTokens: maximumTokens });
    const errors = validate(schema, document);
    return errors.length > 0 ? { errors: errors.map(error => coded(error, 'GRAPHQL_VALIDATION_FAILED')) } : { document };
  } catch (error) {
    return { errors: [coded(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')] };
  }
}

const coded = ({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(message, { nodes, source, positions, extensions: { code } });
