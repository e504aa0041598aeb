import type { IncomingMessage, ServerResponse } from 'node:http';
import { v7 as newId } from 'uuid';
import type { Authenticator } from '../auth/authenticator.ts';
import { notFound } from '../errors.ts';
import { formatError } from '../graphql/format-error.ts';
import type { GraphqlServer } from '../graphql/server.ts';
import { healthPage } from '../health/pages.ts';
import type { Readiness } from '../health/readiness.ts';
import type { Mailbox } from '../mail/mailbox.ts';
import { createReportIntake } from '../mail/report-intake.ts';
import type { Platform } from '../platform.ts';
import { clientAddress } from './client-address.ts';
import { graphiqlAsset, graphiqlPage } from './graphiql.ts';
import { mailboxPage } from './mailbox-page.ts';
import { statusOf } from './notice.ts';
import { createMailReports, mailReportsPath } from './mail-reports.ts';
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
  readiness: Readiness;
  /** None in a process that only works: it answers for its health, and nothing else. */
  graphql?: GraphqlServer;
  authenticator: Authenticator;
  development?: DevelopmentPages;
}

export interface HttpDoor {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** One port: `/graphql`, the pages of plugins, the health of the process, and in development GraphiQL and the mailbox. */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const { platform, readiness, graphql, authenticator, development } = options;
  const routes = createRoutes({ platform, authenticator });
  const mailReports = createMailReports(createReportIntake(platform));

  const pageFor = async (request: IncomingMessage, path: string, requestId: string): Promise<Response> => {
    const health = isReading(request) && (await healthPage(path, readiness));
    if (health) return health;
    if (graphql && routes.has(path))
      return routes.handle(await toWebRequest(request, platform.links.origin, routes.longestBody(request, path)), {
        requestId,
        address: () => clientAddress(request, platform.proxies),
      });
    if (graphql && path === mailReportsPath && request.method === 'POST') return mailReports(request);
    const page = development && isReading(request) && (await developmentPage(path, development));
    if (page) return page;
    throw notFound('This path');
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0]!;
    // Whoever keeps a connection is to come again by another one, which a balancer leads elsewhere.
    if (readiness.isDraining) response.setHeader('connection', 'close');
    if (graphql && path === '/graphql' && !(development && wantsPage(request)))
      return graphql.handle(request, response);
    const requestId = newId();
    const answer = await pageFor(request, path, requestId).catch((error: unknown) => {
      const formatted = formatError(error, requestId, platform.logger);
      return Response.json({ errors: [formatted] }, { status: statusOf(formatted.extensions.code) });
    });
    response.setHeader('x-request-id', requestId);
    await sendWebResponse(answer, response, { withBody: request.method !== 'HEAD' });
  };

  return {
    handle(request, response) {
      handle(request, response).catch((error: unknown) => {
        formatError(error, newId(), platform.logger);
        response.destroy();
      });
    },
  };
}

async function developmentPage(path: string, { tokens, mailbox }: DevelopmentPages): Promise<Response | undefined> {
  if (path === '/') return new Response(null, { status: 302, headers: { location: '/graphql' } });
  if (path === '/graphql') return graphiqlPage(tokens);
  if (path.startsWith('/dev/graphiql/')) return graphiqlAsset(path.slice('/dev/graphiql/'.length));
  return mailbox && mailboxPage(mailbox, path);
}

const isReading = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

/** A browser that was sent here, and not a client that asks a query by GET. */
const wantsPage = (request: IncomingMessage): boolean =>
  isReading(request) && !request.url!.includes('query=') && (request.headers.accept?.includes('text/html') ?? false);
