import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { v7 as newId } from 'uuid';
import type { Authenticator } from '../auth/authenticator.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { localeOf } from '../http/locale.ts';
import type { Platform } from '../platform.ts';
import type { Apollo } from './apollo.ts';
import { formatError, type ErrorExtensions } from './format-error.ts';

export interface EndpointOptions {
  platform: Platform;
  authenticator: Authenticator;
  apollo: Apollo;
  /** Milliseconds after which a request is answered, done or not. */
  deadline?: number;
}

export interface Endpoint {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers what has begun, and turns the rest away. */
  drain(): Promise<void>;
}

/** Bytes of one request. */
const longestBody = 256 * 1024;

/**
 * GraphQL over HTTP. A credential is a header that a browser never sends by itself, so pages of any origin may ask; what is
 * wrong is said in JSON, whatever it is.
 */
export function createEndpoint({ platform, authenticator, apollo, deadline = 10_000 }: EndpointOptions): Endpoint {
  const { logger } = platform;
  const open = new Set<Promise<void>>();
  let draining = false;

  const contextOf = async (headers: HeaderMap, requestId: string): Promise<PlatformContext> => {
    const { clinicId, actor } = await authenticator.authenticate({
      authorization: headers.get('authorization'),
      clinicId: headers.get('x-clinic-id'),
    });
    return platform.contextFor({ clinicId, actor, requestId, locale: localeOf(headers.get('accept-language')) });
  };
  const ask = async (request: IncomingMessage, requestId: string): Promise<HTTPGraphQLResponse> => {
    const { method = 'GET', url = '/' } = request;
    const headers = headersOf(request);
    const body = method === 'POST' ? parseJson(await readBody(request, longestBody), headers) : undefined;
    const context = await contextOf(headers, requestId);
    const search = url.includes('?') ? url.slice(url.indexOf('?')) : '';
    return apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers, search, body },
      context: async () => ({ carried: context }),
    });
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = newId();
    response.setHeader('x-request-id', requestId);
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'x-request-id');
    if (request.method === 'OPTIONS') return void response.writeHead(204, preflight).end();
    try {
      if (draining) throw new RapportError('INTERNAL_SERVER_ERROR', 'The server is about to stop: ask again.');
      const { status = 200, headers, body } = await within(deadline, ask(request, requestId));
      for (const [name, value] of headers) response.setHeader(name, value);
      const text = body.kind === 'complete' ? body.string : '';
      // What Apollo refuses before there is a context is not in our form yet.
      const isOurs = status < 400 || text.includes(requestId);
      send(response, status, isOurs ? text : refusal(text, requestId));
    } catch (error) {
      const formatted = formatError(error, requestId, logger);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      if (draining || !request.complete) response.setHeader('connection', 'close');
      send(response, draining ? 503 : statusOf(formatted.extensions), JSON.stringify({ errors: [formatted] }));
    }
  };

  return {
    async handle(request, response) {
      const answered = answer(request, response);
      open.add(answered);
      await answered.finally(() => open.delete(answered));
    },
    async drain() {
      draining = true;
      await Promise.all(open);
    },
  };
}

const preflight = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, x-clinic-id, apollo-require-preflight',
  'access-control-max-age': '86400',
};

function headersOf({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const name in headers) map.set(name, String(headers[name]));
  return map;
}

function parseJson(body: string, headers: HeaderMap): unknown {
  if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')) {
    throw new RapportError('BAD_USER_INPUT', 'Send a body of the type `application/json`.', { field: 'content-type' });
  }
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new RapportError('BAD_USER_INPUT', 'The body is not JSON.', { cause });
  }
}

async function within<T>(deadline: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new RapportError('INTERNAL_SERVER_ERROR', `The request took more than ${deadline / 1000} s.`)),
    deadline,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(text: string, requestId: string): string {
  const { errors } = JSON.parse(text) as { errors: GraphQLFormattedError[] };
  return JSON.stringify({
    errors: errors.map(({ message }) => ({
      message,
      extensions: { code: 'BAD_USER_INPUT', retryable: false, requestId },
    })),
  });
}

const statuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  QUERY_TOO_COMPLEX: 413,
  STORAGE_UNAVAILABLE: 503,
};

const statusOf = ({ code, field }: ErrorExtensions): number =>
  field === 'content-type' ? 415 : (statuses[code] ?? 500);

function send(response: ServerResponse, status: number, body: string): void {
  response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(status).end(body);
}
