import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';

/** Bytes of a posted form. */
const longestForm = 64 * 1024;

/** A request of Node as the web's. Plugins see nothing of Node. */
export async function toWebRequest(request: IncomingMessage, origin: string): Promise<Request> {
  const { method = 'GET' } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value));
  const body = method === 'GET' || method === 'HEAD' ? undefined : await readBody(request, longestForm);
  return new Request(new URL(request.url ?? '/', origin), { method, headers, body });
}

export async function sendWebResponse(answer: Response, response: ServerResponse, isHead = false): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'content-length': String(body.length) });
  response.end(isHead ? undefined : body);
}
