import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Origins } from '../http/origins.ts';
import type { Budget } from '../limits/budget.ts';
import { createPrice } from '../limits/cost.ts';
import type { Platform } from '../platform.ts';
import { startApollo } from './apollo.ts';
import { createDocuments } from './document.ts';
import { createEndpoint } from './endpoint.ts';
import { createExecutor } from './execute.ts';
import { createRunner, type Execution, type ExecutionRequest } from './execution.ts';
import { createRepeats } from './repeats.ts';
import { createCharge } from './request.ts';
import { createSocketServer, type SocketLimits } from './socket.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createVerbatim } from './verbatim.ts';

export type { Execution, ExecutionRequest } from './execution.ts';

export interface GraphqlServer {
  /** Answers a request to `/graphql`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Opens a WebSocket at `/graphql`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many are open. */
  readonly sockets: number;
  /** A query or mutation, past HTTP and authentication. */
  execute(request: ExecutionRequest): Promise<Execution>;
  /** A subscription, past WebSocket and authentication. */
  subscribe(request: ExecutionRequest): Promise<AsyncIterableIterator<Execution>>;
  /** Sends subscribers away to come again elsewhere, and answers what has begun. */
  stop(): Promise<void>;
}

export interface GraphqlServerOptions {
  platform: Platform;
  schema: GraphQLSchema;
  authenticator: Authenticator;
  budget: Budget;
  origins: Origins;
  /** Whether the schema may be asked for. */
  introspection: boolean;
  socketLimits?: SocketLimits;
}

/** One schema over HTTP, over WebSocket, and for callers in the process. */
export async function createGraphqlServer({
  platform,
  schema,
  authenticator,
  budget,
  origins,
  introspection,
  socketLimits,
}: GraphqlServerOptions): Promise<GraphqlServer> {
  const execute = createExecutor(schema);
  const read = createDocuments(schema);
  const price = createPrice(schema);
  const charge = createCharge(price, budget);
  const repeats = createRepeats();
  const apollo = await startApollo({ platform, schema, execute, charge, repeats, introspection });
  const endpoint = createEndpoint({
    platform,
    authenticator,
    apollo,
    execute,
    answerVerbatim: createVerbatim(schema),
    repeats,
    charge,
    budget,
    origins,
  });
  const subscriptions = createSubscriptions({ platform, schema, read, price });
  const socket = createSocketServer({ platform, authenticator, subscriptions, origins, ...socketLimits });
  return {
    handle: endpoint.handle,
    upgrade: socket.upgrade,
    get sockets() {
      return socket.count;
    },
    execute: createRunner({ platform, read, execute }),
    subscribe: subscriptions.follow,
    async stop() {
      await Promise.all([socket.stop(), endpoint.drain()]);
      await apollo.stop();
    },
  };
}
