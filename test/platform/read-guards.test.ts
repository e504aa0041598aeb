import type { GraphQLResolveInfo } from 'graphql';
import { graphql } from 'graphql';
import { Catalog } from '../../api/read/catalog.ts';
import { Plans } from '../../api/read/plans.ts';
import { AnimalList } from '../fixtures/lane/entities.ts';
import { createWorld, type World } from '../fixtures/lane/world.ts';

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

const outsider = { seesSecrets: false };

/** The SQL that is planned for the root field `animals` of a document. */
async function sqlOf(source: string, { seesSecrets }: { seesSecrets: boolean }): Promise<string> {
  const plans = new Plans(new Catalog(world.database.orm));
  const context = world.context({ seesSecrets });
  let text = '';
  const page = async (_: unknown, info: GraphQLResolveInfo, args: object): Promise<object> => {
    const template = plans.get({ kind: 'page', list: AnimalList }, info, context);
    ({ text } = template.fill({ reader: context, variables: {}, input: { args }, parameters: [''] }));
    return { nodes: [], edges: [] };
  };
  await graphql({ schema: world.schema, source, contextValue: { ...context, read: { page } } });
  return text;
}

const everywhere = `{ animals(first: 1) { nodes {
  name diagnosis payer { name salary } secretStays { id }
  keeper { salary animals(first: 1) { edges { node { diagnosis ... on Named { ... on Animal { again: diagnosis } } } } } }
} } }`;

test('a column that the reader may not see is not in the statement, at any depth', async () => {
  const full = await sqlOf(everywhere, { seesSecrets: true });
  for (const secret of ['diagnosis', 'salary', 'payer_id', 'secretStays']) expect(full).toContain(secret);
  const cut = await sqlOf(everywhere, outsider);
  for (const secret of ['diagnosis', 'salary', 'payer_id', 'secretStays']) expect(cut).not.toContain(secret);
  expect(cut).toContain('"name"');
});

test('a guarded field answers null, and FORBIDDEN with its path', async () => {
  const { data, errors } = await world.query(everywhere, {}, outsider);
  const node = data.animals.nodes[0];
  expect(node).toMatchObject({ diagnosis: null, payer: null, secretStays: null });
  expect(node.name).toEqual(expect.any(String));
  const paths = errors!.map(({ path, originalError }) => `${(originalError as any).code} ${path!.join('.')}`);
  expect(paths).toContain('FORBIDDEN animals.nodes.0.diagnosis');
  expect(paths).toContain('FORBIDDEN animals.nodes.0.payer');
  expect(new Set(paths.map(path => path.split(' ')[0]))).toEqual(new Set(['FORBIDDEN']));
});

test('the plan of one reader is not the plan of another, whoever comes first', async () => {
  const document = `{ animals(first: 100) { nodes { id diagnosis } } }`;
  for (const seesSecrets of [true, false, true, false]) {
    const { data, errors } = await world.query(document, {}, { seesSecrets });
    const seen = data.animals.nodes.filter(({ diagnosis }: any) => diagnosis !== null);
    expect(seen.length > 0).toBe(seesSecrets);
    expect((errors?.length ?? 0) > 0).toBe(!seesSecrets);
  }
});

test.each([
  ['filter', `{ animals(filter: { diagnosis: ["flu"] }) { nodes { id } } }`],
  ['filter of a relation', `{ animals(filter: { payerId: ["x"] }) { totalCount } }`],
  ['order', `{ animals(orderBy: { field: DIAGNOSIS, direction: ASC }) { nodes { id } } }`],
  ['filter that is only counted', `{ animals(filter: { diagnosis: ["flu"] }) { totalCount } }`],
  ['nested filter', `{ keepers(first: 1) { nodes { animals(filter: { diagnosis: ["flu"] }) { totalCount } } } }`],
  [
    'nested order',
    `{ keepers(first: 1) { nodes { animals(orderBy: { field: DIAGNOSIS, direction: DESC }) { nodes { id } } } } }`,
  ],
])('a %s by what the reader may not see is refused, not answered', async (_, document) => {
  const before = world.engine.statements;
  const { data, errors } = await world.query(document, {}, outsider);
  expect(Object.values(data ?? { none: null })).toEqual([null]);
  expect((errors![0]!.originalError as any).code).toBe('FORBIDDEN');
  expect(world.engine.statements).toBe(before);
  expect((await world.query(document)).errors).toBeUndefined();
});

test('another clinic’s things, unknown ids and what is no id answer alike', async () => {
  const document = `query($id: ID!) { animal(id: $id) { id } wrapped(id: $id) { animal { id } } }`;
  for (const id of [world.other.animals[0]!.id, '01a20654-9f56-77df-abd1-9318e2833e20', 'no id', '', "' or true"]) {
    expect(await world.query(document, { id })).toEqual({ data: { animal: null, wrapped: { animal: null } } });
  }
});

test('concurrent readers of two clinics on the same connections each see their own', async () => {
  const document = `{ animals(first: 100) { nodes { id keeper { id } stays { nodes { id } } } } }`;
  const clinics = [world.data, world.other];
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => world.query(document, {}, { clinicId: clinics[i % 2]!.clinicId })),
  );
  for (const [i, { data }] of answers.entries()) {
    const own = new Set(clinics[i % 2]!.animals.map(animal => animal.id));
    expect(data.animals.nodes).toHaveLength(own.size);
    expect(data.animals.nodes.every(({ id }: any) => own.has(id))).toBe(true);
  }
});

test('fragments that multiply each other are refused before they are planned', async () => {
  const depth = 12;
  const nested = (name: string, next: string): string =>
    `fragment ${name} on Animal { keeper { a: animals(first: 1) { nodes { ${next} } } b: animals(first: 1) { nodes { ${next} } } } }`;
  const fragments = Array.from({ length: depth }, (_, i) => nested(`F${i}`, i + 1 < depth ? `...F${i + 1}` : 'id'));
  const { errors } = await world.query(`{ animal(id: "x") { ...F0 } } ${fragments.join(' ')}`);
  expect((errors![0]!.originalError as any).code).toBe('QUERY_TOO_COMPLEX');
});

test('aliases of one thing do not multiply what is read of it', async () => {
  const depth = 24;
  const fragments = Array.from(
    { length: depth },
    (_, i) =>
      `fragment F${i} on Stay { a: bill { stay { ${i + 1 < depth ? `...F${i + 1}` : 'id'} } } b: bill { stay { ${i + 1 < depth ? `...F${i + 1}` : 'id'} } } }`,
  );
  const id = world.data.animals[0]!.id;
  const { data, errors } = await world.query(
    `{ animal(id: "${id}") { latestStays { ...F0 } } } ${fragments.join(' ')}`,
  );
  expect({ data, errors }).toEqual({ data: { animal: { latestStays: [] } }, errors: undefined });
});
