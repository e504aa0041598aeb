import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../auth/authenticator.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { formatError } from '../graphql/format-error.ts';
import type { Opened } from '../mail/links.ts';
import type { Platform } from '../platform.ts';
import type { Actor, Link, Locale, Permission, Plugin, Route } from '../plugin.ts';
import { bearersOf } from '../subject/link-bearer.ts';
import { asPlugin } from '../work/at-work.ts';
import { TimeLimitError, withTimeLimit } from '../work/time-limit.ts';
import { clinicNamed, wordOf, type Landing } from './landing.ts';
import { localeOf } from './locale.ts';
import { notice, noticeOf, statusOf } from './notice.ts';
import { secured } from './secure.ts';
import { usualBody } from './web.ts';

export interface RoutesOptions {
  platform: Platform;
  authenticator: Authenticator;
  /** Milliseconds that a plugin's page may take; ten seconds if not given. */
  timeLimit?: number;
}

/** `address` is that of the client. */
export interface PageArrival {
  readonly requestId: string;
  readonly address: () => string;
}

export interface Routes {
  /** Answers every path below `/plugins/`, and those of short addresses; never throws. */
  handle(request: Request, arrival: PageArrival): Promise<Response>;
  /** Whether it is theirs. */
  has(pathname: string): boolean;
  /** Bytes that the body of a request may have. More than usual only with a credential: what nobody answers for is not read. */
  longestBody(request: Pick<IncomingMessage, 'method' | 'headers'>, pathname: string): number;
}

/** Whatever a route asks for: a body is held in memory. */
const largestBody = 10 * 1024 * 1024;

interface Match {
  readonly plugin: Plugin;
  /** One for each method that the path answers to. */
  readonly routes: readonly Route[];
  readonly token?: string;
  /** Of a page with a short address. */
  readonly landing?: Landing;
}

/** With the patients whose rows the bearer sees. */
interface Followed extends Opened<unknown> {
  readonly patientIds: readonly string[];
}

/** A link's bearer does what its route does, and sees one patient; of permissions it has none. */
const bearerOf = (link: Link<any>, patientIds: readonly string[]): Actor => ({
  kind: 'link',
  id: link.name,
  roles: [],
  permissions: noPermissions,
  patientIds,
});
const noPermissions: ReadonlySet<string> = new Set();

/** The pages of plugins. A GET reads; only a POST can write, so a mail scanner that follows links changes nothing. */
export function createRoutes({ platform, authenticator, timeLimit = 10_000 }: RoutesOptions): Routes {
  const { plugins, links, logger } = platform;

  const follow = async (link: Link<unknown>, token: string): Promise<Followed> => {
    const opened = links.verify(link, token);
    const { patientId, clinicId } = opened;
    if (opened.expired || patientId === undefined) return { ...opened, patientIds: [] };
    const patientIds = await bearersOf(patientId, clinicId, platform.database);
    return { ...opened, patientIds: patientIds ?? [], expired: patientIds === undefined };
  };

  const contextOf = async (
    { route, opened, clinicId: named }: { route: Route; opened: Followed | undefined; clinicId?: string },
    request: Request,
    { requestId, address }: PageArrival,
  ): Promise<PlatformContext> => {
    const common = { locale: readerOf(request), requestId, address };
    if (opened) {
      const actor = bearerOf(route.permission as Link<unknown>, opened.patientIds);
      return platform.contextFor({ clinicId: opened.clinicId, actor, ...common });
    }
    const given = (name: string): string | undefined => request.headers.get(name) ?? undefined;
    // The clinic of a short address is in it, and who comes by it is nobody in particular.
    const credentials = named
      ? { clinicId: named }
      : { authorization: given('authorization'), clinicId: given('x-clinic-id') };
    const { clinicId, actor } = await authenticator.authenticate(credentials, { requestId, address: address() });
    return platform.contextFor({ clinicId, actor, ...common });
  };

  const answer = async (request: Request, arrival: PageArrival): Promise<Response> => {
    const match = matchOf(new URL(request.url).pathname, plugins);
    if (!match) return notice('missing', readerOf(request));
    const { plugin, routes, token, landing } = match;
    const route = routes.find(({ method }) => method === (request.method === 'HEAD' ? 'GET' : request.method));
    if (!route) return refuseMethod(routes, request);
    const opened = token === undefined ? undefined : await follow(route.permission as Link<unknown>, token);
    if (opened?.expired) return notice('expired', readerOf(request));
    const clinicId = landing && (await clinicNamed(landing.slug, platform.database));
    if (landing && !clinicId) return notice('missing', readerOf(request));
    const context = await contextOf({ route, opened, clinicId }, request, arrival);
    // Where no clinic is named, as in a call from another system, there is none that could have switched the plugin off.
    if (context.clinicId !== '' && !context.enabled.has(plugin.name)) return notice('missing', readerOf(request));
    if (!opened && route.permission !== 'public') {
      const refusal = context.allowed([route.permission as Permission]);
      if (refusal) throw refusal;
    }
    return run(plugin, route, { request, context, data: landing ? landing.rest : opened?.data, timeLimit });
  };

  const refuse = (error: unknown, request: Request, requestId: string): Response => {
    const formatted = formatError(error, requestId, logger);
    const { code } = formatted.extensions;
    if (!wantsJson(request, code)) return notice(noticeOf(code), readerOf(request), { code, requestId });
    return Response.json({ errors: [formatted] }, { status: statusOf(code) });
  };

  return {
    has: pathname => pathname.startsWith('/plugins/') || landingOf(pathname, plugins) !== undefined,
    handle: (request, arrival) =>
      answer(request, arrival)
        .then(secured)
        .catch((error: unknown) => secured(refuse(error, request, arrival.requestId))),
    longestBody({ method, headers }, pathname) {
      const route = matchOf(pathname, plugins)?.routes.find(known => known.method === method);
      if (route?.longestBody === undefined || headers.authorization === undefined) return usualBody;
      return Math.min(route.longestBody, largestBody);
    },
  };
}

const readerOf = (request: Request): Locale => localeOf(request.headers.get('accept-language') ?? undefined, 'zh-Hant');

function matchOf(pathname: string, plugins: readonly Plugin[]): Match | undefined {
  if (!pathname.startsWith('/plugins/')) return landingOf(pathname, plugins);
  const [, , name = '', ...rest] = pathname.split('/');
  const plugin = plugins.find(known => known.name === name);
  const path = `/${rest.join('/')}`;
  const isLink = ({ permission }: Route): boolean => typeof permission === 'object' && 'path' in permission;
  const plain = plugin?.routes?.filter(route => !isLink(route) && !route.word && route.path === path) ?? [];
  if (plugin && plain.length > 0) return { plugin, routes: plain };
  const base = path.slice(0, path.lastIndexOf('/'));
  const signed = plugin?.routes?.filter(route => isLink(route) && route.path === base) ?? [];
  return plugin && signed.length > 0 ? { plugin, routes: signed, token: rest.at(-1)! } : undefined;
}

function landingOf(pathname: string, plugins: readonly Plugin[]): Match | undefined {
  const { word, ...landing } = wordOf(pathname);
  const plugin = plugins.find(({ routes = [] }) => routes.some(route => route.word === word));
  return plugin && { plugin, routes: plugin.routes!.filter(route => route.word === word), landing };
}

function refuseMethod(routes: readonly Route[], request: Request): Response {
  const refusal = notice('method', readerOf(request));
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  refusal.headers.set('allow', methods.join(', '));
  return refusal;
}

interface Running {
  request: Request;
  context: PlatformContext;
  /** Of the link, or what follows the clinic in a short address. */
  data: unknown;
  timeLimit: number;
}

/** In one transaction, which for a GET is read-only: PostgreSQL holds what the contract says. */
async function run(plugin: Plugin, route: Route, { request, context, data, timeLimit }: Running): Promise<Response> {
  const handle = async (): Promise<Response> => {
    // A transaction that met a deadlock runs again, and a body can be read once.
    const asked = request.clone();
    const what = `A page of '${plugin.name}'`;
    const given: unknown = await withTimeLimit(timeLimit, what, () =>
      asPlugin(plugin.name, () => route.handle(asked, context, data)),
    );
    if (!(given instanceof Response))
      throw new TypeError(`A page of '${plugin.name}' answered something else than a Response.`);
    return given;
  };
  try {
    return await context.transaction(async () => {
      if (route.method === 'GET') await context.em.execute('set transaction read only');
      return handle();
    });
  } catch (cause) {
    if (!(cause instanceof RapportError))
      context.platform.failures.note({ clinicId: context.clinicId, plugin: plugin.name, error: cause });
    if (!(cause instanceof TimeLimitError)) throw cause;
    throw new RapportError('PLUGIN_UNAVAILABLE', 'The page took too long.', { plugin: plugin.name, cause });
  }
}

/** People get a page. Programs get an error with its code: they say so, or show a credential that does not do. */
function wantsJson({ headers }: Request, code: string): boolean {
  const accept = headers.get('accept') ?? '';
  if (accept.includes('application/json')) return true;
  return (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') && !accept.includes('text/html');
}
