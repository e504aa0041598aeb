import autocannon from 'autocannon';
import type { Child } from './child.ts';

/** What a server did under load. */
export interface Load {
  /** Requests a second. */
  readonly rate: number;
  /** Microseconds of the server's CPU for one request; undefined where the system does not tell. */
  readonly cpu: number | undefined;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

interface Request {
  headers: Record<string, string>;
  body: string;
}

/** Asks as fast as the server answers. Throws if one answer is an error. */
export async function loadOf(
  server: Child,
  requests: readonly Request[],
  { seconds, connections }: { seconds: number; connections: number },
): Promise<Load> {
  const before = server.cpu();
  const begin = performance.now();
  const result = await autocannon({
    url: `http://127.0.0.1:${server.port}/graphql`,
    connections,
    duration: seconds,
    requests: requests.map(request => ({ ...request, method: 'POST', path: '/graphql' })),
  });
  const took = (performance.now() - begin) / 1000;
  const after = server.cpu();
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${server.name} failed ${bad} of ${result.requests.total} requests.`);
  const { total } = result.requests;
  return {
    rate: total / took,
    cpu: before === undefined || after === undefined ? undefined : ((after - before) / total) * 1e6,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}
