import fc from 'fast-check';
import { createWorld, type World } from '../fixtures/lane/world.ts';

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

const document = `query($first: Int, $last: Int, $after: String, $before: String, $filter: AnimalFilter, $orderBy: AnimalOrder) {
  animals(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const arguments_ = fc.record({
  filter: fc.constantFrom(
    undefined,
    { kind: ['CAT', 'OWL'] },
    { arrivedAt: { from: '2026-01-03T00:00:00Z' } },
    { kind: [] },
  ),
  orderBy: fc.option(
    fc.record({
      field: fc.constantFrom('NAME', 'BORN_ON', 'WEIGHT', 'ARRIVED_AT'),
      direction: fc.constantFrom('ASC', 'DESC'),
    }),
    { nil: undefined },
  ),
});

async function page(variables: object): Promise<any> {
  const { data, errors } = await world.query(document, { ...variables });
  expect(errors).toBeUndefined();
  return data.animals;
}

const idsOf = ({ nodes }: any): string[] => nodes.map(({ id }: any) => id);

async function refusal(variables: object): Promise<unknown> {
  const { errors } = await world.query(document, { ...variables });
  const { code, field } = errors![0]!.originalError as any;
  return { code, field };
}

test('pages go through every list once, in its order, forwards and backwards', async () => {
  await fc.assert(
    fc.asyncProperty(arguments_, fc.integer({ min: 1, max: 7 }), async (args, size) => {
      const whole = idsOf(await page({ ...args, first: 100 }));
      const forwards: string[] = [];
      for (let after: string | undefined, more = true; more;) {
        const { pageInfo, totalCount, ...rest } = await page({ ...args, first: size, after });
        expect(totalCount).toBe(whole.length);
        expect(pageInfo.hasPreviousPage).toBe(after !== undefined);
        forwards.push(...idsOf(rest));
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
      }
      const backwards: string[] = [];
      for (let before: string | undefined, more = true; more;) {
        const { pageInfo, ...rest } = await page({ ...args, last: size, before });
        expect(pageInfo.hasNextPage).toBe(before !== undefined);
        backwards.unshift(...idsOf(rest));
        before = pageInfo.startCursor;
        more = pageInfo.hasPreviousPage;
      }
      expect(forwards).toEqual(whole);
      expect(backwards).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});

test('both cursors together cut out what lies between them', async () => {
  const orderBy = { field: 'WEIGHT', direction: 'DESC' };
  const whole = idsOf(await page({ orderBy, first: 100 }));
  const { pageInfo: start } = await page({ orderBy, first: 3 });
  const { pageInfo: end } = await page({ orderBy, last: 2 });
  expect(idsOf(await page({ orderBy, after: start.endCursor, before: end.startCursor }))).toEqual(whole.slice(3, -2));
});

test('a nested list goes on from a cursor that is a variable', async () => {
  const id = world.data.animals[4]!.id;
  const nested = `query($id: ID!, $after: String) { animal(id: $id) { stays(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } }`;
  const { data: first } = await world.query(nested, { id });
  const { data: second } = await world.query(nested, { id, after: first.animal.stays.pageInfo.endCursor });
  const { data: all } = await world.query(`{ animal(id: "${id}") { stays { nodes { id } } } }`);
  expect([...first.animal.stays.nodes, ...second.animal.stays.nodes]).toEqual(all.animal.stays.nodes);
  expect(second.animal.stays.pageInfo.hasNextPage).toBe(false);
});

test.each([0, -1, 101, 3_000_000])('a page of %d is refused', async size => {
  expect(await refusal({ first: size })).toEqual({ code: 'BAD_USER_INPUT', field: 'first' });
  expect(await refusal({ last: size })).toEqual({ code: 'BAD_USER_INPUT', field: 'last' });
});

test('first and last together are refused', async () => {
  expect(await refusal({ first: 1, last: 1 })).toEqual({ code: 'BAD_USER_INPUT', field: 'last' });
});

const forged = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
const id = '01a20654-9f56-77df-abd1-9318e2833e20';

test.each([
  ['nonsense', 'nonsense'],
  ['empty', ''],
  ['of a later version', forged([2, '-arrivedAt,-id', '2026-01-01 00:00:00+00', id])],
  ['without its values', forged([1, '-arrivedAt,-id'])],
  ['with a value that is no instant', forged([1, '-arrivedAt,-id', "'; drop table lane_animal", id])],
  ['with a value that is no id', forged([1, '-arrivedAt,-id', '2026-01-01 00:00:00+00', 'x'])],
  ['with a value that is no text', forged([1, '-arrivedAt,-id', 5, { a: 1 }])],
])('a cursor that is %s is refused, naming its argument', async (_, cursor) => {
  expect(await refusal({ after: cursor })).toEqual({ code: 'BAD_USER_INPUT', field: 'after' });
  expect(await refusal({ before: cursor })).toEqual({ code: 'BAD_USER_INPUT', field: 'before' });
});

test('a cursor of another order is refused', async () => {
  const { pageInfo } = await page({ orderBy: { field: 'NAME' }, first: 1 });
  expect(await refusal({ after: pageInfo.endCursor })).toEqual({ code: 'BAD_USER_INPUT', field: 'after' });
});

test('a day that is only nearly one in a forged cursor is bad input, not a fault', async () => {
  const { code } = (await refusal({ after: forged([1, '-arrivedAt,-id', '2026-02-31 00:00:00+00', id]) })) as any;
  expect(code).toBe('BAD_USER_INPUT');
});

test('counts without reading rows, and reads rows without counting', async () => {
  const { data } = await world.query(`{ animals(filter: { kind: [CAT] }) { totalCount } }`);
  expect(data).toEqual({ animals: { totalCount: world.data.animals.filter(({ kind }) => kind === 'CAT').length } });
});

test('finds by search, and by a filter in SQL', async () => {
  const { data } = await world.query(`{ animals(search: " Ad ", first: 100) { nodes { name } }
    since: animals(filter: { stayedSince: "2026-02-03T00:00:00Z" }, first: 100) { totalCount } }`);
  expect(data.animals.nodes.map(({ name }: any) => name).sort()).toEqual(
    world.data.animals
      .map(({ name }) => name)
      .filter(name => name.startsWith('Ad'))
      .sort(),
  );
  const late = new Set(
    world.data.stays.filter(({ startedAt }) => startedAt >= '2026-02-03').map(({ animalId }) => animalId),
  );
  expect(data.since.totalCount).toBe(late.size);
});

test.each(['\u0000', "'; --", '%', '\\', '"{}', '𠮷'])(
  'takes %j as a text to search for, never as SQL',
  async search => {
    const { errors } = await world.query(`query($search: String) { animals(search: $search) { nodes { id } } }`, {
      search,
    });
    expect(errors?.map(({ originalError }: any) => originalError.code) ?? []).toEqual(
      search === '\u0000' ? ['BAD_USER_INPUT'] : [],
    );
  },
);
