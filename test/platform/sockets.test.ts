import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createClient, type Client } from 'graphql-ws';
import pg from 'pg';
import { WebSocket } from 'ws';
import { createAuthenticator } from '../../api/auth/authenticator.ts';
import { Standings } from '../../api/auth/standings.ts';
import { createIssuer } from '../../api/auth/issuer.ts';
import { createUser } from '../../api/database/clinic.ts';
import { createPrice } from '../../api/limits/cost.ts';
import { createDocuments } from '../../api/graphql/document.ts';
import { SocketBearer } from '../../api/graphql/socket-bearer.ts';
import { SocketMember } from '../../api/graphql/socket-member.ts';
import { createSocketServer } from '../../api/graphql/socket.ts';
import type { Delivery } from '../../api/graphql/subscription-group.ts';
import { createSubscriptions } from '../../api/graphql/subscriptions.ts';
import { createOrigins } from '../../api/http/origins.ts';
import { bells, rung } from '../fixtures/bells/bells.ts';

let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, bells] });
  token = await app.signIn('owner');
});

const query = 'subscription ($after: String) { bellRang(after: $after) { cursor note } }';
const urlOf = async (): Promise<string> => `${(await app.listen()).replace('http', 'ws')}/graphql`;
const ring = (...notes: string[]): Promise<void> =>
  app.staff.run(async ({ publish }) => notes.forEach(note => publish(rung, { note })));

/** A socket that speaks the protocol by hand, so that it can break it. */
class Raw implements Disposable {
  readonly socket: WebSocket;
  readonly #messages: any[] = [];
  #wake = (): void => {};
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string) {
    this.socket = new WebSocket(url, 'graphql-transport-ws');
    this.socket.on('message', data => {
      this.#messages.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.closed = new Promise(resolve => {
      this.socket.on('error', () => {});
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  static async open(payload: object | null = { authorization: `Bearer ${token}` }, url?: string): Promise<Raw> {
    const raw = new Raw(url ?? (await urlOf()));
    await new Promise(resolve => raw.socket.once('open', resolve));
    if (payload) raw.send({ type: 'connection_init', payload });
    return raw;
  }

  /** As `open`, once the server has said yes. */
  static async connected(payload?: object, url?: string): Promise<Raw> {
    const raw = await Raw.open(payload, url);
    expect((await raw.next()).type).toBe('connection_ack');
    return raw;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, text = query, variables = {}): void {
    this.send({ id, type: 'subscribe', payload: { query: text, variables } });
  }

  async next(): Promise<any> {
    const gone = this.closed.then(({ code, reason }) => Promise.reject(new Error(`Closed: ${code} ${reason}`)));
    gone.catch(() => {});
    while (this.#messages.length === 0)
      await Promise.race([gone, new Promise<void>(resolve => (this.#wake = resolve))]);
    return this.#messages.shift();
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

const clientOf = (url: string, authorization: string): Client =>
  createClient({ url, connectionParams: { authorization }, webSocketImpl: WebSocket, retryAttempts: 0 });

describe('a connection', () => {
  test.each<[string, () => object | null, RegExp]>([
    ['without a token', () => ({}), /authorization/],
    ['with a token that is none', () => ({ authorization: 'Bearer nonsense' }), /not valid/],
    ['with a token in another form', () => ({ authorization: token }), /Bearer/],
    ['for what is no clinic', () => ({ authorization: `Bearer ${token}`, clinicId: 'here' }), /not the id/],
    [
      'for a clinic of others',
      () => ({ authorization: `Bearer ${token}`, clinicId: '018f0000-0000-7000-8000-00000000ffff' }),
      /not a member/,
    ],
  ])('%s is closed, and told why', async (_, payload, reason) => {
    using raw = await Raw.open(payload());
    expect(await raw.closed).toEqual({ code: 4403, reason: expect.stringMatching(reason) });
  });

  test('that begins without `connection_init` is closed', async () => {
    using raw = await Raw.open(null);
    raw.subscribe('1');
    expect((await raw.closed).code).toBe(4401);
  });

  test('ends when its token does', async () => {
    const short = await app.signIn('owner', { expiresIn: 2 });
    using raw = await Raw.connected({ authorization: `Bearer ${short}` });
    expect(await raw.closed).toEqual({ code: 4403, reason: 'The token has expired' });
  });

  test('at another path finds nothing', async () => {
    const raw = new Raw((await urlOf()).replace('/graphql', '/elsewhere'));
    expect((await raw.closed).code).toBe(1006);
  });

  test('with a message of 100 kB is closed, and no other', async () => {
    using other = await Raw.connected();
    using raw = await Raw.connected();
    raw.subscribe('1', `${query} # ${'x'.repeat(100_000)}`);
    expect((await raw.closed).code).toBe(1009);
    other.subscribe('1', '{ bells }');
    expect((await other.next()).type).toBe('error');
  });
});

describe('a subscription over a socket', () => {
  test('gives events as they happen, each client behind its own id', async () => {
    using ann = await Raw.connected();
    using bob = await Raw.connected();
    ann.subscribe('a "quoted" id');
    bob.subscribe('b');
    const [forAnn, forBob] = [ann.next(), bob.next()];
    // The protocol has no word for a subscription that stands: so ring until both have heard.
    const heard = Promise.all([forAnn, forBob]);
    for (let turn = 0; !(await Promise.race([heard, turned()])); turn++) await ring(String(turn));
    const [first, second] = await heard;
    expect(first).toMatchObject({
      id: 'a "quoted" id',
      type: 'next',
      payload: { data: { bellRang: { note: expect.any(String) } } },
    });
    expect(second).toMatchObject({ id: 'b', type: 'next' });
  });

  test('goes on after a cursor', async () => {
    const client = clientOf(await urlOf(), `Bearer ${token}`);
    const live = client.iterate<any>({ query });
    const first = live.next();
    for (let turn = 0; !(await Promise.race([first, turned()])); turn++) await ring('mark');
    const { cursor } = (await first).value!.data.bellRang;
    await live.return!();
    const missed = Array.from({ length: 200 }, (_, index) => `missed ${index}`);
    await ring(...missed);
    const heard: string[] = [];
    for await (const { data } of client.iterate<any>({ query, variables: { after: cursor } })) {
      if (data.bellRang.note.startsWith('missed')) heard.push(data.bellRang.note);
      if (heard.length === missed.length) break;
    }
    expect(heard).toEqual(missed);
    await client.dispose();
  });

  test.each([
    ['a query', '{ bells }', 'BAD_USER_INPUT'],
    ['a mutation', 'mutation { ringBell(note: "x") }', 'BAD_USER_INPUT'],
    ['introspection', '{ __schema { types { name } } }', 'BAD_USER_INPUT'],
    ['what is not in the schema', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['too large a document', `subscription { bellRang { ${'note '.repeat(2_100)} } }`, 'GRAPHQL_PARSE_FAILED'],
  ])('is refused with its code: %s', async (_, text, code) => {
    using raw = await Raw.connected();
    raw.subscribe('1', text);
    expect(await raw.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code } }] });
  });

  test('is told what is wrong with its cursor', async () => {
    using raw = await Raw.connected();
    raw.subscribe('1', query, { after: 'yesterday' });
    expect(await raw.next()).toMatchObject({
      payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }] },
    });
    expect(await raw.next()).toEqual({ id: '1', type: 'complete' });
  });

  test('is one of at most twenty', async () => {
    using raw = await Raw.connected();
    for (let id = 1; id <= 21; id++) raw.subscribe(String(id));
    expect(await raw.next()).toMatchObject({
      id: '21',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
  });
});

const turned = (): Promise<undefined> => new Promise(resolve => setImmediate(() => resolve(undefined)));

describe('who is slow', () => {
  interface Fake {
    readyState: number;
    bufferedAmount: number;
    sent: string[];
    closedWith?: number;
    write(data: Buffer, done?: () => void): boolean;
    flush(): void;
  }

  function member(): { member: SocketMember; socket: Fake } {
    const callbacks: (() => void)[] = [];
    const socket = {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      sent: [] as string[],
      closedWith: undefined as number | undefined,
      write(data: Buffer, done?: () => void) {
        this.sent.push(String(data.subarray(2)));
        if (done) callbacks.push(done);
        return true;
      },
      close(code: number) {
        this.closedWith = code;
        this.readyState = 2;
      },
      flush() {
        this.bufferedAmount = 0;
        callbacks.splice(0).forEach(done => done());
      },
    };
    const line = { socket: socket as unknown as WebSocket, request: { socket: socket as unknown as Duplex } };
    return { member: new SocketMember(line, 'id', new SocketBearer()), socket };
  }
  const delivery = { tail: Buffer.from('{"data":1}}') } as Delivery;

  test('is written no more at once than may wait for it', () => {
    const { member: slow, socket } = member();
    const large = { tail: Buffer.alloc(700 * 1024) } as Delivery;
    socket.write = data => ((socket.bufferedAmount += data.length), true);
    slow.take([large, large, large]);
    expect(socket).toMatchObject({ closedWith: 1013 });
    expect(socket.bufferedAmount).toBeLessThan(1.5 * 1024 * 1024);
  });

  test('is told to come again once a megabyte waits, and given nothing more', () => {
    const { member: slow, socket } = member();
    slow.take([delivery]);
    socket.bufferedAmount = 1024 * 1024 + 1;
    slow.take([delivery]);
    slow.take([delivery]);
    expect(socket.sent).toEqual(['{"id":"id","type":"next","payload":{"data":1}}']);
    expect(socket.closedWith).toBe(1013);
  });

  test('is waited for by what is replayed to it', async () => {
    const { member: slow, socket } = member();
    expect(await slow.ready()).toBe(true);
    socket.bufferedAmount = 600 * 1024;
    slow.take([delivery]);
    const ready = slow.ready();
    expect(await Promise.race([ready, turned()])).toBeUndefined();
    socket.flush();
    expect(await ready).toBe(true);
  });

  test('holds up nobody when it is gone', async () => {
    const { member: gone, socket } = member();
    socket.bufferedAmount = 600 * 1024;
    gone.take([delivery]);
    const ready = gone.ready();
    socket.readyState = 3;
    socket.flush();
    expect(await ready).toBe(false);
  });
});

test('a burst of messages of every length is heard in order, as it was told', async () => {
  using raw = await Raw.connected();
  raw.subscribe('1');
  const standing = raw.next();
  for (let turn = 0; !(await Promise.race([standing, turned()])); turn++) await ring('standing');
  const note = (length: number): string =>
    '鐘'
      .repeat(length / 3)
      .padEnd(length, '.')
      .slice(0, length);
  const lengths = [
    0, 1, 25, 26, 27, 28, 29, 30, 31, 32, 65_400, 65_410, 65_420, 65_430, 65_440, 65_450, 70_000, 300_000,
  ];
  const notes = lengths.map(note);
  await ring(...notes);
  const heard: string[] = [];
  while (heard.length < notes.length) {
    const { id, payload } = await raw.next();
    expect(id).toBe('1');
    if (payload.data.bellRang.note !== 'standing') heard.push(payload.data.bellRang.note);
  }
  expect(heard).toEqual(notes);
});

describe('rights that change while a socket is open', () => {
  let http: Server;
  let stop: () => Promise<void>;
  let url: string;
  let issue: (subject: string) => Promise<string>;
  const owner = new Map<string, pg.Client>();

  beforeAll(async () => {
    const { platform, schema, plugins } = app.app;
    const issuer = await createIssuer();
    issue = subject => issuer.issue({ subject });
    const authenticator = createAuthenticator({
      database: platform.database,
      enablement: { in: platform.enabledIn },
      plugins,
      verify: issuer.verify,
      standings: new Standings({ keepFor: 1 }),
    });
    const origins = createOrigins({ database: platform.database, publicUrl: 'https://clinic.test' });
    const subscriptions = createSubscriptions({
      platform,
      schema,
      read: createDocuments(schema),
      price: createPrice(schema),
    });
    const sockets = createSocketServer({ platform, authenticator, subscriptions, origins, recheckEvery: 20 });
    http = createServer().on('upgrade', sockets.upgrade);
    await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
    url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
    const client = new pg.Client({ connectionString: app.databaseUrl });
    await client.connect();
    owner.set('client', client);
    stop = async () => {
      await sockets.stop();
      await new Promise(resolve => http.close(resolve));
      await client.end();
    };
  });
  afterAll(() => stop());

  const open = async (subject: string): Promise<Raw> => {
    await createUser(app.databaseUrl, app.clinicId, {
      subject,
      name: subject,
      locale: 'en',
      roles: [{ role: 'owner' }],
    });
    return Raw.connected({ authorization: `Bearer ${await issue(subject)}` }, url);
  };

  test.each([
    ['a user is disabled', 'update user_account set disabled_at = now() where subject = $1'],
    ['a role is taken away', 'delete from user_role where user_id = (select id from user_account where subject = $1)'],
    [
      'a role is another one',
      `update user_role set role = 'frontDesk' where user_id = (select id from user_account where subject = $1)`,
    ],
  ])('end it, and no other: %s', async (what, statement) => {
    using staying = await open(`staying ${what}`);
    using leaving = await open(`leaving ${what}`);
    await owner.get('client')!.query(statement, [`leaving ${what}`]);
    expect(await leaving.closed).toEqual({ code: 4403, reason: 'Your rights have changed' });
    expect(staying.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('a server that stops sends its clients away', async () => {
    using raw = await open('at the end');
    await stop();
    expect((await raw.closed).code).toBe(1001);
    stop = async () => {};
  });
});
