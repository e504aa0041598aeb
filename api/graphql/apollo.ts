import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { PlatformContext } from '../context.ts';
import type { Platform } from '../platform.ts';
import { maximumTokens } from './document.ts';
import type { Execute } from './execute.ts';
import { formatError } from './format-error.ts';

export type Apollo = ApolloServer<Carried>;

/** Apollo copies the object that it is given as context, and a copy of ours would lack its private members. */
export interface Carried {
  readonly carried: PlatformContext;
}

export interface ApolloOptions {
  platform: Platform;
  schema: GraphQLSchema;
  execute: Execute;
  introspection: boolean;
}

/** Apollo Server without what it would do to every field, and with our executor and our form of errors. */
export async function startApollo({ platform, schema, execute, introspection }: ApolloOptions): Promise<Apollo> {
  const apollo: Apollo = new ApolloServer<Carried>({
    gateway: gatewayOf(schema, execute),
    introspection,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), answering(platform)],
    parseOptions: { maxTokens: maximumTokens },
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
        execute({ document, operationName, variables: request.variables, context: (context as Carried).carried }),
    }),
    stop: async () => {},
  };
}

/** What is wrong with a document or its variables, which the older media type answers with the status 200. */
const ofRequest: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
]);

function answering({ logger }: Platform): ApolloServerPlugin<Carried> {
  const listener: Awaited<ReturnType<NonNullable<ApolloServerPlugin<Carried>['requestDidStart']>>> = {
    async willSendResponse({ request, response: { body, http }, errors, contextValue }) {
      if (!errors || body.kind !== 'single') return;
      const formatted: GraphQLFormattedError[] = errors.map(error =>
        formatError(error, contextValue.carried.requestId, logger),
      );
      body.singleResult.errors = formatted;
      const isOld = !request.http?.headers.get('accept')?.includes('application/graphql-response+json');
      if (isOld && http.status === 400 && formatted.every(({ extensions }) => ofRequest.has(extensions?.['code'])))
        http.status = 200;
    },
  };
  return { requestDidStart: async () => listener };
}
