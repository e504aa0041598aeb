import type { IncomingMessage } from 'node:http';
import { RapportError } from '../errors.ts';

/** The body as text; QUERY_TOO_COMPLEX as soon as it is larger than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new RapportError('QUERY_TOO_COMPLEX', `A body has at most ${limit / 1024} kB.`);
    chunks.push(chunk);
  }
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8');
}
