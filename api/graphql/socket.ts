import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, parse, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Authenticated, Authenticator, Credentials } from '../auth/authenticator.ts';
import type { PlatformContext } from '../context.ts';
import { localeOf } from '../http/locale.ts';
import type { Platform } from '../platform.ts';
import { RapportError } from '../errors.ts';
import { formatError } from './format-error.ts';
import type { ExecutionRequest } from './server.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface SocketServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): Promise<void>;
}

export interface SocketServerOptions {
  platform: Platform;
  schema: GraphQLSchema;
  authenticator: Authenticator;
  subscriptions: Subscriptions;
}

const limits = {
  /** Bytes of one message of a client. */
  message: 64 * 1024,
  /** Subscriptions on one socket. */
  subscriptions: 20,
  /** Bytes that may wait for a slow client before it is told to come again. */
  waiting: 1024 * 1024,
  /** Milliseconds for `connection_init`. */
  init: 3_000,
} as const;

/** The client is to come again with its last cursor. */
const tryAgainLater = 1013;

/** What graphql-ws keeps for a socket; ours is set in `onConnect`. */
type Connection = Extra & { credentials?: Credentials; locale?: string; expiry?: NodeJS.Timeout };

interface Started {
  id: string;
  request: ExecutionRequest;
  socket: WebSocket;
  stillAllowed(): Promise<void>;
}

/** graphql-ws on the port of the API. Only subscriptions are followed here; anything else goes by HTTP. */
export function createSocketServer({ platform, schema, authenticator, subscriptions }: SocketServerOptions): SocketServer {
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.message, perMessageDeflate: false });
  const started = new WeakMap<object, Started>();

  const authenticate = async (connection: Connection): Promise<Authenticated> => {
    const known = await authenticator.authenticate(connection.credentials ?? {});
    if (known.actor.kind === 'anonymous') throw new RapportError('UNAUTHENTICATED', 'Send `authorization` in the payload of `connection_init`.');
    return known;
  };
  const contextOf = async (connection: Connection): Promise<PlatformContext> => {
    const { clinicId, actor } = await authenticate(connection);
    return platform.contextFor({ clinicId, actor, locale: localeOf(connection.locale) });
  };

  const cleanup = useServer<Record<string, unknown>, { credentials?: Credentials; locale?: string; expiry?: NodeJS.Timeout }>(
    {
      schema,
      connectionInitWaitTimeout: limits.init,
      async onConnect({ connectionParams = {}, extra }) {
        const text = (name: string): string | undefined => (typeof connectionParams[name] === 'string' ? connectionParams[name] : undefined);
        extra.credentials = { authorization: text('authorization'), clinicId: text('clinicId') };
        extra.locale = text('locale') ?? extra.request.headers['accept-language'];
        try {
          const { expiresAt } = await authenticate(extra);
          closeAt(expiresAt!, extra);
          return true;
        } catch {
          return false;
        }
      },
      onClose: ({ extra }) => clearTimeout(extra.expiry),
      async onSubscribe({ extra, subscriptions: open }, id, { query, variables, operationName }) {
        try {
          if (Object.keys(open).length > limits.subscriptions) throw new RapportError('RATE_LIMITED', `One socket follows at most ${limits.subscriptions} subscriptions.`);
          const context = await contextOf(extra);
          const request = { document: query, variables: variables ?? {}, operationName: operationName ?? undefined, context };
          const carrier = { schema, document: someSubscription } as never as object;
          started.set(carrier, { id, request, socket: extra.socket as WebSocket, stillAllowed: recheck(extra, context, contextOf) });
          return carrier as never;
        } catch (error) {
          return [asGraphql(error, 'connection', platform)];
        }
      },
      subscribe: (async (carrier: object) => shared(started.get(carrier)!, subscriptions, platform)) as never,
    },
    server,
  );

  return {
    upgrade(request, socket, head) {
      server.handleUpgrade(request, socket, head, client => {
        client.on('error', () => client.terminate());
        server.emit('connection', client, request);
      });
    },
    async stop() {
      await cleanup.dispose();
      server.close();
    },
  };
}

/** graphql-ws looks for an operation in what it is given; ours is parsed and checked where the subscription is joined. */
const someSubscription = parse('subscription { any }');

function closeAt(expiresAt: number, connection: Connection): void {
  // Node fires at once what is more than 24.8 days ahead.
  const inTime = Math.min(expiresAt - Date.now(), 2 ** 31 - 1);
  connection.expiry = setTimeout(() => connection.socket.close(CloseCode.Forbidden, 'Token expired'), inTime);
  connection.expiry.unref();
}

/** Rights may have changed since the socket was opened: asked again at an event, through the authenticator's short memory. */
function recheck(connection: Connection, { guardSet, scope }: PlatformContext, contextOf: (of: Connection) => Promise<PlatformContext>): () => Promise<void> {
  return async () => {
    const now = await contextOf(connection).catch(() => undefined);
    const isSame = now && now.guardSet === guardSet && JSON.stringify(now.scope) === JSON.stringify(scope);
    if (!isSame) connection.socket.close(CloseCode.Forbidden, 'Rights have changed');
  };
}

/**
 * Writes the shared payload of each event to the socket, behind the id that this client gave its subscription. The iterator
 * that graphql-ws holds never yields: it only lives as long as the subscription does.
 */
async function shared({ id, request, socket, stillAllowed }: Started, subscriptions: Subscriptions, platform: Platform): Promise<AsyncIterableIterator<unknown> | ExecutionResult> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  const closing = Buffer.from('}');
  let checkedAt = Date.now();
  let membership: Disposable | undefined;
  try {
    membership = await subscriptions.join(request, {
      async take(_, payload) {
        if (Date.now() - checkedAt > 5_000) {
          checkedAt = Date.now();
          await stillAllowed();
        }
        if (socket.readyState !== socket.OPEN) return;
        if (socket.bufferedAmount > limits.waiting) return socket.close(tryAgainLater, 'Too slow: come again with your last cursor');
        socket.send(Buffer.concat([head, payload, closing]), { binary: false });
      },
      fail: () => socket.close(tryAgainLater, 'Come again with your last cursor'),
    });
  } catch (error) {
    return { errors: [asGraphql(error, request.context.requestId, platform)] };
  }
  const finish = async (): Promise<IteratorResult<unknown>> => {
    membership[Symbol.dispose]();
    end();
    return { value: undefined, done: true };
  };
  const iterator: AsyncIterableIterator<unknown> = {
    next: () => ended.then(() => ({ value: undefined, done: true as const })),
    return: finish,
    throw: finish,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

function asGraphql(error: unknown, requestId: string, { logger }: Platform): GraphQLError {
  const { message, path, extensions } = formatError(error, requestId, logger);
  return new GraphQLError(message, { path, extensions });
}
