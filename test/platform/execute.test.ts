import { buildSchema, parse, type ExecutionResult } from 'graphql';
import type { PlatformContext } from '../../api/context.ts';
import { RapportError } from '../../api/errors.ts';
import { createExecutor } from '../../api/graphql/execute.ts';

const schema = buildSchema(`
  input Tree { name: String, branches: [Tree!], fork: Fork }
  input Fork { left: Stem, right: Tree }
  input Stem { fork: Fork, note: String }
  input Plain { name: String!, size: Int = 3 }
  type Leaf { name: String, size: Int!, next: Leaf }
  type Query {
    leaf: Leaf
    faulty(how: String!): Leaf
    tree(tree: Tree): String
    forks(forks: [Fork!]!): String
    plain(plain: Plain!): String
    word(word: String): String
  }
  type Mutation { grow: Int }`);

const leaf = {
  name: 'oak',
  size: 1,
  get next(): object {
    return leaf;
  },
};
let grown = 0;
const fields: Record<string, (args: any) => unknown> = {
  leaf: () => leaf,
  faulty({ how }) {
    if (how === 'size') return { name: 'x' };
    throw new RapportError('CONFLICT', 'It was changed.', { field: 'how' });
  },
  tree: ({ tree }) => JSON.stringify(tree),
  forks: ({ forks }) => JSON.stringify(forks),
  plain: ({ plain }) => JSON.stringify(plain),
  word: ({ word }) => word,
  grow: () => ++grown,
};
for (const type of [schema.getQueryType()!, schema.getMutationType()!]) {
  for (const [name, field] of Object.entries(type.getFields())) field.resolve = (_, args) => fields[name]!(args);
}

const context = {} as PlatformContext;

/** Asks one document three times: the last ones are answered by compiled code, where there is any. */
async function thrice(
  text: string,
  variables?: Record<string, unknown>,
  operationName?: string,
): Promise<ExecutionResult[]> {
  const execute = createExecutor(schema);
  const document = parse(text);
  const answers: ExecutionResult[] = [];
  for (let turn = 0; turn < 3; turn++) answers.push(await execute({ document, variables, operationName, context }));
  return answers;
}

const seen = ({ data, errors }: ExecutionResult): unknown => ({
  data: data === undefined ? undefined : (JSON.parse(JSON.stringify(data)) as unknown),
  errors: errors?.map(({ message, path, locations, originalError }) => ({
    message,
    path,
    locations,
    code: (originalError as RapportError)?.code,
  })),
});

test.each<[name: string, text: string, more: { variables?: Record<string, unknown>; operationName?: string }]>([
  [
    'aliases, fragments and depth',
    '{ a: leaf { n: name ...deep } b: leaf { next { next { size } } } } fragment deep on Leaf { next { name } }',
    {},
  ],
  [
    'conditions',
    'query ($on: Boolean!) { leaf { name @include(if: $on) ... @skip(if: $on) { name size } next { name } } }',
    { variables: { on: false } },
  ],
  ['defaults of inputs', 'query ($plain: Plain!) { plain(plain: $plain) }', { variables: { plain: { name: 'x' } } }],
  [
    'the named one of several operations',
    'query A { a: word(word: "a") } query B { b: word(word: "b") }',
    { operationName: 'B' },
  ],
  ['an error that a resolver threw on purpose', '{ leaf { name } faulty(how: "code") { name } }', {}],
  ['a field that breaks its promise', '{ leaf { name } faulty(how: "size") { size } }', {}],
  [
    'a variable of the wrong type',
    'query ($plain: Plain!) { plain(plain: $plain) }',
    { variables: { plain: { name: 3 } } },
  ],
  ['a variable that is missing', 'query ($plain: Plain!) { plain(plain: $plain) }', {}],
])('compiled code answers as graphql-js does: %s', async (_, text, { variables, operationName }) => {
  const [interpreted, ...compiled] = (await thrice(text, variables, operationName)).map(seen);
  expect(compiled).toEqual([interpreted, interpreted]);
});

test.each([
  ['in itself', 'query ($tree: Tree) { tree(tree: $tree) }', { tree: { name: 'a', branches: [{ name: 'b' }] } }],
  [
    'at a distance, in a list',
    'query ($forks: [Fork!]!) { forks(forks: $forks) }',
    { forks: [{ left: { fork: { left: null } } }] },
  ],
])('a variable whose type contains itself %s does not end the process', async (_, text, variables) => {
  const answers = await thrice(text, variables);
  expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined, undefined]);
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
});

test('a mutation runs once, however often its document came before', async () => {
  grown = 0;
  expect((await thrice('mutation { grow again: grow }')).map(({ data }) => ({ ...data }))).toEqual([
    { grow: 1, again: 2 },
    { grow: 3, again: 4 },
    { grow: 5, again: 6 },
  ]);
});

describe('text that is none is refused before any resolver sees it', () => {
  const query = 'query ($word: String) { word(word: $word) }';

  test.each([
    ['U+0000', 'a\0b'],
    ['half of a surrogate pair', '\ud83d'],
    ['more than 10,000 characters', 'x'.repeat(10_001)],
  ])('%s', async (_, word) => {
    for (const answer of await thrice(query, { word })) {
      expect(answer.data).toBeUndefined();
      expect(answer.errors![0]!.originalError).toMatchObject({ code: 'BAD_USER_INPUT', field: 'word' });
    }
  });

  test('in the document itself too', async () => {
    for (const answer of await thrice('{ word(word: "a\\u0000") }')) {
      expect(answer.errors![0]!.originalError).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  test.each([
    ['characters beyond the first plane', '𠮷野家'],
    ['right to left', 'مريم'],
    ['joined emoji', '👩‍⚕️'],
    ['10,000 characters, each of two units', '𠮷'.repeat(10_000)],
  ])('but not %s', async (_, word) => {
    for (const { data } of await thrice(query, { word })) expect(data!['word'] === word).toBe(true);
  });
});
