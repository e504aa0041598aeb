import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Authenticator, Credentials } from '../auth/authenticator.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { localeOf } from '../http/locale.ts';
import type { Platform } from '../platform.ts';
import type { Following } from './following.ts';
import { formatError } from './format-error.ts';
import { SocketMember, tryAgainLater } from './socket-member.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface SocketServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): Promise<void>;
}

export interface SocketServerOptions {
  platform: Platform;
  authenticator: Authenticator;
  subscriptions: Subscriptions;
  /** Milliseconds between two looks at what the followers may do. */
  recheckEvery?: number;
}

const limits = {
  /** Bytes of one message of a client. */
  message: 64 * 1024,
  /** Subscriptions on one socket. */
  subscriptions: 20,
  /** Milliseconds for `connection_init`. */
  init: 3_000,
  /** Milliseconds for a client to answer that it is being sent away. */
  farewell: 2_000,
} as const;

/** What graphql-ws keeps for a socket, with ours, which is set in `onConnect`. */
type Ours = { credentials?: Credentials; locale?: string; standing?: string; expiry?: NodeJS.Timeout };
type Connection = Extra & Ours;

/** graphql-ws takes these as arguments of an execution; ours needs but what is followed. */
interface Started extends ExecutionArgs {
  readonly id: string;
  readonly connection: Connection;
  readonly following: Following;
}

/**
 * graphql-ws on the port of the API. Only subscriptions are followed here; anything else goes by HTTP. Any origin may
 * connect: a socket has no rights until its `connection_init` brings a token.
 */
export function createSocketServer({
  platform,
  authenticator,
  subscriptions,
  recheckEvery = 5_000,
}: SocketServerOptions): SocketServer {
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.message, perMessageDeflate: false });
  const connections = new Set<Connection>();

  const contextOf = async ({ credentials = {}, locale }: Connection): Promise<PlatformContext> => {
    const { clinicId, actor } = await authenticator.authenticate(credentials);
    if (actor.kind === 'anonymous')
      throw new RapportError('UNAUTHENTICATED', 'Send `authorization` in `connection_init`.');
    return platform.contextFor({ clinicId, actor, locale: localeOf(locale) });
  };
  const connect = async (connection: Connection, params: Record<string, unknown>): Promise<void> => {
    const text = (name: string): string | undefined => (typeof params[name] === 'string' ? params[name] : undefined);
    connection.credentials = { authorization: text('authorization'), clinicId: text('clinicId') };
    connection.locale = text('locale') ?? connection.request.headers['accept-language'];
    connection.standing = standingOf(await contextOf(connection));
    const { expiresAt } = await authenticator.authenticate(connection.credentials);
    connection.expiry = closeAt(expiresAt!, connection);
    connections.add(connection);
  };
  /** Rights change while a socket is open: it is closed then, and its client comes again with those of now, or not. */
  const recheck = async (connection: Connection): Promise<void> => {
    const standing = await contextOf(connection).then(standingOf, (error: unknown) =>
      // That the database cannot answer says nothing about anyone's rights.
      error instanceof RapportError ? undefined : connection.standing,
    );
    if (standing !== connection.standing) connection.socket.close(CloseCode.Forbidden, 'Your rights have changed');
  };
  const rounds = setInterval(() => connections.forEach(connection => void recheck(connection)), recheckEvery);
  rounds.unref();

  const graphql = useServer<Record<string, unknown>, Ours>(
    {
      connectionInitWaitTimeout: limits.init,
      async onConnect({ connectionParams = {}, extra }) {
        try {
          await connect(extra, connectionParams);
          return true;
        } catch (error) {
          const { message, extensions } = formatError(error, 'connection', platform.logger);
          extra.socket.close(extensions.retryable ? tryAgainLater : CloseCode.Forbidden, message.slice(0, 100));
          return false;
        }
      },
      onClose({ extra }) {
        clearTimeout(extra.expiry);
        connections.delete(extra);
      },
      async onSubscribe({ extra, subscriptions: open }, id, { query, variables, operationName }) {
        try {
          if (Object.keys(open).length > limits.subscriptions) {
            throw new RapportError('RATE_LIMITED', `One socket follows at most ${limits.subscriptions} subscriptions.`);
          }
          const context = await contextOf(extra);
          const following = subscriptions.check({
            document: query,
            variables: variables ?? {},
            operationName: operationName ?? undefined,
            context,
          });
          return {
            document: following.document,
            operationName: following.operationName,
            id,
            connection: extra,
            following,
          } as Started;
        } catch (error) {
          return [asGraphql(error, 'connection', platform)];
        }
      },
      subscribe: args => follow(args as Started, subscriptions, platform),
    },
    server,
  );

  return {
    upgrade(request, socket, head) {
      if (request.url?.split('?')[0] !== '/graphql')
        return void socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      server.handleUpgrade(request, socket, head, client => {
        server.emit('connection', client, request);
        // A message that is too long, or is none, closes its socket as the protocol says; graphql-ws would print it too.
        client.removeAllListeners('error').on('error', () => {});
      });
    },
    async stop() {
      clearInterval(rounds);
      const cut = setTimeout(() => server.clients.forEach(client => client.terminate()), limits.farewell);
      await graphql.dispose();
      clearTimeout(cut);
    },
  };
}

const standingOf = ({ scope, guardSet, actor }: PlatformContext): string =>
  JSON.stringify([scope, guardSet, actor.roles]);

function closeAt(expiresAt: number, { socket }: Connection): NodeJS.Timeout {
  // Node fires at once what is more than 24.8 days ahead.
  const inTime = Math.min(expiresAt - Date.now(), 2 ** 31 - 1);
  return setTimeout(() => socket.close(CloseCode.Forbidden, 'The token has expired'), inTime).unref();
}

/** The iterator that graphql-ws holds never yields: it only lives as long as the subscription does. */
async function follow(
  { id, connection, following }: Started,
  subscriptions: Subscriptions,
  platform: Platform,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  let membership: Disposable;
  try {
    membership = await subscriptions.join(following, new SocketMember(connection.socket, id));
  } catch (error) {
    return { errors: [asGraphql(error, following.context.requestId, platform)] };
  }
  const { promise: ended, resolve: end } = Promise.withResolvers<IteratorReturnResult<undefined>>();
  const leave = (): Promise<IteratorReturnResult<undefined>> => {
    membership[Symbol.dispose]();
    end({ value: undefined, done: true });
    return ended;
  };
  const life: AsyncIterableIterator<ExecutionResult> = {
    next: () => ended,
    return: leave,
    throw: leave,
    [Symbol.asyncIterator]: () => life,
  };
  return life;
}

function asGraphql(error: unknown, requestId: string, { logger }: Platform): GraphQLError {
  const { message, path, extensions } = formatError(error, requestId, logger);
  return new GraphQLError(message, { path, extensions });
}
