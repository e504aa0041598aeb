import fc from 'fast-check';
import { execute, NoUnusedVariablesRule, parse, specifiedRules, validate, type ExecutionResult } from 'graphql';
import type { PlatformContext } from '../../api/context.ts';
import { createExecutor } from '../../api/graphql/execute.ts';
import { createVerbatim } from '../../api/graphql/verbatim.ts';
import { Writer, type Request } from '../fixtures/lane/documents.ts';
import { plainSchema } from '../fixtures/lane/plain.ts';
import { createWorld, type World } from '../fixtures/lane/world.ts';

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

const rules = specifiedRules.filter(rule => rule !== NoUnusedVariablesRule);

/** Requests for what is there, for another clinic's, and for what no id can be. */
const requests = (options?: { stored: boolean }): fc.Arbitrary<Request> => {
  const ids = [...world.data.animals.slice(0, 4).map(({ id }) => id), world.other.animals[0]!.id, 'no id'];
  return fc.gen().map(gen => new Writer(arbitrary => gen(() => arbitrary), ids, options).request());
};

/** Without what two right answers may differ in: a cursor is known by the id in it, an error by its code and path. */
function comparable({ data = null, errors = [] }: ExecutionResult): { data: unknown; errors: string[] } {
  const codeOf = ({ extensions, originalError, message }: any): string =>
    extensions?.code ?? originalError?.code ?? message;
  const text = JSON.stringify(data, (key, value) => (/cursor$/i.test(key) && value ? idIn(value) : value));
  return { data: JSON.parse(text), errors: errors.map(error => `${codeOf(error)} ${error.path?.join('.')}`).sort() };
}

function idIn(cursor: string): string {
  const decoded = Buffer.from(cursor, 'base64url').toString();
  return decoded.startsWith('[') ? (JSON.parse(decoded) as string[]).at(-1)! : cursor;
}

test('answers generated documents as plain resolvers do, with one statement for each root field', async () => {
  const plain = plainSchema(world.schema);
  const { data } = world;
  await fc.assert(
    fc.asyncProperty(requests(), fc.boolean(), async ({ document: source, variables }, seesSecrets) => {
      const document = parse(source);
      expect(validate(world.schema, document, rules)).toEqual([]);
      const before = world.engine.statements;
      const answer = await world.query(source, variables, { seesSecrets });
      const contextValue = { data, seesSecrets };
      const expected = await execute({ schema: plain, document, variableValues: variables, contextValue });
      expect(comparable(answer)).toEqual(comparable(expected));
      expect(world.engine.statements - before).toBe(Object.keys(answer.data ?? {}).length);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('a document that comes again is answered as it was the first time, by compiled code where there is some', async () => {
  const run = createExecutor(world.schema);
  await fc.assert(
    fc.asyncProperty(requests(), async ({ document: source, variables }) => {
      const document = parse(source);
      const ask = (): Promise<ExecutionResult> =>
        run({ document, variables, context: world.context() as PlatformContext });
      const first = comparable(await ask());
      expect(comparable(await ask())).toEqual(first);
      expect(comparable(await ask())).toEqual(first);
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('what PostgreSQL writes as the client gets it is what an executor would have written', async () => {
  const run = createExecutor(world.schema);
  const answerVerbatim = createVerbatim(world.schema);
  let verbatims = 0;
  const check = async ({ document: source, variables }: Request, seesSecrets: boolean): Promise<void> => {
    const document = parse(source);
    const context = (): PlatformContext => world.context({ seesSecrets }) as PlatformContext;
    const before = world.engine.statements;
    const verbatim = await answerVerbatim({ document, variables, context: context() });
    if (!verbatim) return;
    verbatims++;
    const { data = null, errors } = await run({ document, variables, context: context() });
    // Names and their order too; PostgreSQL puts spaces between the items of a list.
    expect(JSON.stringify(JSON.parse(verbatim.data))).toBe(JSON.stringify(data));
    expect(comparable({ errors: verbatim.errors }).errors).toEqual(comparable({ errors }).errors);
    expect(world.engine.statements - before).toBe(2 * Object.keys(data ?? {}).length);
  };
  await fc.assert(fc.asyncProperty(requests(), fc.boolean(), check), { numRuns: 50, endOnFailure: true });
  verbatims = 0;
  await fc.assert(fc.asyncProperty(requests({ stored: true }), fc.constant(true), check), {
    numRuns: 150,
    endOnFailure: true,
  });
  expect(verbatims).toBeGreaterThan(40);
}, 60_000);

test('a resolver that makes its answer itself is left to the executor, and not asked in vain again', async () => {
  const answerVerbatim = createVerbatim(world.schema);
  const document = parse('query Wrapped($id: ID!) { wrapped(id: $id) { remark } }');
  const variables = { id: world.data.animals[0]!.id };
  const ask = (): Promise<unknown> =>
    answerVerbatim({ document, variables, context: world.context() as PlatformContext });
  expect(await ask()).toBeUndefined();
  const before = world.engine.statements;
  expect(await ask()).toBeUndefined();
  expect(world.engine.statements).toBe(before);
});
