import type { Authenticator } from '../auth/authenticator.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { describe, originOf } from '../graphql/format-error.ts';
import type { Opened } from '../mail/links.ts';
import type { Platform } from '../platform.ts';
import type { Actor, Link, Permission, Route } from '../plugin.ts';
import { localeOf } from './locale.ts';
import { notice } from './notice.ts';

/** Milliseconds that a plugin's page may take. */
const timeLimit = 10_000;

/** No script, nothing from elsewhere, nothing kept, nothing told to others, not to be found by searching. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/** A link's bearer: may do what its route does, and sees one patient. */
const bearerOf = (link: Link<any>, patientId: string): Actor => ({
  kind: 'link',
  id: link.name,
  roles: [],
  permissions: noPermissions,
  patientIds: [patientId],
});
const noPermissions: ReadonlySet<string> = new Set();

interface Found {
  plugin: string;
  route: Route;
  opened?: Opened<unknown>;
}

export interface Routes {
  /** Answers every path below `/plugins/`. */
  handle(request: Request): Promise<Response>;
}

/** The pages of plugins. A GET reads; only a POST has a transaction, so a mail scanner that follows links changes nothing. */
export function createRoutes({ platform, authenticator }: { platform: Platform; authenticator: Authenticator }): Routes {
  const answer = async (request: Request): Promise<Response> => {
    const locale = localeOf(request.headers.get('accept-language') ?? undefined, 'zh-Hant');
    const found = find(request, platform);
    if (found === undefined) return notice('missing', locale);
    if (found === 'other method') return new Response(null, { status: 405 });
    if (found.opened?.expired) return notice('expired', locale);
    const context = await contextOf(found, request, { platform, authenticator });
    if (!context.enabled.has(found.plugin)) return notice('missing', locale);
    return run(found, request, context);
  };
  return {
    async handle(request) {
      const response = await answer(request).catch((error: unknown) => refuse(error, request, platform));
      for (const [name, value] of Object.entries(pageHeaders)) if (!response.headers.has(name)) response.headers.set(name, value);
      return response;
    },
  };
}

function find(request: Request, { plugins, links }: Platform): Found | 'other method' | undefined {
  const [, , name = '', ...rest] = new URL(request.url).pathname.split('/');
  const plugin = plugins.find(known => known.name === name);
  const path = `/${rest.join('/')}`;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const matching = (plugin?.routes ?? []).flatMap(route => {
    const isLink = typeof route.permission === 'object' && 'path' in route.permission;
    const token = isLink && path.startsWith(`${route.path}/`) ? path.slice(route.path.length + 1) : undefined;
    return path === route.path || token ? [{ route, token }] : [];
  });
  if (!plugin || matching.length === 0) return undefined;
  const match = matching.find(({ route }) => route.method === method);
  if (!match) return 'other method';
  const opened = match.token === undefined ? undefined : links.verify(match.route.permission as Link<unknown>, match.token);
  return { plugin: plugin.name, route: match.route, opened };
}

async function contextOf(
  { route, opened }: Found,
  request: Request,
  { platform, authenticator }: { platform: Platform; authenticator: Authenticator },
): Promise<PlatformContext> {
  const locale = localeOf(request.headers.get('accept-language') ?? undefined);
  if (opened) {
    return platform.contextFor({ clinicId: opened.clinicId, actor: bearerOf(route.permission as Link<unknown>, opened.patientId), locale });
  }
  const { headers } = request;
  const credentials = { authorization: headers.get('authorization') ?? undefined, clinicId: headers.get('x-clinic-id') ?? undefined };
  const { clinicId, actor } = await authenticator.authenticate(credentials);
  const context = await platform.contextFor({ clinicId, actor, locale });
  const refusal = route.permission === 'public' ? undefined : context.allowed([route.permission as Permission]);
  if (refusal) throw refusal;
  return context;
}

async function run({ route, opened }: Found, request: Request, context: PlatformContext): Promise<Response> {
  const handle = (): Promise<Response> => route.handle(request, context, opened?.data);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('A page took too long.')), timeLimit);
  try {
    return await Promise.race([route.method === 'POST' ? context.transaction(handle) : handle(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** People get a page, programs that ask for JSON get an error with its code. */
function refuse(error: unknown, request: Request, { logger }: Platform): Response {
  const origin = originOf(error);
  const locale = localeOf(request.headers.get('accept-language') ?? undefined, 'zh-Hant');
  if (!(origin instanceof RapportError)) logger.error({ path: new URL(request.url).pathname.split('/').slice(0, 4).join('/'), fault: describe(origin) }, 'A page failed');
  const code = origin instanceof RapportError ? origin.code : 'INTERNAL_SERVER_ERROR';
  if (code === 'NOT_FOUND') return notice('invalid', locale);
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') {
    return Response.json({ errors: [{ message: (origin as RapportError).message, extensions: { code } }] }, { status: code === 'FORBIDDEN' ? 403 : 401 });
  }
  return notice('unavailable', locale);
}
