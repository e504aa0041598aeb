import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../auth/authenticator.ts';
import { describe } from '../graphql/format-error.ts';
import type { GraphqlServer } from '../graphql/server.ts';
import type { Mailbox } from '../mail/mailbox.ts';
import type { Platform } from '../platform.ts';
import { graphiqlAsset, graphiqlPage } from './graphiql.ts';
import { mailboxPage } from './mailbox-page.ts';
import { createRoutes } from './routes.ts';
import { sendWebResponse, toWebRequest } from './web.ts';

/** What helps to develop, and has no place in production. */
export interface DevelopmentPages {
  /** Bearer tokens by the name of a role, at hand in GraphiQL. */
  tokens: Readonly<Record<string, string>>;
  mailbox?: Mailbox;
}

export interface HttpDoorOptions {
  platform: Platform;
  graphql: GraphqlServer;
  authenticator: Authenticator;
  development?: DevelopmentPages;
}

export interface HttpDoor {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** One port: `/graphql`, the pages of plugins, and in development GraphiQL and the mailbox. */
export function createHttpDoor({ platform, graphql, authenticator, development }: HttpDoorOptions): HttpDoor {
  const routes = createRoutes({ platform, authenticator });
  const page = async (request: IncomingMessage, path: string): Promise<Response> => {
    if (path.startsWith('/plugins/')) return routes.handle(await toWebRequest(request, 'http://localhost'));
    if (development && path === '/') return new Response(null, { status: 302, headers: { location: '/graphql' } });
    if (development && path.startsWith('/dev/graphiql/')) return graphiqlAsset(path.slice('/dev/graphiql/'.length));
    if (development?.mailbox && path.startsWith('/dev/mailbox')) return mailboxPage(development.mailbox, path);
    return Response.json({ errors: [{ message: 'There is nothing here; the API is at `/graphql`.', extensions: { code: 'NOT_FOUND' } }] }, { status: 404 });
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (path === '/graphql') {
      const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html');
      if (!(development && wantsPage)) return graphql.handle(request, response);
      return sendWebResponse(graphiqlPage(development.tokens), response);
    }
    return sendWebResponse(await page(request, path), response, request.method === 'HEAD');
  };
  return {
    handle(request, response) {
      handle(request, response).catch((error: unknown) => {
        platform.logger.error({ fault: describe(error) }, 'A request failed');
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
        response.end('{"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}');
      });
    },
  };
}
