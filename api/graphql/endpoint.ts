import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { SpanKind } from '@opentelemetry/api';
import type { DocumentNode, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Authenticator } from '../auth/authenticator.ts';
import { RapportError, type ErrorCode } from '../errors.ts';
import { requestIdOf, traceOf } from '../health/request-id.ts';
import { spanned } from '../health/tracing.ts';
import { readBody } from '../http/body.ts';
import { clientAddress } from '../http/client-address.ts';
import { admit, preflight, refuseForgery } from '../http/cross-origin.ts';
import { localeOf } from '../http/locale.ts';
import type { Origins } from '../http/origins.ts';
import type { Budget } from '../limits/budget.ts';
import { parseWithin } from '../limits/document-limits.ts';
import type { Platform } from '../platform.ts';
import type { Apollo } from './apollo.ts';
import type { Execute } from './execute.ts';
import { formatError, type ErrorExtensions } from './format-error.ts';
import { isPlain, type PlainRequest, type Repeats } from './repeats.ts';
import type { Asked, Charge } from './request.ts';
import type { AnswerVerbatim } from './verbatim.ts';

export interface EndpointOptions {
  platform: Platform;
  authenticator: Authenticator;
  apollo: Apollo;
  execute: Execute;
  answerVerbatim: AnswerVerbatim;
  repeats: Repeats;
  charge: Charge;
  budget: Budget;
  origins: Origins;
  /** Milliseconds after which a request is answered, done or not. */
  deadline?: number;
}

export interface Endpoint {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Resolves when what has begun is answered. */
  drain(): Promise<void>;
}

interface Arrival {
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly begun: number;
  /** Once it is known who asks. */
  asked?: Asked;
}

/** What goes out. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Bytes of one request. */
const longestBody = 256 * 1024;

/** GraphQL over HTTP. What is wrong is said in JSON, whatever it is. */
export function createEndpoint(options: EndpointOptions): Endpoint {
  const {
    platform,
    authenticator,
    apollo,
    execute,
    answerVerbatim,
    repeats,
    charge,
    budget,
    origins,
    deadline = 10_000,
  } = options;
  const { logger } = platform;
  const open = new Set<Promise<void>>();
  // What Apollo has answered for an `accept` header, so that a repeated query is answered in the same media type.
  const mediaTypes = new Map<string, string>();

  const askedBy = async (request: IncomingMessage, { requestId, begun }: Arrival): Promise<Asked> => {
    const { headers } = request;
    const credentials = {
      authorization: headers.authorization,
      clinicId: headers['x-clinic-id'] as string | undefined,
    };
    const address = (): string => clientAddress(request, platform.proxies);
    const { clinicId, actor } =
      authenticator.recall(credentials) ??
      (await authenticator.authenticate(credentials, { requestId, address: address() }));
    const context = await platform.contextFor({
      clinicId,
      actor,
      requestId,
      address,
      locale: localeOf(headers['accept-language']),
      // A little earlier: who is told that nothing was written must be able to rely on it.
      deadline: begun + deadline * 0.95,
    });
    const isKnown = actor.kind !== 'anonymous';
    return { context, credential: isKnown ? `${actor.kind} ${actor.id}` : address() };
  };

  const repeat = async (document: DocumentNode, body: PlainRequest, asked: Asked): Promise<string | undefined> => {
    const { operationName, variables } = body;
    charge(asked, document, operationName, variables);
    const run = { document, operationName, variables, context: asked.context };
    const verbatim = await answerVerbatim(run);
    if (verbatim) return written(verbatim.data, verbatim.errors, asked);
    const { data, errors = [] } = await execute(run);
    // Without data nothing has run: what is wrong with the variables, Apollo says with the right status.
    return data === undefined ? undefined : written(JSON.stringify(data), errors, asked);
  };

  const written = (data: string, errors: readonly GraphQLError[], { cost, context }: Asked): string => {
    const formatted = errors.map(error => formatError(error, context.requestId, logger));
    const before = formatted.length > 0 ? `"errors":${JSON.stringify(formatted)},` : '';
    return `{${before}"data":${data},"extensions":${JSON.stringify({ cost })}}\n`;
  };

  const askApollo = async (request: IncomingMessage, body: unknown, asked: Asked): Promise<Answer> => {
    const { method = 'GET', url = '/', headers } = request;
    // To be read and checked is worth a point, also where it turns out to be nothing.
    budget.spend(asked.credential, 1);
    const search = url.includes('?') ? url.slice(url.indexOf('?')) : '';
    refuseWide(isPlain(body) ? body.query : new URLSearchParams(search).get('query'));
    const answered = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headersOf(request), search, body },
      context: async () => ({ asked }),
    });
    const { status = 200 } = answered;
    const type = answered.headers.get('content-type');
    if (status === 200 && type && mediaTypes.size < 100) mediaTypes.set(headers.accept ?? '', type);
    return answerOf(answered, asked.context.requestId);
  };

  const ask = async (request: IncomingMessage, arrival: Arrival): Promise<Answer> => {
    const { method = 'GET', headers } = request;
    refuseForgery(method, headers);
    const body =
      method === 'POST' ? parseJson(await readBody(request, longestBody), headers['content-type']) : undefined;
    const asked = (arrival.asked = await askedBy(request, arrival));
    const pageHeaders = await admit(headers.origin, asked.context.clinicId, origins);
    const type = mediaTypes.get(headers.accept ?? '');
    const document = type && isPlain(body) ? repeats.find(body) : undefined;
    const text = document && (await repeat(document, body as PlainRequest, asked));
    const answer = text
      ? { status: 200, headers: { 'content-type': type! }, text }
      : await askApollo(request, body, asked);
    return pageHeaders ? { ...answer, headers: { ...answer.headers, ...pageHeaders } } : answer;
  };

  const refusal = (error: unknown, requestId: string): Answer => {
    const formatted = formatError(error, requestId, logger);
    const { retryAfter } = formatted.extensions;
    return {
      status: statusOf(formatted.extensions),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(retryAfter && { 'retry-after': String(retryAfter) }),
      },
      text: JSON.stringify({ errors: [formatted] }),
    };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'OPTIONS') return void response.writeHead(204, await preflight(request, origins)).end();
    const requestId = requestIdOf(request.headers);
    const arrival: Arrival = { requestId, begun: performance.now() };
    let given: Answer;
    try {
      given = await within(deadline, ask(request, arrival));
    } catch (error) {
      given = refusal(error, requestId);
      if (!request.complete) response.setHeader('connection', 'close');
    }
    const { status, headers, text } = given;
    // Once: to count its bytes and then to write a text of Han characters would be to encode it twice.
    const body = Buffer.from(text);
    response.writeHead(status, {
      'x-request-id': requestId,
      'cache-control': 'no-store',
      'content-length': body.length,
      ...headers,
    });
    response.end(body);
    platform.observer.request({
      requestId,
      operation: arrival.asked?.operation,
      status,
      code: codeIn(text),
      milliseconds: Math.round((performance.now() - arrival.begun) * 100) / 100,
      cost: arrival.asked?.cost?.requested,
      trace: traceOf(request.headers),
    });
  };

  return {
    async handle(request, response) {
      const answered = spanned('graphql', { kind: SpanKind.SERVER, headers: request.headers }, () =>
        answer(request, response),
      );
      open.add(answered);
      await answered.finally(() => open.delete(answered));
    },
    async drain() {
      await Promise.all(open);
    },
  };
}

/** Of the first error. All of our answers begin with their errors; within a text of JSON a quotation mark is masked. */
const codeIn = (text: string): ErrorCode | undefined =>
  text.startsWith('{"errors":') ? (/"code":"([A-Z_]+)"/.exec(text)?.[1] as ErrorCode | undefined) : undefined;

/** What does not parse, Apollo says. */
function refuseWide(text: string | null): void {
  if (!text) return;
  try {
    parseWithin(text);
  } catch (error) {
    if (error instanceof RapportError) throw error;
  }
}

function headersOf({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const name in headers) map.set(name, String(headers[name]));
  return map;
}

function parseJson(body: string, type = ''): unknown {
  if (type !== 'application/json' && !/^application\/json\s*(;|$)/i.test(type)) {
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
  const timer = setTimeout(() => reject(tooLate(deadline)), deadline);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = (deadline: number): RapportError =>
  new RapportError('DEADLINE_EXCEEDED', `The request took more than ${deadline / 1000} s; nothing was written.`);

function answerOf({ status = 200, headers, body }: HTTPGraphQLResponse, requestId: string): Answer {
  const text = body.kind === 'complete' ? body.string : '';
  // What Apollo refuses before there is a context is not in our form yet.
  const isOurs = status < 400 || text.includes(requestId);
  return { status, headers: Object.fromEntries(headers), text: isOurs ? text : inOurForm(text, requestId) };
}

function inOurForm(text: string, requestId: string): string {
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
  QUERY_TOO_COMPLEX: 400,
  RATE_LIMITED: 429,
  STORAGE_UNAVAILABLE: 503,
  ISSUER_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

const statusOf = ({ code, field }: ErrorExtensions): number => ofField[field ?? ''] ?? statuses[code] ?? 500;
const ofField: Readonly<Record<string, number>> = { 'content-type': 415, 'content-length': 413 };
