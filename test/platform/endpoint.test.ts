import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeaderMap } from '@apollo/server';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { pino } from 'pino';
import type { Authenticator } from '../../api/auth/authenticator.ts';
import type { Apollo } from '../../api/graphql/apollo.ts';
import { createEndpoint, type Endpoint } from '../../api/graphql/endpoint.ts';
import type { Platform } from '../../api/platform.ts';

let app: TestApp;
beforeAll(async () => (app = await createTestApp({ plugins: [core] })));

const json = { 'content-type': 'application/json' };
const body = JSON.stringify({ query: '{ __typename }' });

/** The endpoint before an Apollo that answers when it is told to. */
async function serve(apollo: Apollo['executeHTTPGraphQLRequest'], deadline?: number) {
  const endpoint: Endpoint = createEndpoint({
    platform: { logger: pino({ level: 'silent' }), contextFor: async () => ({}) } as unknown as Platform,
    authenticator: { authenticate: async () => ({ clinicId: '' }) } as unknown as Authenticator,
    apollo: { executeHTTPGraphQLRequest: apollo } as Apollo,
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
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({
    errors: [
      { message: 'The request took more than 0.02 s.', extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: true } },
    ],
  });
});

test('a server that stops answers what has begun, and turns the rest away', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: held, resolve: release } = Promise.withResolvers<typeof complete>();
  await using server = await serve(() => (begin(), held));
  const first = server.ask();
  await begun;
  const drained = server.endpoint.drain();
  const second = await server.ask();
  expect(second.status).toBe(503);
  expect(await second.json()).toMatchObject({ errors: [{ extensions: { retryable: true } }] });
  release(complete);
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

  test('pages of any origin may ask', async () => {
    const preflight = await app.fetch('/graphql', {
      method: 'OPTIONS',
      headers: { origin: 'https://clinic.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    for (const response of [preflight, await post('{ __typename }')]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
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

  test('a simple request, as a form of another page could send it, is refused', async () => {
    const response = await app.fetch(`/graphql?query=${encodeURIComponent('{ __typename }')}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', retryable: false } }],
    });
  });

  test('what the client does not accept is not sent', async () => {
    const response = await post('{ __typename }', { accept: 'image/png' });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});
