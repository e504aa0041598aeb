import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { RapportError } from '../errors.ts';
import type { Origins } from './origins.ts';

/** What a page of a listed origin may do; asked by its browser before the request itself. */
const permission = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers':
    'authorization, content-type, x-clinic-id, x-request-id, traceparent, apollo-require-preflight',
  'access-control-max-age': '600',
} as const;

/** Headers that let the page of this origin read the answer. */
const readable = (origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'x-request-id, retry-after',
  vary: 'origin',
});

/** The answer to a browser that asks first: which headers, or none for a page that no clinic lists. */
export async function preflight(
  { headers: { origin } }: IncomingMessage,
  origins: Origins,
): Promise<Record<string, string>> {
  if (origin === undefined || !(await origins.isKnown(origin))) return { vary: 'origin' };
  return { ...readable(origin), ...permission };
}

/** Headers for the answer to a page of this origin. Throws FORBIDDEN for a page that the clinic does not list. */
export async function admit(
  origin: string | undefined,
  clinicId: string,
  origins: Origins,
): Promise<Record<string, string> | undefined> {
  if (origin === undefined) return undefined;
  const isAllowed = clinicId === '' ? await origins.isKnown(origin) : await origins.allows(clinicId, origin);
  if (isAllowed) return readable(origin);
  throw new RapportError(
    'FORBIDDEN',
    'The clinic does not list the origin of this page: its owner adds it with `setAllowedOrigins`.',
  );
}

/** A browser sends none of these to another site without asking first. */
const askedFor = ['authorization', 'x-clinic-id', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

/**
 * Refuses a GET that a page of another site may have caused, by an image or a link: it would run under what the browser sends
 * by itself. A POST of JSON is never sent without asking, and one of another type is refused for its type.
 */
export function refuseForgery(method: string, headers: IncomingHttpHeaders): void {
  if (method === 'POST' || askedFor.some(name => name in headers)) return;
  const site = headers['sec-fetch-site'];
  const isOurs = site === undefined || site === 'same-origin' || site === 'none';
  if (isOurs && headers.cookie === undefined) return;
  throw new RapportError(
    'BAD_USER_INPUT',
    'A GET from a page of another site is refused: send `apollo-require-preflight: true`, or a POST.',
  );
}
