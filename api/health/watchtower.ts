import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendWebResponse } from '../http/web.ts';
import type { Metrics } from './metrics.ts';
import { healthPage } from './pages.ts';
import type { Readiness } from './readiness.ts';

/** The port for those who watch over a process; it goes on to answer until all else has ended. */
export interface Watchtower {
  listen(options: { port: number; host?: string }): Promise<{ port: number }>;
  stop(): Promise<void>;
}

export function createWatchtower({ readiness, metrics }: { readiness: Readiness; metrics?: Metrics }): Watchtower {
  let server: Server | undefined;
  const answer = async (path: string): Promise<Response> => {
    if (path === '/metrics' && metrics) return metrics.page();
    return (await healthPage(path, readiness)) ?? new Response(null, { status: 404 });
  };
  return {
    async listen({ port, host }) {
      const opened = createServer((request, response) => {
        void answer((request.url ?? '/').split('?')[0]!)
          .catch(() => new Response(null, { status: 503 }))
          .then(answered => sendWebResponse(answered, response, { withBody: request.method !== 'HEAD' }));
      });
      server = opened;
      await new Promise<void>((resolve, reject) => opened.once('error', reject).listen(port, host, resolve));
      return { port: (opened.address() as AddressInfo).port };
    },
    async stop() {
      server?.closeAllConnections();
      await new Promise<void>(resolve => (server ? server.close(() => resolve()) : resolve()));
    },
  };
}
