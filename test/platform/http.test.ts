import { generateKeyPair, SignJWT } from 'jose';
import { core, Patient } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createUser } from '../../api/database/clinic.ts';
import { createIssuer } from '../../api/auth/issuer.ts';
import { errorCodes } from '../../api/errors.ts';
import { Card, vault } from '../fixtures/vault/index.ts';

let app: TestApp;
let token: string;
let patientId: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, vault] });
  token = await app.signIn('owner');
  patientId = await addPatient('王小明');
});

const addPatient = (name: string, clinicId = app.clinicId): Promise<string> =>
  app.as(['*'], { clinicId }).run(async ({ em }) => em.create(Patient, { name, language: 'zh-Hant' }).id);

interface Answered {
  status: number;
  headers: Headers;
  text: string;
  data?: any;
  errors?: {
    message: string;
    path?: unknown[];
    extensions: { code: string; retryable: boolean; requestId: string; field?: string };
  }[];
}

const json = { 'content-type': 'application/json' };

async function send(
  body: string | undefined,
  headers: Record<string, string>,
  { method = 'POST', url = '/graphql' } = {},
): Promise<Answered> {
  const response = await app.fetch(url, { method, headers, body });
  const text = await response.text();
  const answered: Answered = { status: response.status, headers: response.headers, text, ...JSON.parse(text) };
  holdToForm(answered);
  return answered;
}

/** Whatever is wrong is said in one form, and never in the words of the database or of the code. */
function holdToForm({ errors = [], text, headers }: Answered): void {
  for (const { message, extensions, ...rest } of errors) {
    expect(message).toEqual(expect.any(String));
    expect(Object.keys(rest).filter(key => !['path', 'locations'].includes(key))).toEqual([]);
    expect(extensions.retryable).toBe(errorCodes[extensions.code as keyof typeof errorCodes].retryable);
    expect(extensions.requestId).toBe(headers.get('x-request-id'));
    expect(
      Object.keys(extensions).filter(key => !['code', 'retryable', 'requestId', 'field', 'plugin'].includes(key)),
    ).toEqual([]);
  }
  if (errors.length > 0)
    expect(text).not.toMatch(/\bselect\b|insert into|app\.clinic_id|node_modules|\.ts:\d|stacktrace|at \w+ \(/i);
}

const ask = (query: string, variables?: object, headers: Record<string, string> = {}): Promise<Answered> =>
  send(JSON.stringify({ query, variables }), { ...json, authorization: `Bearer ${token}`, ...headers });
const anonymous = (query: string): Promise<Answered> => send(JSON.stringify({ query }), json);
const codes = ({ errors = [] }: Answered): string[] => errors.map(({ extensions }) => extensions.code);
const me = '{ clinic { id } }';

describe('who asks', () => {
  test('without a token is told to sign in, and still gets what is public', async () => {
    const answer = await anonymous(`{ clinic { id } }`);
    expect(codes(answer)).toEqual(['UNAUTHENTICATED']);
    expect(await anonymous('{ echo(text: "a") }')).toMatchObject({ status: 200 });
  });

  test.each([
    ['no bearer', () => 'Basic YWRtaW46YWRtaW4='],
    ['no token', () => 'Bearer '],
    ['no JWT', () => 'Bearer abc.def.ghi'],
    [
      'a token with one letter changed',
      () => `Bearer ${token.slice(0, -6)}${token.at(-6) === 'A' ? 'B' : 'A'}${token.slice(-5)}`,
    ],
    [
      'a token of another issuer',
      async () => `Bearer ${await (await createIssuer()).issue({ subject: 'test|owner-1' })}`,
    ],
    ['a token that has expired', () => app.signIn('owner', { expiresIn: -10 }).then(expired => `Bearer ${expired}`)],
    [
      'a token for nobody who is known',
      () => app.app.issueToken({ subject: 'test|nobody' }).then(unknown => `Bearer ${unknown}`),
    ],
    [
      'a token that says it needs no signature',
      () =>
        `Bearer ${[{ alg: 'none' }, { sub: 'test|owner-1', iss: 'clinic-rapport', aud: 'clinic-rapport', exp: 4e9 }].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`,
    ],
    [
      'a token signed in another way',
      async () => {
        const { privateKey } = await generateKeyPair('ES256');
        const signed = new SignJWT()
          .setProtectedHeader({ alg: 'ES256' })
          .setSubject('test|owner-1')
          .setIssuer('clinic-rapport')
          .setAudience('clinic-rapport');
        return `Bearer ${await signed.setExpirationTime('1h').sign(privateKey)}`;
      },
    ],
  ])('with %s is nobody', async (_, authorization) => {
    const answer = await ask(me, {}, { authorization: await authorization() });
    expect([answer.status, codes(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  test('with a token that expires is nobody from then on, although it was known', async () => {
    const short = await app.signIn('owner', { expiresIn: 1 });
    expect(codes(await ask(me, {}, { authorization: `Bearer ${short}` }))).toEqual([]);
    const { exp } = JSON.parse(Buffer.from(short.split('.')[1]!, 'base64url').toString()) as { exp: number };
    let answer = await ask(me, {}, { authorization: `Bearer ${short}` });
    while (codes(answer).length === 0 && Date.now() < exp * 1000 + 2_000)
      answer = await ask(me, {}, { authorization: `Bearer ${short}` });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
    expect([answer.status, codes(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  test('names the clinic, where there are several', async () => {
    const [other, foreign] = [await app.addClinic('second'), await app.addClinic('foreign')];
    const subject = 'test|of-two';
    for (const clinicId of [app.clinicId, other]) {
      await createUser(app.databaseUrl, clinicId, { subject, name: 'Two', locale: 'en', roles: [{ role: 'owner' }] });
    }
    const authorization = `Bearer ${await app.app.issueToken({ subject })}`;
    const unnamed = await ask(me, {}, { authorization });
    expect([unnamed.status, unnamed.errors![0]!.extensions]).toMatchObject([
      400,
      { code: 'BAD_USER_INPUT', field: 'x-clinic-id' },
    ]);
    for (const clinicId of [app.clinicId, other]) {
      expect((await ask(me, {}, { authorization, 'x-clinic-id': clinicId })).data).toEqual({
        clinic: { id: clinicId },
      });
    }
    const outside = await ask(me, {}, { authorization, 'x-clinic-id': foreign });
    expect([outside.status, codes(outside)]).toEqual([403, ['FORBIDDEN']]);
    const unknown = await ask(me, {}, { authorization, 'x-clinic-id': '01a20654-9f56-77df-abd1-9318e2833e20' });
    expect({ ...unknown.errors![0]!, extensions: 0 }).toEqual({ ...outside.errors![0]!, extensions: 0 });
    expect(codes(await ask(me, {}, { authorization, 'x-clinic-id': "' or true" }))).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a request that is none', () => {
  const authorized = () => ({ ...json, authorization: `Bearer ${token}` });

  test.each([
    ['no JSON', '{"query":', 400, 'BAD_USER_INPUT'],
    ['empty', '', 400, 'BAD_USER_INPUT'],
    ['null', 'null', 400, 'BAD_USER_INPUT'],
    ['a word', '"{ clinic { id } }"', 400, 'BAD_USER_INPUT'],
    ['without a query', '{}', 400, 'BAD_USER_INPUT'],
    ['a query that is a number', '{"query":1}', 400, 'BAD_USER_INPUT'],
    ['variables that are a word', '{"query":"{ clinic { id } }","variables":"a"}', 400, 'BAD_USER_INPUT'],
    ['a batch', '[{"query":"{ clinic { id } }"},{"query":"{ clinic { id } }"}]', 400, 'BAD_USER_INPUT'],
    [
      'an unknown persisted query',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}',
      200,
      'BAD_USER_INPUT',
    ],
  ])('as it is %s, is refused in JSON', async (_, body, status, code) => {
    const answer = await send(body, authorized());
    expect([answer.status, codes(answer)]).toEqual([status, [code]]);
    expect(answer.headers.get('content-type')).toMatch(/json/);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a', ''])(
    "as it is of the type '%s', is refused",
    async type => {
      const answer = await send(JSON.stringify({ query: me }), { ...authorized(), 'content-type': type });
      expect([answer.status, answer.errors![0]!.extensions]).toMatchObject([
        415,
        { code: 'BAD_USER_INPUT', field: 'content-type' },
      ]);
    },
  );

  test.each([257, 1_024, 8_192])(
    'as it has %d kB, is refused in JSON, and the next one is answered',
    async kilobytes => {
      const answer = await send(
        JSON.stringify({ query: me, variables: { a: 'x'.repeat(kilobytes * 1024) } }),
        authorized(),
      );
      expect([answer.status, codes(answer)]).toEqual([413, ['QUERY_TOO_COMPLEX']]);
      expect((await ask(me)).data).toEqual({ clinic: { id: app.clinicId } });
    },
  );

  test('of another method is refused', async () => {
    const answer = await send(undefined, { authorization: `Bearer ${token}` }, { method: 'PUT' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(codes(answer)).toEqual(['BAD_USER_INPUT']);
  });

  test('by GET is answered for a query, and changes nothing', async () => {
    const get = (query: string): Promise<Answered> =>
      send(
        undefined,
        { authorization: `Bearer ${token}`, 'apollo-require-preflight': '1' },
        { method: 'GET', url: `/graphql?query=${encodeURIComponent(query)}` },
      );
    expect((await get(me)).data).toEqual({ clinic: { id: app.clinicId } });
    const refused = await get(`mutation { writeCard(patientId: "${patientId}", title: "by GET") { id } }`);
    expect([refused.status, codes(refused)]).toEqual([405, ['BAD_USER_INPUT']]);
    expect((await ask('{ cards(filter: { title: "by GET" }) { totalCount } }')).data).toEqual({
      cards: { totalCount: 0 },
    });
  });
});

describe('a document', () => {
  test.each([
    ['is no GraphQL', '{ clinic {', 'GRAPHQL_PARSE_FAILED'],
    ['is empty', '   ', 'GRAPHQL_PARSE_FAILED'],
    ['asks for a field that is not there', '{ clinic { colour } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['leaves out what it must say', '{ patient { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['spreads a fragment within itself', '{ ...a } fragment a on Query { ...a }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has more tokens than anyone needs', `{ ${'a: echo(text: "a") '.repeat(400)} }`, 'GRAPHQL_PARSE_FAILED'],
    ['only subscribes', 'subscription { touched { note } }', 'BAD_USER_INPUT'],
    ['says a word for a number', 'query ($n: Int) { patients(first: $n) { totalCount } }', 'BAD_USER_INPUT'],
  ])('that %s is refused, the same over HTTP and within the process', async (_, query, code) => {
    const variables = { n: 'many' };
    const answer = await ask(query, variables);
    expect(codes(answer)).toEqual([code]);
    expect([200, 400]).toContain(answer.status);
    const { errors } = await app.as('owner').query(query, variables);
    expect(errors!.map(({ extensions }) => extensions!['code'])).toEqual([code]);
    expect(errors![0]!.message).toBe(answer.errors![0]!.message);
  });

  test.each([3_000_000, 101, 0, -1, 2 ** 31])('that asks for %d at once is refused', async first => {
    const answer = await ask('query ($first: Int) { patients(first: $first) { nodes { id } } }', { first });
    expect(codes(answer)).toEqual(['BAD_USER_INPUT']);
    const nested = await ask(
      'query ($id: ID!, $first: Int) { patient(id: $id) { cards(first: $first) { nodes { id } } } }',
      { id: patientId, first },
    );
    expect(codes(nested)).toEqual(['BAD_USER_INPUT']);
  });

  test('with variables of a type that contains itself is answered, again and again', async () => {
    const tree = { name: 'root', branches: [{ branches: [{ name: 'leaf' }] }] };
    for (let turn = 0; turn < 4; turn++) {
      expect((await ask('query ($tree: Tree!) { depth(tree: $tree) }', { tree })).data).toEqual({ depth: '3' });
    }
    expect((await ask('{ depth(tree: { branches: [{ name: "leaf" }] }) }')).data).toEqual({ depth: '2' });
    const abyss = `${'{"branches":['.repeat(2_000)}{}${']}'.repeat(2_000)}`;
    const body = `{"query":"query ($tree: Tree!) { depth(tree: $tree) }","variables":{"tree":${abyss}}}`;
    const answer = await send(body, { ...json, authorization: `Bearer ${token}` });
    expect([answer.data?.depth, ...codes(answer)].filter(Boolean)).toEqual([
      expect.stringMatching(/^(2001|QUERY_TOO_COMPLEX|BAD_USER_INPUT)$/),
    ]);
    expect((await ask(me)).data).toEqual({ clinic: { id: app.clinicId } });
  });
});

describe('text', () => {
  const echo = 'query ($text: String!) { echo(text: $text) }';
  const write = 'mutation ($id: ID!, $text: String!) { writeCard(patientId: $id, title: $text) { title } }';

  test.each([
    ['Han beyond the basic plane', '𠮷野家𡘙𪚥'],
    ['right to left', 'مرحبا שלום \u202eabc\u202c'],
    ['emoji of several parts', '👩🏽‍⚕️🇹🇼👨‍👩‍👧‍👦'],
    ['combining characters', 'e\u0301 ≠ é, 각 ≠ 각'],
    ['quotes and backslashes', `'"\\\`\${x}; drop table patient; --`],
    ['control characters', 'a\tb\r\nc\u0001\u007f'],
    ['nothing', ''],
    ['characters that are none', '\ufffe\uffff\ufeff'],
    ['10,000 characters of four bytes', '𠮷'.repeat(10_000)],
  ])('as %s comes back as it was sent, from the database too', async (_, text) => {
    expect((await ask(echo, { text })).data).toEqual({ echo: text });
    expect((await ask(write, { id: patientId, text })).data).toEqual({ writeCard: { title: text } });
  });

  test.each([
    ['NUL', '"a\\u0000b"'],
    ['half a character', '"a\\ud800b"'],
    ['the other half', '"\\udc00"'],
    ['halves in the wrong order', '"\\udc00\\ud800"'],
    ['200 kB', JSON.stringify('x'.repeat(200_000))],
    ['10,001 characters', JSON.stringify('𠮷'.repeat(10_001))],
  ])('with %s is refused, wherever it stands', async (_, text) => {
    const place = (query: string, variables: string): Promise<Answered> =>
      send(`{"query":${JSON.stringify(query)},"variables":${variables}}`, {
        ...json,
        authorization: `Bearer ${token}`,
      });
    const answers = [
      await place(echo, `{"text":${text}}`),
      await place(write, `{"id":"${patientId}","text":${text}}`),
      await place('query ($tree: Tree!) { depth(tree: $tree) }', `{"tree":{"branches":[{"name":${text}}]}}`),
      await place('query ($id: ID!) { patient(id: $id) { id } }', `{"id":${text}}`),
      await place('query ($search: String) { patients(search: $search) { nodes { id } } }', `{"search":${text}}`),
    ];
    expect(answers.map(codes)).toEqual(Array(answers.length).fill(['BAD_USER_INPUT']));
  });

  test('of 1 MB is refused within the process too', async () => {
    const { errors } = await app.as('owner').query(echo, { text: '長'.repeat(350_000) });
    expect(errors!.map(({ extensions }) => extensions!['code'])).toEqual(['BAD_USER_INPUT']);
  });
});

test('unknown ids, what is no id, and things of another clinic or patient are answered alike', async () => {
  const clinicId = await app.addClinic('elsewhere');
  const foreign = await addPatient('Ada', clinicId);
  const foreignCard = await app
    .as(['*'], { clinicId })
    .run(async ({ em }) => em.create(Card, { patient: em.getReference(Patient, foreign), title: 'theirs' }).id);
  const neighbour = await addPatient('李大華');
  const patient = `Bearer ${await app.signIn('patient', { patientId })}`;
  const told = async (id: string, authorization = `Bearer ${token}`): Promise<unknown> => {
    const { data, errors = [] } = await ask(
      'query ($id: ID!) { patient(id: $id) { name } }',
      { id },
      { authorization },
    );
    return { data, errors: errors.map(({ extensions, ...rest }) => ({ ...rest, code: extensions.code })) };
  };
  const unknown = await told('01a20654-9f56-77df-abd1-9318e2833e20');
  expect(unknown).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  for (const id of [foreign, foreignCard, 'no id', '', '0', "' or true --", patientId.slice(1)])
    expect([id, await told(id)]).toEqual([id, unknown]);
  expect(await told(neighbour, patient)).toEqual(unknown);
  expect(await told(patientId, patient)).toMatchObject({ data: { patient: { name: '王小明' } } });
  expect((await ask('query ($id: ID!) { card(id: $id) { title } }', { id: foreignCard })).data).toEqual({ card: null });
  const write = 'mutation ($id: ID!) { writeCard(patientId: $id, title: "a") { id } }';
  const messages = new Set<string>();
  for (const id of [foreign, '01a20654-9f56-77df-abd1-9318e2833e20'])
    messages.add(
      JSON.stringify((await ask(write, { id })).errors!.map(({ message, extensions }) => [message, extensions.code])),
    );
  expect(messages.size).toBe(1);
});

test('what a plugin throws is masked, and told as the plugin’s', async () => {
  const answer = await ask('query ($id: ID!) { patient(id: $id) { name throws rejects } }', { id: patientId });
  expect(answer.status).toBe(200);
  expect(answer.data.patient).toEqual({ name: '王小明', throws: null, rejects: null });
  expect(codes(answer)).toEqual(['PLUGIN_UNAVAILABLE', 'PLUGIN_UNAVAILABLE']);
});
