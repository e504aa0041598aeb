import { DriverException, OptimisticLockError } from '@mikro-orm/postgresql';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { errorCodes, RapportError, type ErrorCode } from '../errors.ts';
import { withoutValues } from './without-values.ts';

export interface ErrorExtensions extends Record<string, unknown> {
  code: ErrorCode;
  retryable: boolean;
  requestId: string;
  field?: string;
  plugin?: string;
  /** Seconds. */
  retryAfter?: number;
}

const reported = new WeakSet<object>();
const worthReporting: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INTERNAL_SERVER_ERROR',
  'PLUGIN_UNAVAILABLE',
  'ISSUER_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
]);

/**
 * The one form in which errors leave, over HTTP and over WebSocket. What the platform raised on purpose goes out as it is;
 * anything else is masked, and its place in the code, never its message or values, is logged under the request's id.
 */
export function formatError(
  error: unknown,
  requestId: string,
  logger: Logger,
): GraphQLFormattedError & { extensions: ErrorExtensions } {
  const { locations, path } = error as GraphQLError;
  const known = knownError(error);
  if (worthReporting.has(known.code)) report(error, { requestId, plugin: known.plugin }, logger);
  const { code, message, field, plugin, retryAfter } = known;
  return {
    message,
    ...(locations && { locations: locations.map(({ line, column }) => ({ line, column })) }),
    ...(path && { path }),
    extensions: {
      code,
      retryable: errorCodes[code].retryable,
      requestId,
      ...(field && { field }),
      ...(plugin && { plugin }),
      ...(retryAfter && { retryAfter }),
    },
  };
}

type Known = Pick<RapportError, 'code' | 'message' | 'field' | 'plugin' | 'retryAfter'>;

const masked: Known = {
  code: 'INTERNAL_SERVER_ERROR',
  message: 'Something went wrong on our side; the request’s id helps to find it.',
};

function knownError(error: unknown): Known {
  const origin = originOf(error);
  if (origin instanceof RapportError) return origin;
  if (origin instanceof OptimisticLockError)
    return { code: 'CONFLICT', message: 'It was changed by someone else meanwhile: read it anew.' };
  if (origin instanceof GraphQLError)
    return isOfRequest(error as GraphQLError, origin)
      ? {
          code: codeOf(error as GraphQLError) ?? codeOf(origin) ?? 'BAD_USER_INPUT',
          message: withoutValues(origin.message),
        }
      : masked;
  return ofStorage(origin) ?? masked;
}

/**
 * What graphql-js says of a document or its variables has no path, or names a node of the document itself. An error with a
 * path alone comes from a resolver that broke what the schema promises, and quotes what it answered.
 */
const isOfRequest = ({ path }: GraphQLError, origin: GraphQLError): boolean =>
  path === undefined || (origin.path === undefined && origin.nodes !== undefined);

/** On what was thrown within the process; over HTTP on what Apollo has wrapped it in. */
function codeOf({ extensions }: GraphQLError): ErrorCode | undefined {
  const code = extensions?.['code'];
  return code === 'GRAPHQL_PARSE_FAILED' || code === 'GRAPHQL_VALIDATION_FAILED' ? code : undefined;
}

/** What was thrown first: GraphQL wraps it, once for each layer that it passes. */
export function originOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError) origin = origin.originalError;
  return origin;
}

const unavailable: Known = {
  code: 'STORAGE_UNAVAILABLE',
  message: 'The database cannot answer at the moment; nothing was written.',
};

const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Faults of the database that a caller can do something about: come again, or send another value. */
export function ofStorage(error: unknown): Known | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as Error & { code?: unknown };
  // What pg says when its connection breaks has no code.
  if (code === undefined && lostConnection.test(message)) return unavailable;
  if (typeof code !== 'string') return undefined;
  // No connection, no room, no time, or two transactions that met too often.
  if (/^(08|53|58)...$|^57(P..|014)$|^40(001|P01)$|^E(CONNREFUSED|CONNRESET|TIMEDOUT|PIPE)$/.test(code)) {
    return unavailable;
  }
  return /^22[0-9A-Z]{3}$/.test(code)
    ? { code: 'BAD_USER_INPUT', message: 'A value is malformed or out of range.' }
    : undefined;
}

function report(error: unknown, about: { requestId: string; plugin?: string }, logger: Logger): void {
  const fault = originOf(error);
  const cause = fault instanceof RapportError && fault.cause ? fault.cause : fault;
  if (typeof cause === 'object' && cause !== null) {
    if (reported.has(cause)) return;
    reported.add(cause);
  }
  logger.error({ ...about, fault: describe(cause) }, 'A request failed');
}

/** A message of the database quotes values of patients, so of such an error only the code and the stack are kept. */
export function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, code, stack = '' } = error as Error & { code?: unknown };
  const quotes = error instanceof DriverException || (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code));
  const frames = stack.split('\n').filter(line => /^\s+at /.test(line));
  return {
    name,
    ...(code !== undefined && { code }),
    ...(!quotes && { message: error.message }),
    stack: frames.join('\n'),
  };
}
