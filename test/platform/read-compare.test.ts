import fc from 'fast-check';
import { execute, NoUnusedVariablesRule, parse, specifiedRules, validate, type ExecutionResult } from 'graphql';
import type { PlatformContext } from '../../api/context.ts';
import { createExecutor } from '../../api/graphql/execute.ts';
import { Writer, type Request } from '../fixtures/lane/documents.ts';
import { plainSchema } from '../fixtures/lane/plain.ts';
import { createWorld, type World } from '../fixtures/lane/world.ts';

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

const rules = specifiedRules.filter(rule => rule !== NoUnusedVariablesRule);

/** Requests for what is there, for another clinic's, and for what no id can be. */
const requests = (): fc.Arbitrary<Request> => {
  const ids = [...world.data.animals.slice(0, 4).map(({ id }) => id), world.other.animals[0]!.id, 'no id'];
  return fc.gen().map(gen => new Writer(arbitrary => gen(() => arbitrary), ids).request());
};

/** Without what two right answers may differ in: a cursor is known by the id in it, an error by its code and path. */
function comparable({ data, errors = [] }: ExecutionResult): { data: unknown; errors: string[] } {
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
