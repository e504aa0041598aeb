import type { Logger } from 'pino';
import type { ErrorCode } from '../errors.ts';
import type { MetricsTaker } from './metrics.ts';
import { describeSpan } from './tracing.ts';

/** A request to `/graphql` that was answered; nothing of what it asked for or was told. */
export interface RequestSeen {
  readonly requestId: string;
  /** As its document calls it, checked against the schema; undefined where it has no name or was refused before. */
  readonly operation?: string;
  readonly status: number;
  /** Of the first error. */
  readonly code?: ErrorCode;
  readonly milliseconds: number;
  /** In points. */
  readonly cost?: number;
  /** The trace that it is part of, by its `traceparent`. */
  readonly trace?: string;
}

/** An attempt at an event or a job. */
export interface WorkSeen {
  readonly kind: 'event' | 'job';
  readonly plugin: string;
  readonly name: string;
  readonly milliseconds: number;
  readonly failed: boolean;
}

/** Is told what happens, and tells it on: to the log and, where they are asked for, to the metrics. */
export interface Observer {
  request(seen: RequestSeen): void;
  work(seen: WorkSeen): void;
  mail(stream: string, outcome: string): void;
  /** What a mail server reported later. */
  report(outcome: string): void;
}

/** One call for each request, so that what is counted is not the business of who answers it. */
export function createObserver(logger: Logger, metrics?: MetricsTaker): Observer {
  return {
    request(seen) {
      describeSpan(seen);
      logger.info(seen, 'answered');
      metrics?.request(seen);
    },
    work(seen) {
      logger.debug(seen, 'worked');
      metrics?.work(seen);
    },
    mail: (stream, outcome) => metrics?.mail(stream, outcome),
    report: outcome => metrics?.report(outcome),
  };
}
