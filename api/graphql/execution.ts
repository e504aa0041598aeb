import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { PlatformContext } from '../context.ts';
import type { Platform } from '../platform.ts';
import type { ReadDocument } from './document.ts';
import type { Execute } from './execute.ts';
import { formatError } from './format-error.ts';

/** One operation, as text, and who asks. */
export interface ExecutionRequest {
  document: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  context: PlatformContext;
}

/** What goes out; errors in the form in which clients see them. */
export interface Execution {
  data: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
}

export const executionOf = ({ data, errors }: ExecutionResult, requestId: string, { logger }: Platform): Execution => ({
  data: (data as Execution['data']) ?? null,
  ...(errors && { errors: errors.map(error => formatError(error, requestId, logger)) }),
});

/** Runs operations past HTTP. */
export const createRunner =
  ({ platform, read, execute }: { platform: Platform; read: ReadDocument; execute: Execute }) =>
  async ({ document: text, variables, operationName, context }: ExecutionRequest): Promise<Execution> => {
    const found = read(text);
    const result = 'errors' in found ? found : await execute({ ...found, operationName, variables, context });
    return executionOf(result, context.requestId, platform);
  };
