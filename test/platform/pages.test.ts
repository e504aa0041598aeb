import { createHash } from 'node:crypto';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { definePlugin, landing, type Link, type Locale, type Plugin } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createRoutes } from '../../api/http/routes.ts';
import { page } from '../../api/http/page.ts';
import { html } from '../../api/http/html.ts';
import { createPages, refusal, type Pages } from '../fixtures/notes/pages.ts';

let app: TestApp;
let pages: Pages;
let owner: pg.Pool;
const patientId = newId();

beforeAll(async () => {
  pages = createPages();
  app = await createTestApp({ plugins: [core, pages.plugin] });
  owner = new pg.Pool({ connectionString: app.databaseUrl, max: 1 });
  // The app ends, and its database with it, before these connections do.
  owner.on('error', () => {});
});
afterAll(() => owner.end());
beforeEach(() => void Object.assign(pages.handlers, createPages().handlers));

const signed = (link: Link<any> = pages.link, clinicId = app.clinicId): string => {
  const expiresAt = new Date(app.clock.now().getTime() + 3_600_000);
  return app.app.platform.links.sign(link, clinicId, { word: 'hello' }, { patientId, expiresAt });
};

const nameOfClinic = async (): Promise<string> => {
  const { rows } = await owner.query<{ name: string }>('select name from clinic where id = $1', [app.clinicId]);
  return rows[0]!.name;
};

const rename: Pages['handlers']['post'] = async (_request, { em, clinicId }) => {
  await em.execute(`update clinic set name = 'changed' where id = ?`, [clinicId]);
  return new Response('done');
};

describe('a page behind a link', () => {
  it('is shown with what the link holds, to a bearer who sees one patient and has no permission', async () => {
    pages.handlers.get = async (_request, { actor, clinicId }, data) =>
      Response.json({ actor: { ...actor, permissions: [...actor.permissions] }, clinicId, data });
    const response = await app.fetch(signed());
    expect(await response.json()).toEqual({
      actor: { kind: 'link', id: 'pages.link', roles: [], permissions: [], patientIds: [patientId] },
      clinicId: app.clinicId,
      data: { word: 'hello' },
    });
  });

  it('cannot write on GET: PostgreSQL refuses it', async () => {
    const before = await nameOfClinic();
    pages.handlers.get = rename;
    expect((await app.fetch(signed())).status).toBe(500);
    expect(await nameOfClinic()).toBe(before);
  });

  it('writes on POST, and not where it ends in an error', async () => {
    const before = await nameOfClinic();
    pages.handlers.post = async (...given) => {
      await rename(...given);
      throw new Error('no');
    };
    expect((await app.fetch(signed(), { method: 'POST' })).status).toBe(500);
    expect(await nameOfClinic()).toBe(before);
    pages.handlers.post = rename;
    expect((await app.fetch(signed(), { method: 'POST' })).status).toBe(200);
    expect(await nameOfClinic()).toBe('changed');
  });

  it('that takes too long is given up, and nothing of it stands', async () => {
    await owner.query(`update clinic set name = 'before'`);
    const { platform } = app.app;
    const nobody = {
      authenticate: () => Promise.reject(new Error('not asked')),
      recall: () => undefined,
      watch: () => ({ [Symbol.dispose]: () => {} }),
      stop: () => {},
    };
    const impatient = createRoutes({ platform, authenticator: nobody, timeLimit: 50 });
    pages.handlers.post = async (...given) => {
      await rename(...given);
      return new Promise(() => {});
    };
    const { status } = await impatient.handle(new Request(signed(), { method: 'POST' }), {
      requestId: 'id',
      address: () => '192.0.2.1',
    });
    expect(status).toBe(503);
    expect(await nameOfClinic()).toBe('before');
  });

  it('that met a deadlock runs again, and reads its form again', async () => {
    let runs = 0;
    pages.handlers.post = async request => {
      const word = (await request.formData()).get('word');
      if (++runs === 1) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      return new Response(String(word));
    };
    const response = await app.fetch(signed(), { method: 'POST', body: new URLSearchParams({ word: '你好' }) });
    expect(await response.text()).toBe('你好');
    expect(runs).toBe(2);
  });

  it.each([
    ['forged', (url: string) => `${url.slice(0, -3)}abc`],
    ['cut off', (url: string) => url.slice(0, -30)],
    ['made for another page', () => signed(pages.other).replace('/other/', '/link/')],
    ['empty', (url: string) => url.replace(/[^/]+$/, '')],
    ['longer', (url: string) => `${url}/more`],
    ['no UTF-8', (url: string) => `${url}%ff`],
  ])('is not found where the link is %s', async (_what, spoil) => {
    for (const method of ['GET', 'POST']) expect((await app.fetch(spoil(signed()), { method })).status).toBe(404);
  });

  it('is gone when the link has expired', async () => {
    const url = signed();
    app.clock.advance({ hours: 1 });
    for (const method of ['GET', 'POST']) expect((await app.fetch(url, { method })).status).toBe(410);
  });

  it('is not found where the clinic has switched the plugin off', async () => {
    const clinicId = await app.addClinic(`without-${newId().slice(-6)}`);
    await owner.query(`update clinic_plugin set enabled = false where clinic_id = $1`, [clinicId]);
    expect((await app.fetch(signed(pages.link, clinicId))).status).toBe(404);
  });
});

describe('who may see a page is asked', () => {
  const url = '/plugins/pages/closed';

  it('of programs with an error, of people with a page', async () => {
    const program = await app.fetch(url);
    expect(program.status).toBe(401);
    expect(await program.json()).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED', requestId: program.headers.get('x-request-id') } }],
    });
    const person = await app.fetch(url, { headers: { accept: 'text/html', 'accept-language': 'en' } });
    expect(person.status).toBe(401);
    expect(await person.text()).toContain('Please sign in');
  });

  it('and who has the permission sees it', async () => {
    const asking = async (role: 'owner' | 'marketer'): Promise<number> => {
      const authorization = `Bearer ${await app.signIn(role)}`;
      return (await app.fetch(url, { headers: { authorization } })).status;
    };
    expect([await asking('owner'), await asking('marketer')]).toEqual([200, 403]);
  });

  it('and a public one is open, also where no clinic is named', async () => {
    pages.handlers.get = async (_request, { clinicId, actor }) => Response.json([clinicId, actor.kind]);
    expect(await (await app.fetch('/plugins/pages/open')).json()).toEqual(['', 'anonymous']);
    const named = await app.fetch('/plugins/pages/open', { headers: { 'x-clinic-id': app.clinicId } });
    expect(await named.json()).toEqual([app.clinicId, 'anonymous']);
  });
});

describe('every page', () => {
  it('is not kept, told to others or found by searching, and runs no script', async () => {
    pages.handlers.get = async () => page({ title: 'x', locale: 'en', body: html`<p>x</p>` });
    const response = await app.fetch(signed());
    const [, sheet] = /<style>([^<]*)<\/style>/.exec(await response.text())!;
    const hash = createHash('sha256').update(sheet!).digest('base64');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'x-content-type-options': 'nosniff',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    });
  });

  it('may lead elsewhere and set cookies', async () => {
    pages.handlers.get = async () => Response.redirect('https://clinic.test/thanks', 303);
    const redirect = await app.fetch(signed());
    expect([redirect.status, redirect.headers.get('location'), redirect.headers.get('cache-control')]).toEqual([
      303,
      'https://clinic.test/thanks',
      'no-store',
    ]);
    pages.handlers.get = async () => {
      const headers = new Headers();
      for (const cookie of ['a=1', 'b=2; Expires=Wed, 01 Jul 2026 00:00:00 GMT']) headers.append('set-cookie', cookie);
      return new Response('x', { headers });
    };
    expect((await app.fetch(signed())).headers.getSetCookie()).toEqual([
      'a=1',
      'b=2; Expires=Wed, 01 Jul 2026 00:00:00 GMT',
    ]);
  });

  it('says by HEAD what it would say by GET, without a body', async () => {
    const response = await app.fetch(signed(), { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '4', '']);
  });

  it('refuses other methods', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const response = await app.fetch(signed(), { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    }
  });

  it('takes a body of at most 256 kB', async () => {
    pages.handlers.post = async request => new Response(String((await request.arrayBuffer()).byteLength));
    const send = (bytes: number): Promise<Response> =>
      app.fetch('/plugins/pages/open', { method: 'POST', body: new Uint8Array(bytes).fill(255) });
    expect(await (await send(256 * 1024)).text()).toBe(String(256 * 1024));
    expect((await send(256 * 1024 + 1)).status).toBe(413);
  });

  it.each<[Locale, string]>([
    ['zh-Hant', '找不到頁面'],
    ['zh-Hans', '找不到页面'],
    ['en', 'Page not found'],
  ])('that does not exist says so in %s', async (locale, title) => {
    const response = await app.fetch('/plugins/pages/nothing', { headers: { 'accept-language': locale } });
    const text = await response.text();
    expect(response.status).toBe(404);
    expect(text).toContain(`<html lang="${locale}">`);
    expect(text).toContain(`<h1>${title}</h1>`);
  });

  it.each([
    ['BAD_USER_INPUT', 400],
    ['NOT_FOUND', 404],
    ['CONFLICT', 409],
    ['SLOT_TAKEN', 409],
    ['STORAGE_UNAVAILABLE', 503],
  ] as const)('that is refused with %s is a page with the status %d', async (code, status) => {
    pages.handlers.post = refusal(code);
    const response = await app.fetch(signed(), { method: 'POST' });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('text/html');
    const asProgram = await app.fetch(signed(), { method: 'POST', headers: { accept: 'application/json' } });
    expect(await asProgram.json()).toMatchObject({ errors: [{ message: 'For a reason.', extensions: { code } }] });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('secret words'))],
    ['answers something of another kind', () => Promise.resolve({ status: 200 } as Response)],
    ['answers nothing', () => Promise.resolve(undefined as never)],
  ])('of a plugin that %s is a page that says so, and nothing of why', async (_what, handler) => {
    pages.handlers.get = handler;
    const response = await app.fetch(signed());
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  it.each([
    '/plugins',
    '/plugins/',
    '/plugins//',
    '/plugins/pages',
    '/plugins/nobody/x',
    '/plugins/pages/%',
    '/plugins/__proto__/x',
    '//x',
    '/nothing',
  ])('is not at %s', async path => {
    const response = await fetch(`${await app.listen()}${path}`);
    expect(response.status).toBe(404);
  });
});

describe('a page with a short address', () => {
  const words = (plugin: string, word: string, more: Partial<Plugin> = {}) =>
    definePlugin({
      name: plugin,
      version: '1.0.0',
      routes: landing(word, {
        get: async (rest, _request, { clinicId, actor }) => Response.json({ rest, clinicId, actor: actor.kind }),
        post: async (_rest, request) => Response.json({ body: await request.text() }),
      }),
      ...more,
    });

  it('is found in each clinic by its word, for anyone, with what follows', async () => {
    const app = await createTestApp({ plugins: [core, words('friends', 'join')] });
    const other = await app.addClinic('riverside');
    const seen = async (path: string) => (await app.fetch(path)).json();
    expect(await seen('/join/riverside')).toEqual({ rest: '', clinicId: other, actor: 'anonymous' });
    expect(await seen('/join/riverside/a/b?c=d')).toMatchObject({ rest: 'a/b', clinicId: other });
    const posted = await app.fetch('/join/riverside', { method: 'POST', body: 'hello' });
    expect(await posted.json()).toEqual({ body: 'hello' });
    for (const path of ['/join', '/join/', '/join/nowhere', '/join/..%2f', '/leave/riverside', '/plugins/friends/join'])
      expect((await app.fetch(path)).status).toBe(404);
    expect((await app.fetch('/join/riverside', { method: 'PUT' })).status).toBe(405);
  });

  it('is refused at load where two plugins want the word, or the platform has it', async () => {
    const both = () => createTestApp({ plugins: [core, words('friends', 'join'), words('guests', 'join')] });
    await expect(both()).rejects.toThrow(`'guests' and 'friends' both have the short address '/join'`);
    for (const word of ['graphql', 'Join', 'a/b', ''])
      await expect(createTestApp({ plugins: [core, words('friends', word)] })).rejects.toThrow('short address');
  });
});
