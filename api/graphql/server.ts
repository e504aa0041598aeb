import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApolloServer, HeaderMap, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type ExecutionResult, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { v7 as newId } from 'uuid';
import type { Authenticator } from '../auth/authenticator.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { localeOf } from '../http/locale.ts';
import type { Platform } from '../platform.ts';
import { maximumTokens, readDocument } from './document.ts';
import { createExecutor, type Execute } from './execute.ts';
import { formatError } from './format-error.ts';
import { createSocketServer } from './socket.ts';
import { createSubscriptions } from './subscriptions.ts';

export interface ExecutionRequest {
  document: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  context: PlatformContext;
}

export interface Execution {
  data: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
}

export interface GraphqlServer {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  execute(request: ExecutionRequest): Promise<Execution>;
  subscribe(request: ExecutionRequest): Promise<AsyncIterableIterator<Execution>>;
  stop(): Promise<void>;
}

export interface GraphqlServerOptions {
  platform: Platform;
  schema: GraphQLSchema;
  authenticator: Authenticator;
  introspection: boolean;
}

/** Bytes of one request. */
const longestBody = 256 * 1024;

export async function createGraphqlServer({ platform, schema, authenticator, introspection }: GraphqlServerOptions): Promise<GraphqlServer> {
  const execute = createExecutor(schema);
  const apollo = new ApolloServer<Carried>({
    gateway: gatewayOf(schema, execute),
    introspection,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), formatting(platform)],
    parseOptions: { maxTokens: maximumTokens },
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: platform.logger,
    // The plugin formats, as it knows the request; here the error is only kept whole.
    formatError: (formatted, error) => Object.assign(formatted, { [whole]: error }),
  });
  await apollo.start();
  const subscriptions = createSubscriptions({ platform, schema });
  const socket = createSocketServer({ platform, schema, authenticator, subscriptions });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = newId();
    const headers = new HeaderMap();
    for (const name in request.headers) headers.set(name, String(request.headers[name]));
    try {
      const body = request.method === 'POST' ? parseJson(await readBody(request, longestBody), headers) : undefined;
      const context = await contextOf(headers, requestId, { platform, authenticator });
      const url = new URL(request.url ?? '/', 'http://localhost');
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: request.method ?? 'GET', headers, search: url.search, body },
        context: async () => ({ carried: context }),
      });
      for (const [name, value] of answer.headers) response.setHeader(name, value);
      send(response, answer.status ?? 200, answer.body.kind === 'complete' ? answer.body.string : '', requestId);
    } catch (error) {
      const formatted = formatError(error, requestId, platform.logger);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      send(response, statusOf(formatted.extensions.code), JSON.stringify({ errors: [formatted] }), requestId);
    }
  };

  return {
    handle,
    upgrade: socket.upgrade,
    execute: request => executeDocument(request, { schema, execute, platform }),
    subscribe: request => subscriptions.follow(request),
    async stop() {
      await socket.stop();
      await apollo.stop();
    },
  };
}

/** Apollo copies the object that it is given as context, and a copy of ours would lack its private members. */
interface Carried {
  readonly carried: PlatformContext;
}

/** An error before Apollo has formatted it. */
const whole = Symbol('whole error');

function formatting({ logger }: Platform): ApolloServerPlugin<Carried> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, contextValue }) {
          const { body } = response;
          if (body.kind !== 'single' || !body.singleResult.errors) return;
          body.singleResult.errors = body.singleResult.errors.map(error => {
            const origin = (error as { [whole]?: unknown })[whole] ?? error;
            return formatError(withCode(origin, error), contextValue.carried.requestId, logger);
          });
        },
      };
    },
  };
}

/** Apollo gives parse and validation errors their code only in the formatted copy. */
function withCode(origin: unknown, { extensions }: GraphQLFormattedError): unknown {
  if (origin instanceof GraphQLError && extensions?.['code']) origin.extensions['code'] ??= extensions['code'];
  return origin;
}

/** Apollo's only door to another executor is the one that is meant for gateways. */
function gatewayOf(schema: GraphQLSchema, execute: Execute): Gateway {
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({
      executor: ({ document, operationName, request, context }: any) =>
        execute({ document, operationName, variables: request.variables ?? {}, context: context.carried }),
    }),
    stop: async () => {},
  };
}

type Gateway = ApolloServerOptionsWithGateway<Carried>['gateway'];

async function contextOf(
  headers: HeaderMap,
  requestId: string,
  { platform, authenticator }: { platform: Platform; authenticator: Authenticator },
): Promise<PlatformContext> {
  const { clinicId, actor } = await authenticator.authenticate({ authorization: headers.get('authorization'), clinicId: headers.get('x-clinic-id') });
  return platform.contextFor({ clinicId, actor, requestId, locale: localeOf(headers.get('accept-language')) });
}

function parseJson(body: string, headers: HeaderMap): unknown {
  const type = headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new RapportError('BAD_USER_INPUT', 'Send a body of the type `application/json`.', { field: 'content-type' });
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new RapportError('BAD_USER_INPUT', 'The body is not JSON.', { cause });
  }
}

const statusOf = (code: string): number => ({ UNAUTHENTICATED: 401, FORBIDDEN: 403, BAD_USER_INPUT: 400, STORAGE_UNAVAILABLE: 503 })[code] ?? 500;

function send(response: ServerResponse, status: number, body: string, requestId: string): void {
  response.setHeader('x-request-id', requestId);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(status).end(body);
}

interface Executing {
  schema: GraphQLSchema;
  execute: Execute;
  platform: Platform;
}

async function executeDocument({ document: text, variables, operationName, context }: ExecutionRequest, { schema, execute, platform }: Executing): Promise<Execution> {
  const read = readDocument(text, schema);
  const result: ExecutionResult = 'document' in read ? await execute({ ...read, operationName, variables, context }) : read;
  const errors = result.errors?.map(error => formatError(error, context.requestId, platform.logger));
  return { data: result.data ?? null, ...(errors && { errors }) };
}

