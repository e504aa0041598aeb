import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { ask, everythingStored, type Answered } from './asking.ts';

let app: TestApp;
let owner: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core], at: new Date() });
  owner = await app.signIn('owner');
});

const createKey = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { secret apiKey { id name scopes expiresAt revokedAt } } }`;
let names = 0;
const create = (input: object = {}, credential = owner): Promise<Answered> =>
  ask(
    app,
    createKey,
    { input: { name: `key ${++names}`, scopes: ['clinic.read', 'patient.read'], ...input } },
    { credential },
  );
const revoke = (id: string): Promise<Answered> =>
  ask(app, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { revokedAt } }', { id }, { credential: owner });
const use = (credential: string, query = '{ clinic { name } }', clinicId?: string): Promise<Answered> =>
  ask(app, query, {}, { credential, clinicId });

test('a key does what it was given, and nothing else', async () => {
  const { data } = await create();
  const { secret, apiKey } = data.createApiKey;
  expect(secret).toMatch(/^rpk_live_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
  expect(apiKey).toMatchObject({ scopes: ['clinic.read', 'patient.read'], revokedAt: null });
  expect((await use(secret)).data.clinic.name).toBe('Clinic test');
  expect((await use(secret, '{ patients { totalCount } }')).code).toBeUndefined();
  expect((await use(secret, '{ users { totalCount } }')).code).toBe('FORBIDDEN');
  expect((await use(secret, '{ me { id } }')).data).toEqual({ me: null });
});

test('its secret is shown once, and stored nowhere', async () => {
  const { data } = await create();
  const { secret, apiKey } = data.createApiKey;
  await use(secret);
  await app.settle();
  const stored = await everythingStored(app);
  expect(stored).toContain(apiKey.id);
  expect(stored).not.toContain(secret);
  expect(stored).not.toContain(secret.slice(-43));
  const { data: listed } = await ask(
    app,
    '{ apiKeys(first: 100) { nodes { id name scopes } } }',
    {},
    { credential: owner },
  );
  expect(JSON.stringify(listed)).not.toContain(secret.slice(-43));
});

test('a call that is repeated with its idempotency key makes no second key, and shows no secret', async () => {
  const name = `key ${++names}`;
  const twice = [await create({ name, idempotencyKey: name }), await create({ name, idempotencyKey: name })];
  const [first, second] = twice.map(({ data }) => data.createApiKey);
  expect(second).toEqual({ ...first, secret: null });
  expect(await everythingStored(app)).not.toContain(first.secret.slice(-43));
});

test('a key never has more than who makes it, nor what would let it make more', async () => {
  for (const scope of ['nothing.read', 'api-key.write', 'user.write', '*', '']) {
    const { errors } = await create({ scopes: ['clinic.read', scope] });
    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.scopes.1' });
  }
  expect((await create({}, await app.signIn('frontDesk'))).code).toBe('FORBIDDEN');
  const lesser = app.as(['api-key.write', 'clinic.read']);
  const { errors } = await lesser.query(createKey, { input: { name: 'x', scopes: ['clinic.read', 'patient.read'] } });
  expect(errors![0]!.extensions).toMatchObject({ field: 'input.scopes.1' });
});

test('a key is revoked at once', async () => {
  const { secret, apiKey } = (await create()).data.createApiKey;
  expect((await use(secret)).code).toBeUndefined();
  expect((await revoke(apiKey.id)).data.revokeApiKey.revokedAt).not.toBeNull();
  const ended = await until(
    () => use(secret),
    ({ code }) => code === 'UNAUTHENTICATED',
  );
  expect(ended).toBeLessThan(1_000);
});

/** Milliseconds until the answer is as it should be. */
async function until(asked: () => Promise<Answered>, isRight: (answer: Answered) => boolean): Promise<number> {
  const begun = performance.now();
  while (!isRight(await asked())) if (performance.now() - begun > 4_000) throw new Error('It stayed as it was.');
  return performance.now() - begun;
}

test('a key ends when it expires, and lives two years at most', async () => {
  const soon = new Date(Date.now() + 1_500).toISOString();
  const { secret } = (await create({ expiresAt: soon })).data.createApiKey;
  expect((await use(secret)).code).toBeUndefined();
  await until(
    () => use(secret),
    ({ code }) => code === 'UNAUTHENTICATED',
  );
  for (const days of [-1, 731]) {
    const expiresAt = new Date(Date.now() + days * 86_400_000).toISOString();
    expect((await create({ expiresAt })).errors![0]!.extensions.field).toBe('input.expiresAt');
  }
});

test('two keys of one name can live, to change one for the other; a third is refused, also of many at once', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => create({ name: 'Website' })));
  const good = made.filter(({ data }) => data);
  expect([good.length, ...made.flatMap(({ code }) => code ?? [])]).toEqual([2, 'CONFLICT', 'CONFLICT', 'CONFLICT']);
  await revoke(good[0]!.data.createApiKey.apiKey.id);
  expect((await create({ name: 'Website' })).code).toBeUndefined();
});

test('a wrong secret is refused, and tried ten times in ten minutes; the right one still opens', async () => {
  const { secret } = (await create()).data.createApiKey;
  const codes = [];
  for (let turn = 0; turn < 12; turn++) {
    const wrong = secret.slice(0, -43) + `${turn}`.padStart(43, 'x');
    codes.push((await use(wrong)).code);
  }
  expect(codes).toEqual([...Array<string>(10).fill('UNAUTHENTICATED'), 'RATE_LIMITED', 'RATE_LIMITED']);
  expect((await use(secret)).code).toBeUndefined();
  const others = [
    'rpk_live_',
    `rpk_live_${'0'.repeat(32)}_${'x'.repeat(43)}`,
    `${secret}x`,
    secret.replace('live', 'test'),
  ];
  for (const other of others) expect((await use(other)).code).toBe('UNAUTHENTICATED');
});

test('a key is of its clinic, and of no other', async () => {
  const { secret } = (await create()).data.createApiKey;
  const other = await app.addClinic('elsewhere');
  expect((await use(secret, '{ clinic { id } }', other)).code).toBe('FORBIDDEN');
  expect((await use(secret, '{ clinic { id } }', app.clinicId)).data.clinic.id).toBe(app.clinicId);
});

test('when it was last used is written down, without keeping a request waiting', async () => {
  const { secret, apiKey } = (await create()).data.createApiKey;
  const query = '{ apiKeys(first: 100) { nodes { id lastUsedAt } } }';
  const lastUsed = async (): Promise<string | null> =>
    (await ask(app, query, {}, { credential: owner })).data.apiKeys.nodes.find(({ id }: any) => id === apiKey.id)
      .lastUsedAt;
  expect(await lastUsed()).toBeNull();
  await use(secret);
  await app.settle();
  expect(await lastUsed()).not.toBeNull();
});

test('who came in by a key, and who was refused, is in the list of those who came, without the secret or the address', async () => {
  const { secret, apiKey } = (await create()).data.createApiKey;
  await use(secret);
  await use(secret);
  await use(secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A'));
  await app.settle();
  const query = `query ($id: [ID!]) { signIns(filter: { apiKeyId: $id }) {
    nodes { method outcome reason address userId requestId } } }`;
  const { data } = await ask(app, query, { id: [apiKey.id] }, { credential: owner });
  const common = { method: 'API_KEY', address: '127.0.0.0/24', userId: null, requestId: expect.any(String) };
  expect(data.signIns.nodes).toEqual([
    { ...common, outcome: 'REFUSED', reason: 'WRONG_KEY' },
    { ...common, outcome: 'SUCCEEDED', reason: null },
  ]);
  expect((await ask(app, query, {}, { credential: await app.signIn('frontDesk') })).code).toBe('FORBIDDEN');
  expect((await ask(app, query, {}, { credential: await app.signIn('operator') })).code).toBeUndefined();
});
