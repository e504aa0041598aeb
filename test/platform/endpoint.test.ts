import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeaderMap } from '@apollo/server';
import { core } from 'clinic-rapport/schema';
import { createObserver } from '../../api/health/observer.ts';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { auditServer } from 'graphql-http';
import { pino } from 'pino';
import type { Authenticator } from '../../api/auth/authenticator.ts';
import type { Apollo } from '../../api/graphql/apollo.ts';
import { createEndpoint, type Endpoint } from '../../api/graphql/endpoint.ts';
import { createRepeats } from '../../api/graphql/repeats.ts';
import { anonymousActor, type Platform } from '../../api/platform.ts';

let app: TestApp;
beforeAll(async () => (app = await createTestApp({ plugins: [core] })));

const json = { 'content-type': 'application/json' };
const body = JSON.stringify({ query: '{ __typename }' });

/** The endpoint before an Apollo that answers when it is told to. */
async function serve(apollo: Apollo['executeHTTPGraphQLRequest'], deadline?: number) {
  const endpoint: Endpoint = createEndpoint({
    platform: {
      logger: pino({ level: 'silent' }),
      observer: createObserver(pino({ level: 'silent' })),
      contextFor: async () => ({}),
    } as unknown as Platform,
    authenticator: {
      recall: () => undefined,
      authenticate: async () => ({ clinicId: '', actor: anonymousActor }),
    } as unknown as Authenticator,
    apollo: { executeHTTPGraphQLRequest: apollo } as Apollo,
    execute: async () => ({}),
    answerVerbatim: async () => undefined,
    repeats: createRepeats(),
    charge: () => {},
    budget: { spend: () => 1, stop: async () => {} },
    origins: { isKnown: async () => false, allows: async () => false },
    deadline,
  });
  const server = createServer((request, response) => void endpoint.handle(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint,
    ask: (): Promise<Response> =>
      fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, {
        method: 'POST',
        headers: { ...json, connection: 'close' },
        body,
      }),
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
  };
}

const complete = { headers: new HeaderMap(), status: 200, body: { kind: 'complete', string: '{"data":{}}' } } as const;

test('a request that takes too long is answered', async () => {
  await using server = await serve(() => new Promise(() => {}), 20);
  const response = await server.ask();
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({
    errors: [
      { message: expect.stringContaining('0.02 s'), extensions: { code: 'DEADLINE_EXCEEDED', retryable: true } },
    ],
  });
});

test('a server that stops answers what has begun', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: held, resolve: release } = Promise.withResolvers<typeof complete>();
  await using server = await serve(() => (begin(), held));
  const first = server.ask();
  await begun;
  let isDrained = false;
  const drained = server.endpoint.drain().then(() => (isDrained = true));
  release(complete);
  expect(isDrained).toBe(false);
  expect((await first).status).toBe(200);
  await drained;
});

test('a fault in the midst of it is masked', async () => {
  await using server = await serve(() => Promise.reject(new Error('select password from patient')));
  const response = await server.ask();
  const { errors } = (await response.json()) as { errors: [{ message: string; extensions: { requestId: string } }] };
  expect(response.status).toBe(500);
  expect(errors[0].message).not.toContain('password');
  expect(errors[0].extensions.requestId).toBe(response.headers.get('x-request-id'));
});

describe('with the whole platform behind it', () => {
  const post = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
    app.fetch('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ query }) });

  describe('web pages', () => {
    const listed = 'https://book.clinic.example';
    const ask = (origin: string, token?: string): Promise<Response> =>
      post('{ __typename }', { origin, ...(token && { authorization: `Bearer ${token}` }) });
    const preflight = (origin: string): Promise<Response> =>
      app.fetch('/graphql', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    let owner: string;
    beforeAll(async () => {
      owner = await app.signIn('owner');
      await app.as('owner').data('mutation ($o: [String!]!) { setAllowedOrigins(input: { origins: $o }) { id } }', {
        o: [listed],
      });
    });

    test('that the clinic lists may ask, and read the answer', async () => {
      const before = await preflight(listed);
      expect(before.status).toBe(204);
      expect(before.headers.get('access-control-allow-headers')).toContain('authorization');
      for (const response of [before, await ask(listed, owner), await ask(listed)]) {
        expect(response.ok).toBe(true);
        expect(response.headers.get('access-control-allow-origin')).toBe(listed);
        expect(response.headers.get('vary')).toBe('origin');
        expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      }
    });

    test('that nobody lists may not', async () => {
      const before = await preflight('https://evil.example');
      expect(before.headers.get('access-control-allow-origin')).toBeNull();
      expect(before.headers.get('access-control-allow-headers')).toBeNull();
      const response = await ask('https://evil.example', owner);
      expect(response.status).toBe(403);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    });

    test('that another clinic lists may not ask this one', async () => {
      const clinicId = await app.addClinic('elsewhere');
      const response = await ask(listed, await app.signIn('owner', { clinicId }));
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    });
  });

  describe('what a page of another site can make a browser send', () => {
    const query = `/graphql?query=${encodeURIComponent('{ __typename }')}`;
    const form = { method: 'POST', body: JSON.stringify({ query: '{ __typename }' }) };
    const probes: [string, string, RequestInit, number][] = [
      ['a GET with a cookie', query, { headers: { cookie: 'session=1' } }, 400],
      ['a GET across sites', query, { headers: { 'sec-fetch-site': 'cross-site' } }, 400],
      ['a GET from a sibling domain', query, { headers: { 'sec-fetch-site': 'same-site' } }, 400],
      ['a POST of text', '/graphql', { ...form, headers: { 'content-type': 'text/plain' } }, 415],
      [
        'a POST of a form',
        '/graphql',
        { ...form, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        415,
      ],
      ['a POST without a type', '/graphql', { method: 'POST', body: new Uint8Array([123, 125]) }, 415],
      ['a mutation by GET', `/graphql?query=${encodeURIComponent('mutation { __typename }')}`, {}, 405],
    ];
    test.each(probes)('%s is refused', async (_, url, init, status) => {
      const response = await app.fetch(url, init);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
    });

    test('is told from what its own page, a program or a person sends', async () => {
      for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }])
        expect((await app.fetch(query, { headers })).status).toBe(200);
      const asked = { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': 'x' };
      expect((await app.fetch(query, { headers: asked })).status).toBe(200);
    });
  });

  test('the audit of GraphQL over HTTP finds nothing', async () => {
    const url = `${await app.listen()}/graphql`;
    const results = await auditServer({ url, fetchFn: fetch });
    expect(results.filter(({ status }) => status !== 'ok').map(({ id, name }) => `${id} ${name}`)).toEqual([]);
    expect(results).toHaveLength(61);
  });

  test.each([
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('what is wrong with a document has the status that its media type asks for: %s', async (query, code) => {
    const accepts: [string, number][] = [
      ['application/json', 200],
      ['*/*', 200],
      ['application/graphql-response+json', 400],
    ];
    for (const [accept, status] of accepts) {
      const response = await post(query, { accept });
      expect([accept, response.status]).toEqual([accept, status]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
    }
  });

  test('what the client does not accept is not sent', async () => {
    const response = await post('{ __typename }', { accept: 'image/png' });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  describe('a query that comes again', () => {
    const query = 'query Again($id: ID!) { clinic { id name } patient(id: $id) { id } }';
    let token: string;
    beforeAll(async () => (token = await app.signIn('owner')));
    const again = async (variables: object, headers: Record<string, string> = {}) => {
      const body = JSON.stringify({ query, operationName: 'Again', variables });
      const response = await app.fetch('/graphql', {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${token}`, ...headers },
        body,
      });
      const { 'x-request-id': id, date, ...own } = Object.fromEntries(response.headers);
      const text = (await response.text()).replaceAll(id!, 'ID').replace(/"remaining":\d+/, '');
      return { status: response.status, own, text, date };
    };
    const id = '01900000-0000-7000-8000-000000000000';

    test.each([
      ['that finds nothing', { id }],
      ['with a variable that is none', { id: ['x'] }],
      ['with a NUL in a variable', { id: 'a\0b' }],
      ['without its variable', {}],
    ])('%s is answered as the first time, by whomever', async (_, variables) => {
      for (const accept of [
        '*/*',
        'application/json',
        'application/graphql-response+json',
        'text/html, application/json',
      ]) {
        const { date: _first, ...first } = await again(variables, { accept });
        for (let time = 0; time < 3; time++) {
          const { date: _again, ...next } = await again(variables, { accept });
          expect(next).toEqual(first);
        }
      }
    });

    test('is held to the budget, also after it was answered before', async () => {
      const poor = await createTestApp({ plugins: [core], pointsPerMinute: 100 });
      const bearer = { ...json, authorization: `Bearer ${await poor.signIn('owner')}` };
      const body = JSON.stringify({ query: '{ patients(first: 20) { nodes { id } } }' });
      const ask = (): Promise<Response> => poor.fetch('/graphql', { method: 'POST', headers: bearer, body });
      const answers: unknown[] = [];
      for (let time = 0; time < 4; time++) answers.push(((await (await ask()).json()) as any).extensions.cost);
      expect(answers).toEqual([
        { requested: 20, maximum: 10_000, remaining: 79 },
        { requested: 20, maximum: 10_000, remaining: 59 },
        { requested: 20, maximum: 10_000, remaining: 39 },
        { requested: 20, maximum: 10_000, remaining: 19 },
      ]);
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({
        errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true, retryAfter: expect.any(Number) } }],
      });
      // Another one's budget is another one's.
      const other = { ...bearer, authorization: `Bearer ${await poor.signIn('owner')}` };
      expect((await poor.fetch('/graphql', { method: 'POST', headers: other, body })).status).toBe(200);
    });
  });
});
