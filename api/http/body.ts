import type { IncomingMessage } from 'node:http';
import { RapportError } from '../errors.ts';

/** The body as text, of at most so many bytes. */
export const readBody = (request: IncomingMessage, limit: number): Promise<string> =>
  readBytes(request, limit).then(bytes => bytes.toString('utf8'));

/** The body; QUERY_TOO_COMPLEX as soon as it is larger than `limit` bytes, and what is left of it is not kept. */
export function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  // By events: an iterator costs more than all else that is done for a small request, and cuts the connection when it is left.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else
        reject(
          new RapportError('QUERY_TOO_COMPLEX', `A body has at most ${limit / 1024} kB.`, { field: 'content-length' }),
        );
    });
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new RapportError('BAD_USER_INPUT', 'The body ended before it was whole.'));
    });
  });
}
