import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../database/database.ts';
import type { Observer, RequestSeen, WorkSeen } from './observer.ts';
import { createQueues, type QueueDepth } from './queues.ts';

/** Is told what to count. */
export type MetricsTaker = Observer;

/** What other rooms know at the moment of being asked. */
export interface Gauges {
  readonly database: Pick<Database, 'dispatch'>;
  /** Reads that wait for an answer of PostgreSQL. */
  readsUnderWay(): number;
  sockets(): number;
}

export interface Metrics extends MetricsTaker {
  /** From now on also what these know. */
  watch(gauges: Gauges): void;
  /** In the text format of Prometheus. */
  page(): Promise<Response>;
}

/** Names of operations that are told apart. A client can make up any number, and each costs memory here and there. */
const mostOperations = 100;

/** No label has a clinic, a patient or a user. */
export function createMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const requests = new Histogram({
    name: 'rapport_request_seconds',
    help: 'Time to answer a GraphQL request over HTTP.',
    labelNames: ['operation', 'code'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const points = new Counter({ name: 'rapport_cost_points_total', help: 'Points that requests cost.', registers });
  const work = new Histogram({
    name: 'rapport_work_seconds',
    help: 'Time of an attempt at an event or a job.',
    labelNames: ['kind', 'plugin', 'name', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30],
    registers,
  });
  const mails = new Counter({
    name: 'rapport_mails_total',
    help: 'Mails by what became of an attempt to send them.',
    labelNames: ['stream', 'outcome'],
    registers,
  });
  const reports = new Counter({
    name: 'rapport_mail_reports_total',
    help: 'Reports of mail servers on mails that they took, by what was made of them.',
    labelNames: ['outcome'],
    registers,
  });
  const nameOf = bounded(mostOperations);
  return {
    request({ operation, status, code, milliseconds, cost }: RequestSeen) {
      // Only names that were answered are remembered: a stranger's cannot push out those of the frontends.
      const name = nameOf(operation, status === 200 && code === undefined);
      requests.labels(name, code ?? 'OK').observe(milliseconds / 1000);
      if (cost !== undefined) points.inc(cost);
    },
    work({ kind, plugin, name, milliseconds, failed }: WorkSeen) {
      work.labels(kind, plugin, name, failed ? 'failed' : 'done').observe(milliseconds / 1000);
    },
    mail: (stream, outcome) => mails.labels(stream, outcome).inc(),
    report: outcome => reports.labels(outcome).inc(),
    watch: gauges => watch(gauges, registers),
    page: async () => new Response(await register.metrics(), { headers: { 'content-type': register.contentType } }),
  };
}

function watch({ database, readsUnderWay, sockets }: Gauges, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number): unknown =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('rapport_reads_under_way', 'Reads that wait for an answer of PostgreSQL.', readsUnderWay);
  gauge('rapport_websockets', 'Open WebSocket connections.', sockets);
  gauge(
    'rapport_pool_waiting',
    'Statements that wait for a connection of the dispatcher.',
    () => database.dispatch.waitingCount,
  );
  gauge('rapport_pool_connections', 'Connections of the dispatcher.', () => database.dispatch.totalCount);
  const depths = createQueues(database);
  const queue = (name: string, help: string, read: (depth: QueueDepth) => number): unknown =>
    new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers,
      async collect() {
        // Without the database there is nothing to tell, and the rest of the page is what is needed then.
        for (const depth of await depths().catch(() => [])) this.labels(depth.queue).set(read(depth));
      },
    });
  queue('rapport_queue_due', 'Rows that are due and not done.', ({ due }) => due);
  queue('rapport_queue_oldest_seconds', 'Age of the oldest row that is due.', ({ oldestSeconds }) => oldestSeconds);
}

function bounded(most: number): (name: string | undefined, isGood: boolean) => string {
  const known = new Set<string>();
  return (name, isGood) => {
    if (name === undefined) return 'unnamed';
    if (known.has(name)) return name;
    if (!isGood || known.size >= most) return 'other';
    known.add(name);
    return name;
  };
}
