import {
  context,
  propagation,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
} from '@opentelemetry/api';
import { platformVersion } from '../version.ts';
import type { RequestSeen } from './observer.ts';

// Spans go to whatever SDK the process has registered (`node --import ./telemetry.js`). They hold names, statements without
// their values, and codes; nothing of a patient or a clinic.

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Headers of a request, which may say of which trace it is a part. */
  readonly headers?: object;
}

/** Of a process without an SDK: what the API itself stands in with. */
const nobody = new ProxyTracerProvider().getDelegate().constructor;

/** Asked once: an SDK is registered before the platform is loaded, or not at all. */
let isTraced: boolean | undefined;

function asksForSpans(): boolean {
  const provider = trace.getTracerProvider();
  const real = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  return (isTraced ??= real.constructor !== nobody);
}

/** Runs the work as one span, inside of the one that runs already. Without an SDK it only runs the work. */
export function spanned<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  if (!asksForSpans()) return work();
  const { kind, attributes, headers } = options;
  const parent = headers ? propagation.extract(ROOT_CONTEXT, headers) : context.active();
  const tracer = trace.getTracer('clinic-rapport', platformVersion);
  return tracer.startActiveSpan(name, { kind, attributes }, parent, async span => {
    try {
      return await work();
    } catch (error) {
      // Of an error only its name: messages of a database quote values.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : undefined });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** What is known of a request once it is answered. */
export function describeSpan({ operation, status, code, requestId }: RequestSeen): void {
  const span = isTraced ? trace.getActiveSpan() : undefined;
  if (!span) return;
  if (operation) span.updateName(`graphql ${operation}`);
  span.setAttributes({
    'http.response.status_code': status,
    'rapport.request_id': requestId,
    ...(operation && { 'graphql.operation.name': operation }),
    ...(code && { 'error.type': code }),
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
