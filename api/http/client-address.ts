import type { IncomingMessage } from 'node:http';

/**
 * The address from which the client came: of the connection, or where that is a proxy of ours, the one that the proxy saw.
 * Of `proxies` in a row each adds one to `x-forwarded-for`; what stands before those was written by the client itself.
 */
export function clientAddress({ headers, socket }: IncomingMessage, proxies: number): string {
  const seen = String(headers['x-forwarded-for'] ?? '').split(',');
  const forwarded = proxies > 0 ? seen.at(-proxies)?.trim() : undefined;
  return forwarded || (socket.remoteAddress ?? 'unknown');
}
