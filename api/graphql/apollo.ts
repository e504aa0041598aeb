import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { type RapportError } from '../errors.ts';
import { documentLimits, documentRule } from '../limits/document-limits.ts';
import type { Platform } from '../platform.ts';
import type { Execute } from './execute.ts';
import { formatError } from './format-error.ts';
import type { Repeats } from './repeats.ts';
import type { Asked, Charge } from './request.ts';

export type Apollo = ApolloServer<Carried>;

/** Apollo copies the object that it is given as context, and a copy of ours would lack its private members. */
export interface Carried {
  readonly asked: Asked;
}

export interface ApolloOptions {
  platform: Platform;
  schema: GraphQLSchema;
  execute: Execute;
  charge: Charge;
  repeats: Repeats;
  introspection: boolean;
}

/** Apollo Server without what it would do to every field, and with our executor, our limits and our form of errors. */
export async function startApollo(options: ApolloOptions): Promise<Apollo> {
  const { platform, schema, execute, introspection } = options;
  const apollo: Apollo = new ApolloServer<Carried>({
    gateway: gatewayOf(schema, execute),
    introspection,
    // Where the schema is not told, an error must not tell it piece by piece either.
    hideSchemaDetailsFromClientErrors: !introspection,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), answering(options)],
    parseOptions: { maxTokens: documentLimits.tokens },
    validationRules: [documentRule],
    // The endpoint has a guard of its own, which lets pass what a browser cannot have sent by itself.
    csrfPrevention: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: platform.logger,
  });
  await apollo.start();
  return apollo;
}

type Gateway = ApolloServerOptionsWithGateway<Carried>['gateway'];

/** Apollo's only door to another executor is the one that is meant for gateways. */
function gatewayOf(schema: GraphQLSchema, execute: Execute): Gateway {
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({
      executor: ({ document, operationName, request, context }) =>
        execute({ document, operationName, variables: request.variables, context: (context as Carried).asked.context }),
    }),
    stop: async () => {},
  };
}

/**
 * What is wrong with a document or its variables, in Apollo's codes: the older media type answers it with the status 200.
 * What is wrong with the request itself, which Apollo calls BAD_REQUEST, is 400 in both.
 */
const ofDocument: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
]);

function answering({ platform, charge, repeats }: ApolloOptions): ApolloServerPlugin<Carried> {
  const listener: Awaited<ReturnType<NonNullable<ApolloServerPlugin<Carried>['requestDidStart']>>> = {
    async didResolveOperation({ document, request, contextValue: { asked } }) {
      try {
        charge(asked, document, request.operationName, request.variables);
      } catch (error) {
        throw withStatus(error as RapportError);
      }
    },
    async willSendResponse({ source, document, request, response: { body, http }, errors, contextValue: { asked } }) {
      if (body.kind !== 'single') return;
      if (asked.cost) body.singleResult.extensions = { cost: asked.cost };
      if (!errors) {
        if (source && document) repeats.remember(source, document);
        return;
      }
      const formatted = errors.map(error => formatError(error, asked.context.requestId, platform.logger));
      body.singleResult.errors = formatted;
      const isOld = !request.http?.headers.get('accept')?.includes('application/graphql-response+json');
      if (isOld && http.status === 400 && errors.every(({ extensions }) => ofDocument.has(extensions['code'])))
        http.status = 200;
    },
  };
  return { requestDidStart: async () => listener };
}

/** Apollo answers what a plugin throws with 500, unless the error says otherwise. */
const withStatus = (error: RapportError): GraphQLError => {
  const status = error.code === 'RATE_LIMITED' ? 429 : 400;
  const headers = new Map(error.retryAfter ? [['retry-after', String(error.retryAfter)]] : []);
  const extensions = { code: 'BAD_USER_INPUT', http: { status, headers } };
  return new GraphQLError(error.message, { originalError: error, extensions });
};
