import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, type Client } from 'graphql-ws';
import pg from 'pg';
import { WebSocket } from 'ws';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createAuthenticator } from '../../api/auth/authenticator.ts';
import { Standings } from '../../api/auth/standings.ts';
import { createIssuer } from '../../api/auth/issuer.ts';
import { createUser } from '../../api/database/clinic.ts';
import { createPrice } from '../../api/limits/cost.ts';
import { createDocuments } from '../../api/graphql/document.ts';
import { createSocketServer } from '../../api/graphql/socket.ts';
import { createSubscriptions } from '../../api/graphql/subscriptions.ts';
import { createOrigins } from '../../api/http/origins.ts';
import { createEnablement } from '../../api/plugin-enablement.ts';
import { cardTouched, executions, vault } from '../fixtures/vault/index.ts';

let app: TestApp;
let url: string;
const clients: Client[] = [];

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, vault] });
  url = `${(await app.listen()).replace('http', 'ws')}/graphql`;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.dispose()));
});

const touch = (...notes: string[]): Promise<void> =>
  app.staff.run(async ({ publish, clinicId }) => notes.forEach(note => publish(cardTouched, { id: clinicId, note })));

/** A cursor from which a stream can start, whenever it comes to be followed. */
async function now(): Promise<string> {
  const stream = await app.as('owner').subscribe('subscription { touched { cursor } }');
  await touch('now');
  const { touched } = await stream.next();
  await stream.close();
  return touched.cursor;
}

function connect(token: string, at = url): Client {
  const client = createClient({
    url: at,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  clients.push(client);
  return client;
}

const touched = `subscription ($after: String, $prefix: String) { touched(after: $after, prefix: $prefix) { cursor note secret turn } }`;
type Stream = AsyncIterableIterator<any>;
const follow = (client: Client, variables: Record<string, unknown> = {}, query = touched): Stream =>
  client.iterate({ query, variables });

async function take(stream: Stream, count: number): Promise<any[]> {
  const events = [];
  while (events.length < count) events.push((await stream.next()).value);
  return events;
}
const notes = (events: any[]): string[] => events.map(({ data }) => data.touched.note);
/** The errors with which the stream is refused, or the event of its closing. */
const refusal = async (stream: Stream): Promise<any> =>
  stream.next().then(
    ({ value }) => value.errors,
    (refused: unknown) => refused,
  );
const codeOf = ([error]: any): string => error.extensions.code;

/** A socket on its own, to say what no client would. */
async function socketOf(
  ...messages: (string | object)[]
): Promise<{ socket: WebSocket; closed: Promise<{ code: number; reason: string }> }> {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await new Promise(resolve => socket.once('open', resolve));
  for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return { socket, closed };
}
const init = (token: string) => ({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });

describe('a subscriber', () => {
  test('gets what happens, as it happens, in order', async () => {
    const after = await now();
    const stream = follow(connect(await app.signIn('owner')), { after });
    await touch('first');
    expect(notes(await take(stream, 1))).toEqual(['first']);
    await touch('second', 'third');
    await app.as('owner').data('mutation { touch(note: "fourth") }');
    expect(notes(await take(stream, 3))).toEqual(['second', 'third', 'fourth']);
  });

  test('gets only what its filter lets through', async () => {
    const after = await now();
    const stream = follow(connect(await app.signIn('owner')), { after, prefix: 'red' });
    await touch('red 1', 'blue 1');
    expect(notes(await take(stream, 1))).toEqual(['red 1']);
    await touch('blue 2', 'red 2');
    expect(notes(await take(stream, 1))).toEqual(['red 2']);
  });

  test('does not hear another clinic', async () => {
    const clinicId = await app.addClinic('other');
    const token = await app.signIn('owner', { clinicId });
    const stream = follow(connect(token), { after: await now() });
    await touch('here');
    await app.as(['*'], { clinicId }).run(async ({ publish }) => publish(cardTouched, { id: clinicId, note: 'there' }));
    expect(notes(await take(stream, 1))).toEqual(['there']);
  });

  test('who was away for 1,000 events gets each once, in order, then goes on live', async () => {
    const token = await app.signIn('owner');
    const first = follow(connect(token), { after: await now() });
    await touch('before');
    const [seen] = await take(first, 1);
    await clients.splice(0)[0]!.dispose();
    const missed = Array.from({ length: 1_000 }, (_, at) => `missed ${at}`);
    for (let at = 0; at < missed.length; at += 100) await touch(...missed.slice(at, at + 100));
    const again = follow(connect(token), { after: seen.data.touched.cursor });
    const [early, ...rest] = [await take(again, 10), touch('during'), await take(again, 990)] as const;
    await rest[0];
    await touch('after');
    expect(notes([...early, ...rest[1], ...(await take(again, 2))])).toEqual([...missed, 'during', 'after']);
  });

  test('with a cursor that is none is refused, and with one of another cluster told to read anew', async () => {
    const client = connect(await app.signIn('owner'));
    for (const after of ['', 'abc', '%00', Buffer.from('a/b/c').toString('base64url')]) {
      expect([after, codeOf(await refusal(follow(client, { after })))]).toEqual([after, 'BAD_USER_INPUT']);
    }
    const [, ...place] = Buffer.from(await now(), 'base64url')
      .toString()
      .split('/');
    const elsewhere = Buffer.from(['7000000000000000000-16384', ...place].join('/')).toString('base64url');
    expect(codeOf(await refusal(follow(client, { after: elsewhere })))).toBe('RESYNC');
  });

  test('learns of a fault in the words of the platform, and goes on', async () => {
    const stream = follow(connect(await app.signIn('owner')), { after: await now() });
    await touch('fault', 'fine');
    const [fault, fine] = await take(stream, 2);
    expect(fault).toEqual({
      data: null,
      errors: [
        {
          message: "The plugin 'vault' failed.",
          path: ['touched'],
          locations: expect.anything(),
          extensions: { code: 'PLUGIN_UNAVAILABLE', retryable: true, requestId: expect.any(String), plugin: 'vault' },
        },
      ],
    });
    expect(fine.data.touched.note).toBe('fine');
  });
});

describe('those who follow the same', () => {
  test('share one execution if they may see the same, and never what another may see', async () => {
    const after = await now();
    const roles = ['owner', 'owner', 'practitioner', 'frontDesk', 'frontDesk'] as const;
    const streams = [];
    for (const role of roles) streams.push(follow(connect(await app.signIn(role)), { after }));
    await touch('ready');
    for (const stream of streams) await take(stream, 1);
    const before = executions.count;
    await touch('shared');
    const events = await Promise.all(streams.map(async stream => (await take(stream, 1))[0]));
    expect(executions.count - before).toBe(3);
    const turns = events.map(({ data }) => data.touched.turn);
    expect([turns[0] === turns[1], turns[3] === turns[4], new Set(turns).size]).toEqual([true, true, 3]);
    expect(events.map(({ data }) => data.touched.secret)).toEqual(['shared', 'shared', 'shared', null, null]);
    expect(events.map(({ errors }) => errors?.map(({ extensions }: any) => extensions.code))).toEqual([
      undefined,
      undefined,
      undefined,
      ['FORBIDDEN'],
      ['FORBIDDEN'],
    ]);
  });

  test('do not share where they ask for something else', async () => {
    const after = await now();
    const token = await app.signIn('owner');
    const streams = [{ after }, { after, prefix: 's' }, { after, prefix: 'sh' }].map(variables =>
      follow(connect(token), variables),
    );
    await touch('shy');
    for (const stream of streams) await take(stream, 1);
    const before = executions.count;
    await touch('shared');
    for (const stream of streams) await take(stream, 1);
    expect(executions.count - before).toBe(3);
  });
});

describe('a socket', () => {
  const forbidden = expect.objectContaining({ code: 4403 });

  test('without a token, or with one that is none, or has expired, is closed with 4403', async () => {
    const expired = await app.signIn('owner', { expiresIn: -10 });
    for (const hello of [
      { type: 'connection_init' },
      { type: 'connection_init', payload: { authorization: 7 } },
      init(''),
      init('abc'),
      init(expired),
    ]) {
      expect(await (await socketOf(hello)).closed).toEqual(forbidden);
    }
  });

  test('is closed with 4403 when its token expires', async () => {
    const token = await app.signIn('owner', { expiresIn: 2 });
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number };
    const { socket, closed } = await socketOf(init(token));
    const acknowledged = await new Promise(resolve =>
      socket.once('message', data => resolve(JSON.parse(String(data)))),
    );
    expect(acknowledged).toMatchObject({ type: 'connection_ack' });
    expect(await closed).toEqual(forbidden);
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000 - 5);
  });

  test('does not follow what its bearer may not', async () => {
    const client = connect(await app.signIn('operator'));
    expect(codeOf(await refusal(follow(client, {})))).toBe('FORBIDDEN');
  });

  test.each([
    ['query', '{ clinic { id } }', 'BAD_USER_INPUT'],
    ['mutation', 'mutation { touch(note: "by socket") }', 'BAD_USER_INPUT'],
    ['field that is not there', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['text that is no document', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
  ])('refuses a %s', async (_, query, code) => {
    const client = connect(await app.signIn('owner'));
    const errors = await refusal(follow(client, {}, query));
    expect(errors[0].extensions).toEqual({ code, retryable: false, requestId: expect.any(String) });
  });

  test('follows twenty subscriptions and refuses the next, without harm to the others', async () => {
    const after = await now();
    const client = connect(await app.signIn('owner'));
    const streams = Array.from({ length: 20 }, () => follow(client, { after }));
    await touch('for all');
    for (const stream of streams) await take(stream, 1);
    expect(codeOf(await refusal(follow(client, { after })))).toBe('RATE_LIMITED');
    await touch('still');
    for (const stream of streams) expect(notes(await take(stream, 1))).toEqual(['still']);
    await streams[0]!.return!();
    await touch('one less');
    expect(notes(await take(streams[1]!, 1))).toEqual(['one less']);
    expect(notes(await take(follow(client, { after }), 1))).toEqual(['for all']);
  });

  test('is closed with 1009 by a frame of 100 kB', async () => {
    const { closed } = await socketOf(init(await app.signIn('owner')), 'x'.repeat(100_000));
    expect((await closed).code).toBe(1009);
  });

  test.each([
    ['what is no JSON', '{', 4400],
    ['a subscription before it has said who it is', { type: 'subscribe', id: '1', payload: { query: touched } }, 4401],
  ])('is closed by %s', async (_, message, code) => {
    expect((await (await socketOf(message)).closed).code).toBe(code);
  });

  test('is opened at the path of the API only', async () => {
    const socket = new WebSocket(url.replace('/graphql', '/elsewhere'), 'graphql-transport-ws');
    const error = await new Promise<Error>(resolve => socket.once('error', resolve));
    expect(error.message).toContain('404');
  });
});

test('who loses a role is sent away, and is nobody when coming again', async () => {
  const { platform, schema, plugins } = app.app;
  const issuer = await createIssuer();
  // As the app has them, with shorter times.
  const authenticator = createAuthenticator({
    database: platform.database,
    enablement: createEnablement(platform.database),
    plugins,
    verify: issuer.verify,
    standings: new Standings({ keepFor: 20 }),
  });
  const origins = createOrigins({ database: platform.database, publicUrl: 'https://clinic.test' });
  const subscriptions = createSubscriptions({
    platform,
    schema,
    read: createDocuments(schema),
    price: createPrice(schema),
  });
  const sockets = createSocketServer({ platform, authenticator, subscriptions, origins, recheckEvery: 20 });
  const server = createServer().on('upgrade', sockets.upgrade);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const at = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  try {
    const subjects = ['test|leaving', 'test|staying'];
    const streams = [];
    const after = await now();
    for (const subject of subjects) {
      await createUser(app.databaseUrl, app.clinicId, {
        subject,
        name: subject,
        locale: 'en',
        roles: [{ role: 'owner' }],
      });
      streams.push(follow(connect(await issuer.issue({ subject }), at), { after }));
    }
    await touch('both');
    for (const stream of streams) expect(notes(await take(stream, 1))).toEqual(['both']);
    const database = new pg.Client({ connectionString: app.databaseUrl });
    await database.connect();
    await database.query(
      `delete from user_role using user_account u where u.id = user_id and u.subject = 'test|leaving'`,
    );
    await database.end();
    expect(await refusal(streams[0]!)).toMatchObject({ code: 4403 });
    await touch('one');
    expect(notes(await take(streams[1]!, 1))).toEqual(['one']);
    expect(await refusal(follow(connect(await issuer.issue({ subject: 'test|leaving' }), at)))).toMatchObject({
      code: 4403,
    });
  } finally {
    await Promise.all(clients.splice(0).map(client => client.dispose()));
    await sockets.stop();
    await new Promise(resolve => server.close(resolve));
  }
});
