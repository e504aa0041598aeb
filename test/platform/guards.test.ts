import { graphql } from 'graphql';
import pg from 'pg';
import { core, Patient } from 'clinic-rapport/schema';
import { createTestApp, type Answer, type Caller, type TestApp } from 'clinic-rapport/testing';
import type { RapportError } from '../../api/errors.ts';
import { buildSchema } from '../../api/graphql/build-schema.ts';
import { roles } from '../../api/plugin.ts';
import { Card, vault } from '../fixtures/vault/index.ts';

let app: TestApp;
let patientId: string;
let cardId: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, vault] });
  [patientId, cardId] = await app.staff.run(async ({ em }) => {
    const patient = em.create(Patient, { name: '王小明', language: 'zh-Hant' });
    const card = em.create(Card, { patient, title: 'front', secret: 'back' });
    em.create(Card, { patient, title: 'other', secret: 'else' });
    await em.flush();
    return [patient.id, card.id];
  });
});

const outsider = (): Caller => app.as('frontDesk');
const codes = ({ errors = [] }: Answer): string[] =>
  errors.map(({ extensions, path }) => `${String(extensions!['code'])} ${path?.join('.')}`);
const asOwnerOfDatabase = async (...statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

const everywhere = `query ($patientId: ID!, $cardId: ID!, $yes: Boolean!, $no: Boolean!) {
  card(id: $cardId) { title secret aliased: secret secretLength ...back patient { cards(first: 1) { edges { node { deep: secret patient { cards(first: 1) { nodes { secret } } } } } } } }
  patient(id: $patientId) {
    cards(first: 1) { nodes { on: secret @include(if: $yes) off: secret @include(if: $no) kept: secret @skip(if: $no) ... @skip(if: $no) { inline: secret } ... on Card { again: secretLength } } }
  }
  cards(first: 1) { totalCount edges { node { ...back } } }
}
fragment back on Card { fragment: secret ...deeper }
fragment deeper on Card { patient { cards(first: 1) { nodes { fragmentDeep: secret } } } }`;
const variables = () => ({ patientId, cardId, yes: true, no: false });

/** Each value of the answer by its path. */
function leaves(value: unknown, path: (string | number)[] = []): Map<string, unknown> {
  if (value === null || typeof value !== 'object') return new Map([[path.join('.'), value]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, [...path, key])]));
}
const isSecret = (path: string): boolean =>
  /(secret|aliased|secretLength|deep|on|kept|inline|again|fragment|fragmentDeep)$/.test(path) && !path.endsWith('off');

describe('a guarded field', () => {
  test.each(roles.filter(role => !['plugin', 'operator', 'emergency'].includes(role)))(
    'at any depth, for the role %s',
    async role => {
      const caller = app.as(role, role === 'patient' ? { patientIds: [patientId] } : undefined);
      const maySee = ['owner', 'practitioner'].includes(role);
      const answer = await caller.query(everywhere, variables());
      if (role === 'marketer') return expect(codes(answer)).toContain('FORBIDDEN patient');
      const found = [...leaves(answer.data)];
      const secrets = found.filter(([path]) => isSecret(path));
      expect(secrets).toHaveLength(13);
      expect(found).toContainEqual(['card.title', 'front']);
      expect(found.map(([path]) => path).some(path => path.endsWith('off'))).toBe(false);
      for (const [path, value] of secrets) expect([path, value]).toEqual([path, maySee ? expect.anything() : null]);
      expect(codes(answer).sort()).toEqual(maySee ? [] : secrets.map(([path]) => `FORBIDDEN ${path}`).sort());
      if (!maySee) expect(JSON.stringify(answer)).not.toMatch(/back"|else/);
    },
  );

  test('is null in the payload of a mutation too, which did its work', async () => {
    const answer = await outsider().query(
      `mutation ($patientId: ID!) { writeCard(patientId: $patientId, title: "new", secret: "hidden") { title secret patient { cards { nodes { secret } } } } }`,
      { patientId },
    );
    expect(answer.data.writeCard).toMatchObject({ title: 'new', secret: null });
    expect(new Set(codes(answer).map(code => code.replace(/\d/, 'n')))).toEqual(
      new Set(['FORBIDDEN writeCard.secret', 'FORBIDDEN writeCard.patient.cards.nodes.n.secret']),
    );
    expect(JSON.stringify(answer)).not.toMatch(/hidden|back"/);
    const { cards } = await app.as('owner').data(`{ cards(filter: { title: "new" }) { nodes { secret } } }`);
    expect(cards.nodes).toEqual([{ secret: 'hidden' }]);
  });

  test.each([
    ['filter', `{ cards(filter: { secret: "back" }) { nodes { title } } }`, 'cards'],
    ['filter that is only counted', `{ cards(filter: { secret: "back" }) { totalCount } }`, 'cards'],
    ['order', `{ cards(orderBy: { field: SECRET }) { nodes { title } } }`, 'cards'],
    [
      'filter further in',
      `query ($patientId: ID!) { patient(id: $patientId) { id cards(filter: { secret: "back" }) { totalCount } } }`,
      'patient',
    ],
    [
      'order further in',
      `query ($patientId: ID!) { patient(id: $patientId) { id cards(orderBy: { field: SECRET }) { nodes { title } } } }`,
      'patient',
    ],
    ['filter in a variable', `query ($filter: CardFilter) { cards(filter: $filter) { totalCount } }`, 'cards'],
  ])('cannot be guessed by a %s', async (_, document, field) => {
    const values = { patientId, filter: { secret: 'back' } };
    const refused = await outsider().query(document, values);
    expect(codes(refused)[0]).toMatch(new RegExp(`^FORBIDDEN ${field}`));
    expect(JSON.stringify(refused.data)).not.toMatch(/front|totalCount/);
    expect((await app.as('owner').query(document, values)).errors).toBeUndefined();
  });

  test('is not even read: the answer comes where the database itself would refuse the column', async () => {
    await asOwnerOfDatabase(
      'revoke select on vault_card from rapport_app',
      'grant select (clinic_id, id, patient_id, title) on vault_card to rapport_app',
    );
    try {
      const answer = await outsider().query(everywhere, variables());
      expect(answer.data.card).toMatchObject({ title: 'front', secret: null });
      expect(new Set(codes(answer).map(code => code.split(' ')[0]))).toEqual(new Set(['FORBIDDEN']));
      expect((await app.as('owner').query(everywhere, variables())).data?.card).toBeUndefined();
    } finally {
      await asOwnerOfDatabase('grant select on vault_card to rapport_app');
    }
  });

  test('has its own plan for each reader, whoever comes first', async () => {
    const document = `query Twice($cardId: ID!) { card(id: $cardId) { secret } }`;
    for (const role of ['owner', 'frontDesk', 'practitioner', 'frontDesk', 'owner', 'frontDesk'] as const) {
      const { data } = await app.as(role).query(document, { cardId });
      expect([role, data.card.secret]).toEqual([role, role === 'frontDesk' ? null : 'back']);
    }
  });
});

describe('a plugin that is broken', () => {
  const broken = (field: string): Promise<Answer> =>
    outsider().query(`query ($patientId: ID!) { patient(id: $patientId) { name fine ${field} } }`, { patientId });

  test.each(['throws', 'rejects', 'wrongType', 'holes', 'endless', 'cyclic'])(
    'where its field %s, only that field is null, and the error names the plugin',
    async field => {
      const { data, errors } = await broken(field);
      expect(data).toEqual({ patient: { name: '王小明', fine: 'fine', [field]: null } });
      expect(errors).toEqual([
        expect.objectContaining({
          extensions: { code: 'PLUGIN_UNAVAILABLE', retryable: true, requestId: expect.any(String), plugin: 'vault' },
        }),
      ]);
      expect(errors![0]!.path!.slice(0, 2)).toEqual(['patient', field]);
      expect(JSON.stringify(errors)).not.toMatch(/select|secret|not even/);
    },
  );

  test('a list that can be read only once is answered whole', async () => {
    expect(await broken('generated')).toEqual({
      data: { patient: { name: '王小明', fine: 'fine', generated: [1, 2, 3] } },
    });
  });

  test('all at once, each fault is told', async () => {
    const { data, errors } = await broken('throws rejects wrongType again: throws');
    expect(data.patient).toEqual({
      name: '王小明',
      fine: 'fine',
      throws: null,
      rejects: null,
      wrongType: null,
      again: null,
    });
    expect(errors!.map(({ path }) => path!.join('.')).sort()).toEqual([
      'patient.again',
      'patient.rejects',
      'patient.throws',
      'patient.wrongType',
    ]);
  });
});

describe('a plugin that hangs', () => {
  const { schema } = buildSchema([core, vault], { fieldTimeLimit: 20 });
  const document = `query ($id: ID!) { patient(id: $id) { name fine hangs pretends } }`;

  test('is given up after its time, and the rest is answered', async () => {
    const contextValue = await app.app.platform.contextFor({ clinicId: app.clinicId, actor: outsider().actor });
    const { data, errors } = await graphql({
      schema,
      source: document,
      variableValues: { id: patientId },
      contextValue,
    });
    expect({ ...data!['patient']! }).toEqual({ name: '王小明', fine: 'fine', hangs: null, pretends: null });
    expect(
      errors!.map(({ message, path, originalError }) => [message, path, (originalError as RapportError).plugin]),
    ).toEqual(
      ['hangs', 'pretends'].map(field => [
        "The plugin 'vault' did not answer within 0.02 s.",
        ['patient', field],
        'vault',
      ]),
    );
  });

  test('in a mutation is given up together with what it wrote', async () => {
    const contextValue = await app.app.platform.contextFor({ clinicId: app.clinicId, actor: outsider().actor });
    const source = `mutation ($id: ID!) { hang(patientId: $id) wrong(patientId: $id) }`;
    const { data, errors } = await graphql({ schema, source, variableValues: { id: patientId }, contextValue });
    expect({ ...data }).toEqual({ hang: null, wrong: null });
    expect(errors!.map(({ originalError }) => (originalError as RapportError).code)).toEqual([
      'PLUGIN_UNAVAILABLE',
      'PLUGIN_UNAVAILABLE',
    ]);
    expect(await app.as('owner').data(`{ cards(filter: { title: "half" }) { totalCount } }`)).toEqual({
      cards: { totalCount: 0 },
    });
  });
});

test('a plugin that the clinic has not enabled answers with its name, on operations and on fields, and the rest is answered', async () => {
  const clinicId = await app.addClinic('without');
  await asOwnerOfDatabase(
    `update clinic_plugin set enabled = false where plugin = 'vault' and clinic_id = '${clinicId}'`,
  );
  const owner = app.as('owner', { clinicId });
  const patient = await app
    .as(['*'], { clinicId })
    .run(async ({ em }) => em.create(Patient, { name: 'Ada', language: 'en' }));
  const answer = await owner.query(
    `query ($id: ID!) { patient(id: $id) { name fine cards { totalCount } } echo(text: "a") }`,
    { id: patient.id },
  );
  expect(answer.data).toEqual({ patient: { name: 'Ada', fine: null, cards: null }, echo: null });
  expect(codes(answer).sort()).toEqual([
    'PLUGIN_UNAVAILABLE echo',
    'PLUGIN_UNAVAILABLE patient.cards',
    'PLUGIN_UNAVAILABLE patient.fine',
  ]);
  expect(answer.errors!.map(({ extensions }) => extensions!['plugin'])).toEqual(['vault', 'vault', 'vault']);
  expect(codes(await owner.query('mutation { touch(note: "a") }'))).toEqual(['PLUGIN_UNAVAILABLE touch']);
});
