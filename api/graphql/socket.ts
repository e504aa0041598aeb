import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Authenticator, Credentials } from '../auth/authenticator.ts';
import { bearerOf } from '../auth/standings.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { clientAddress } from '../http/client-address.ts';
import { localeOf } from '../http/locale.ts';
import type { Origins } from '../http/origins.ts';
import type { Platform } from '../platform.ts';
import type { Following } from './following.ts';
import { formatError } from './format-error.ts';
import { SocketBearer } from './socket-bearer.ts';
import { SocketMember, tryAgainLater } from './socket-member.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface SocketServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many are open. */
  readonly count: number;
  stop(): Promise<void>;
}

export interface SocketServerOptions extends SocketLimits {
  platform: Platform;
  authenticator: Authenticator;
  subscriptions: Subscriptions;
  origins: Origins;
  /** Milliseconds between two looks at what the followers may do, beside those that a notice causes. */
  recheckEvery?: number;
}

export interface SocketLimits {
  /** Sockets that one user or API key may have open in this process; 100 if not given. */
  socketsPerCredential?: number;
  /** Sockets that this process holds; 20,000 if not given. */
  sockets?: number;
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
type Ours = {
  credentials?: Credentials;
  locale?: string;
  standing?: string;
  expiry?: NodeJS.Timeout;
  /** Whose socket it is, as notices name it. */
  owner?: string;
  bearer?: SocketBearer;
};
type Connection = Extra & Ours;

/** graphql-ws takes these as arguments of an execution; ours needs but what is followed. */
interface Started extends ExecutionArgs {
  readonly id: string;
  readonly connection: Connection;
  readonly following: Following;
}

/**
 * graphql-ws on the port of the API. Only subscriptions are followed here; anything else goes by HTTP. A page of another site
 * is turned away before there is a socket, and one that the clinic does not list as soon as it says for which clinic it comes.
 */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { platform, authenticator, subscriptions, origins, recheckEvery = 5_000 } = options;
  const { socketsPerCredential = 100, sockets = 20_000 } = options;
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.message, perMessageDeflate: false });
  const connections = new Map<string, Set<Connection>>();

  const contextOf = async ({ credentials = {}, locale, request }: Connection): Promise<PlatformContext> => {
    const { clinicId, actor } =
      authenticator.recall(credentials) ??
      (await authenticator.authenticate(credentials, { address: clientAddress(request, platform.proxies) }));
    if (actor.kind === 'anonymous')
      throw new RapportError('UNAUTHENTICATED', 'Send `authorization` in `connection_init`.');
    return platform.contextFor({ clinicId, actor, locale: localeOf(locale) });
  };
  const connect = async (connection: Connection, params: Record<string, unknown>): Promise<void> => {
    const text = (name: string): string | undefined => (typeof params[name] === 'string' ? params[name] : undefined);
    const { origin, 'accept-language': language } = connection.request.headers;
    connection.credentials = { authorization: text('authorization'), clinicId: text('clinicId') };
    connection.locale = text('locale') ?? language;
    const context = await contextOf(connection);
    if (origin !== undefined && !(await origins.allows(context.clinicId, origin)))
      throw new RapportError('FORBIDDEN', 'The clinic does not list the page that asks.');
    const { expiresAt } = await authenticator.authenticate(connection.credentials);
    connection.standing = standingOf(context);
    enter(connection, bearerOf(context.actor));
    connection.expiry = closeAt(expiresAt!, connection);
    // A notice that came before the socket was among those that it concerns.
    if (!authenticator.recall(connection.credentials)) await recheck(connection);
  };
  const enter = (connection: Connection, owner: string): void => {
    const own = connections.get(owner) ?? new Set();
    if (own.size >= socketsPerCredential)
      throw new RapportError('RATE_LIMITED', `One credential has at most ${socketsPerCredential} sockets.`);
    // Its client may be gone already, and then nobody says that it goes.
    if (connection.socket.readyState !== connection.socket.OPEN) return;
    connection.bearer = new SocketBearer();
    connection.owner = owner;
    connections.set(owner, own.add(connection));
  };
  const leave = (connection: Connection): void => {
    clearTimeout(connection.expiry);
    const own = connections.get(connection.owner ?? '');
    if (own?.delete(connection) && own.size === 0) connections.delete(connection.owner!);
  };
  /** Rights change while a socket is open: it is closed then, and its client comes again with those of now, or not. */
  const recheck = async (connection: Connection): Promise<void> => {
    try {
      const standing = standingOf(await contextOf(connection));
      if (standing === connection.standing) return connection.bearer?.confirm();
    } catch (error) {
      // That the database cannot answer says nothing about anyone's rights: until it can, what comes is held.
      if (!(error instanceof RapportError)) return;
    }
    connection.socket.close(CloseCode.Forbidden, 'Your rights have changed');
  };
  const recheckAll = (own: Iterable<Connection>): void => {
    for (const connection of own) void recheck(connection);
  };
  const watching = authenticator.watch(concerned => {
    const found = [...connections].filter(([owner]) => concerned === 'all' || concerned.has(owner));
    for (const [, own] of found) for (const { bearer } of own) bearer!.doubt();
    for (const [, own] of found) recheckAll(own);
  });
  const rounds = setInterval(() => connections.forEach(recheckAll), recheckEvery);
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
      onClose: ({ extra }) => leave(extra),
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

  /** Why there is no socket for this request, as a line of HTTP. */
  const refusal = async ({ url, headers: { origin } }: IncomingMessage): Promise<string | undefined> => {
    if (url?.split('?')[0] !== '/graphql') return '404 Not Found';
    if (server.clients.size >= sockets) return '503 Service Unavailable';
    // Without the header it is no browser, whose user could be made to come without knowing it.
    return origin === undefined || (await origins.isKnown(origin)) ? undefined : '403 Forbidden';
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => {});
      const accept = (refused: string | undefined): unknown => {
        if (refused !== undefined) return socket.end(`HTTP/1.1 ${refused}\r\nconnection: close\r\n\r\n`);
        return server.handleUpgrade(request, socket, head, client => {
          server.emit('connection', client, request);
          // A message that is too long, or is none, closes its socket as the protocol says; graphql-ws would print it too.
          client.removeAllListeners('error').on('error', () => {});
        });
      };
      refusal(request).then(accept, () => accept('503 Service Unavailable'));
    },
    get count() {
      return server.clients.size;
    },
    async stop() {
      clearInterval(rounds);
      watching[Symbol.dispose]();
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
    membership = await subscriptions.join(following, new SocketMember(connection, id, connection.bearer!));
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
