import type { IncomingMessage, ServerResponse } from 'node:http';
import { badInput } from '../errors.ts';
import { readBytes } from './body.ts';

/** Bytes of a posted form, or of what another system sends. */
export const usualBody = 256 * 1024;

/**
 * A request of Node as the web's: plugins see nothing of Node. Throws BAD_USER_INPUT, and QUERY_TOO_COMPLEX for a body of more
 * than `longestBody` bytes.
 */
export async function toWebRequest(
  request: IncomingMessage,
  origin: string,
  longestBody = usualBody,
): Promise<Request> {
  const { method = 'GET', url = '/' } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? new Uint8Array(await readBytes(request, longestBody)) : undefined;
  try {
    return new Request(new URL(origin + url), { method, headers, body });
  } catch {
    throw badInput('url', 'This is no request for a page.');
  }
}

export async function sendWebResponse(
  answer: Response,
  response: ServerResponse,
  { withBody = true } = {},
): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.setHeader('content-length', body.length);
  response.writeHead(answer.status).end(withBody ? body : undefined);
}
