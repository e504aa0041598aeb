import { core } from 'clinic-rapport/schema';
import { createTestApp } from 'clinic-rapport/testing';
import { WebSocket } from 'ws';
import { createClinic } from '../../api/database/clinic.ts';
import type { App } from '../../api/app.ts';
import { bells } from '../fixtures/bells/bells.ts';
import { bellRang, Installation, Listening, standing } from './two-apps.ts';

let installation: Installation;
let app: App;
let url: string;
let token: string;

beforeAll(async () => {
  installation = await Installation.make();
  ({ app, url } = await installation.start());
  ({ token } = await installation.signIn());
});
afterAll(() => installation.stop());

interface Closed {
  code: number;
  reason: string;
  /** Of the answer, where there was no socket. */
  status?: number;
}

/** A socket that says what it is told to, and remembers what it hears. */
class Raw implements Disposable {
  readonly heard: any[] = [];
  readonly closed: Promise<Closed>;
  readonly socket: WebSocket;
  #wake = (): void => {};

  constructor(at = url, { origin, protocol = 'graphql-transport-ws' }: { origin?: string; protocol?: string } = {}) {
    this.socket = new WebSocket(at.replace('http', 'ws'), protocol, { origin });
    this.socket.on('message', data => {
      this.heard.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.closed = new Promise(resolve => {
      this.socket.on('unexpected-response', (request, { statusCode: status }) => {
        resolve({ code: 1006, reason: '', status });
        request.destroy();
      });
      this.socket.on('error', () => {});
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  async say(...messages: (object | string)[]): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING)
      await Promise.race([new Promise(resolve => this.socket.once('open', resolve)), this.closed]);
    for (const message of messages) this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }

  /** Has said who it is, and was let in. */
  static async connected(at = url, credential = token): Promise<Raw> {
    const raw = await new Raw(at).say(init(credential));
    await raw.hear('connection_ack');
    return raw;
  }

  /** The first message of this kind. */
  async hear(type: string): Promise<any> {
    for (;;) {
      const found = this.heard.find(message => message.type === type);
      if (found) return found;
      await Promise.race([
        new Promise<void>(resolve => (this.#wake = resolve)),
        this.closed.then(({ code, reason }) => Promise.reject(new Error(`Closed: ${code} ${reason}`))),
      ]);
    }
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

const init = (credential = token): object => ({
  type: 'connection_init',
  payload: { authorization: `Bearer ${credential}` },
});
const subscribe = (id: string, query = bellRang): object => ({ id, type: 'subscribe', payload: { query } });

describe('the protocol graphql-transport-ws', () => {
  test('4408 for who says nothing', async () => {
    using raw = new Raw();
    expect((await raw.closed).code).toBe(4408);
  });

  test('4401 for who subscribes before saying who it is', async () => {
    using raw = await new Raw().say(subscribe('1'));
    expect((await raw.closed).code).toBe(4401);
  });

  test('4429 for who says so twice', async () => {
    using raw = await new Raw().say(init(), init());
    expect((await raw.closed).code).toBe(4429);
  });

  test('4403 for a credential that does not do', async () => {
    using raw = await new Raw().say(init('nonsense'));
    expect((await raw.closed).code).toBe(4403);
  });

  test.each<[string, object | string]>([
    ['what is no JSON', 'nonsense'],
    ['a message of no kind', { type: 'start', id: '1' }],
    ['what is no object', '7'],
    ['a subscription without an id', { type: 'subscribe', payload: { query: bellRang } }],
    ['a subscription without a document', { id: '1', type: 'subscribe', payload: {} }],
  ])('4400 for %s', async (_, message) => {
    using raw = await new Raw().say(init(), message);
    expect((await raw.closed).code).toBe(4400);
  });

  test('4409 for two subscriptions with one id', async () => {
    using raw = await Raw.connected();
    await raw.say(subscribe('1'), subscribe('1'));
    expect((await raw.closed).code).toBe(4409);
  });

  test('1009 for a message of more than 64 kB', async () => {
    using raw = await new Raw().say(init(), JSON.stringify(subscribe('1', `${bellRang} # ${'x'.repeat(70_000)}`)));
    expect((await raw.closed).code).toBe(1009);
  });

  test('a ping is answered, and a pong that nobody asked for does no harm', async () => {
    using raw = await new Raw().say(init(), { type: 'pong' }, { type: 'ping', payload: { a: 1 } });
    expect(await raw.hear('pong')).toEqual({ type: 'pong', payload: { a: 1 } });
  });

  test('a query is an error of its own, and the socket goes on', async () => {
    using raw = await Raw.connected();
    await raw.say(subscribe('1', '{ clinic { id } }'));
    expect(await raw.hear('error')).toMatchObject({ id: '1', payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    await raw.say({ type: 'ping' });
    await raw.hear('pong');
  });

  test('so is a document that does not fit the schema', async () => {
    using raw = await Raw.connected();
    await raw.say(subscribe('1', 'subscription { nothing }'));
    expect(await raw.hear('error')).toMatchObject({
      id: '1',
      payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
  });

  test('to complete what was never begun does no harm, and what was begun ends', async () => {
    using raw = await Raw.connected();
    await raw.say({ id: 'none', type: 'complete' }, subscribe('1'), { id: '1', type: 'complete' });
    await raw.say(subscribe('1'), { type: 'ping' });
    await raw.hear('pong');
  });

  test('another protocol gets no socket that works', async () => {
    using raw = await new Raw(url, { protocol: 'graphql-ws' }).say(init());
    expect([1006, 4406]).toContain((await raw.closed).code);
  });

  test('twenty subscriptions on a socket, and an error for the next', async () => {
    using raw = await Raw.connected();
    await raw.say(...Array.from({ length: 21 }, (_, index) => subscribe(String(index))));
    expect(await raw.hear('error')).toMatchObject({ id: '20', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    await raw.say({ type: 'ping' });
    await raw.hear('pong');
  });
});

describe('a page of a browser', () => {
  const listed = 'https://book.clinic.test';

  beforeAll(async () => {
    const other = await createClinic(
      app.platform.database.url,
      {
        slug: 'other',
        name: 'Other',
        timeZone: 'UTC',
        locale: 'en',
        currency: 'EUR',
        sender: { name: 'Other', address: 'hello@other.test' },
      },
      [core, bells],
    );
    const insert = 'insert into clinic_origin (clinic_id, id, origin) values ($1, gen_random_uuid(), $2)';
    await installation.owner.query(insert, [installation.clinicId, listed]);
    await installation.owner.query(insert, [other, 'https://other.test']);
  });

  test('that no clinic lists gets no socket', async () => {
    for (const origin of ['https://evil.test', 'null', `${listed}.evil.test`, 'http://book.clinic.test']) {
      using raw = new Raw(url, { origin });
      expect([origin, (await raw.closed).status]).toEqual([origin, 403]);
    }
  });

  test('that another clinic lists gets nothing of this one', async () => {
    using raw = await new Raw(url, { origin: 'https://other.test' }).say(init());
    expect(await raw.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('does not list the page') });
  });

  test('that the clinic lists, one of ours, and what is no browser, get one', async () => {
    for (const origin of [listed, 'https://clinic.test', undefined]) {
      using raw = await new Raw(url, { origin }).say(init());
      await raw.hear('connection_ack');
    }
  });
});

test('a credential has so many sockets, and a process has so many', async () => {
  const own = await installation.start({ socketLimits: { socketsPerCredential: 2, sockets: 4 } });
  const other = await installation.signIn();
  using first = await Raw.connected(own.url);
  using second = await Raw.connected(own.url);
  expect(second.heard).toHaveLength(1);
  using third = await new Raw(own.url).say(init());
  expect(await third.closed).toMatchObject({ code: 1013, reason: expect.stringContaining('at most 2 sockets') });
  using another = await Raw.connected(own.url, other.token);
  using fourth = await Raw.connected(own.url, other.token);
  expect([another, fourth].flatMap(({ heard }) => heard)).toHaveLength(2);
  using fifth = new Raw(own.url);
  expect((await fifth.closed).status).toBe(503);
  first.socket.close();
  await first.closed;
  using again = await Raw.connected(own.url);
  expect(again.heard).toHaveLength(1);
});

describe('two processes on one database', () => {
  test('hear each other’s events', async () => {
    const there = await installation.start();
    using near = new Listening(url, token);
    using far = new Listening(there.url, token);
    await standing(note => installation.ring(app, [note]), near, far);
    // Waited for before they happen: whoever waited for the one used to forget who waited for the other, and hung on a slow day.
    const all = Promise.all([near, far].flatMap(one => [one.heard('from there'), one.heard('from here')]));
    await installation.ring(there.app, ['from there']);
    await installation.ring(app, ['from here']);
    await all;
  });

  test('one that ends and starts anew loses no event of a subscriber who was away meanwhile', async () => {
    const first = await installation.start();
    const before = new Listening(first.url, token);
    await standing(note => installation.ring(app, [note]), before);
    const stopping = installation.end(first.app);
    expect((await before.closed).code).toBe(1001);
    const missed = Array.from({ length: 1_000 }, (_, index) => `missed ${index}`);
    for (let at = 0; at < 500; at += 100) await installation.ring(app, missed.slice(at, at + 100));
    await stopping;
    const second = await installation.start({}, first.port);
    for (let at = 500; at < 1_000; at += 100) await installation.ring(app, missed.slice(at, at + 100));
    using after = new Listening(second.url, token, before.cursor);
    await after.heard('missed 999');
    await installation.ring(app, ['then']);
    await after.heard('then');
    const heard = after.notes.filter(note => note !== 'first');
    expect(heard).toEqual([...missed, 'then']);
  });
});

test('a key and a user with the same rights share nothing: who they are is part of what they share', async () => {
  const own = await createTestApp({ plugins: [core, bells] });
  const keys = new Set<string>();
  const { createFollowing } = await import('../../api/graphql/following.ts');
  const { createDocuments } = await import('../../api/graphql/document.ts');
  const { createPrice } = await import('../../api/limits/cost.ts');
  const { schema, platform } = own.app;
  const follow = createFollowing({ schema, read: createDocuments(schema), price: createPrice(schema) });
  const base = {
    kind: 'user',
    id: 'a',
    roles: ['owner'],
    permissions: new Set(['bells.hear']),
    patientIds: '*',
  } as const;
  const other = await own.addClinic('another');
  const patient = '01900000-0000-7000-8000-000000000000';
  const keyOf = async (
    actor: object = {},
    { clinicId = own.clinicId, locale = 'en', query = bellRang, variables = {} }: Record<string, any> = {},
  ): Promise<string> => {
    const context = await platform.contextFor({ clinicId, locale, actor: { ...base, ...actor } });
    return follow({ document: query, variables, context }).key;
  };
  const different = [
    await keyOf(),
    await keyOf({ kind: 'key', roles: [] }),
    await keyOf({ roles: ['frontDesk'] }),
    await keyOf({ permissions: new Set(['bells.hear', 'bells.secret.hear']) }),
    await keyOf({ patientIds: [patient] }),
    await keyOf({ patientIds: [] }),
    await keyOf({}, { clinicId: other }),
    await keyOf({}, { locale: 'zh-Hant' }),
    await keyOf({}, { query: 'subscription { bellRang { note } }' }),
    await keyOf(
      {},
      { query: 'subscription ($only: String) { bellRang(only: $only) { note } }', variables: { only: 'x' } },
    ),
  ];
  for (const key of different) keys.add(key);
  expect(keys.size).toBe(different.length);
  // Another person with the same rights, wherever the one starts.
  expect(await keyOf({ id: 'b' })).toBe(different[0]);
  expect(await keyOf({}, { variables: { after: 'anywhere' } }).catch(() => different[0])).toBe(different[0]);
});
