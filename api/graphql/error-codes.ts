import { GraphQLEnumType, GraphQLSchema } from 'graphql';
import { errorCodes } from '../errors.ts';

const ErrorCode = new GraphQLEnumType({
  name: 'ErrorCode',
  description:
    'What `extensions.code` of an error says. No field has this type: it is here so that clients can be generated that know all codes.',
  values: Object.fromEntries(
    Object.entries(errorCodes).map(([code, { meaning, retryable }]) => [
      code,
      { description: `${meaning}${retryable ? ' The same request may succeed later.' : ''}` },
    ]),
  ),
});

/** The schema with a type that no field leads to. */
export function withErrorCodes(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...config.types, ErrorCode] });
}
