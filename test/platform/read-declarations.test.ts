import { graphql, type GraphQLObjectType } from 'graphql';
import { createReadEngine } from '../../api/read/engine.ts';
import { createWorld, type World } from '../fixtures/lane/world.ts';

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

/** What is said when the engine starts with these extensions on a field, or on a type. */
function refusalOf(type: string, field: string | undefined, extensions: object): string {
  const of = world.schema.getType(type) as GraphQLObjectType;
  const holder = field === undefined ? of : of.getFields()[field]!;
  const before = holder.extensions;
  holder.extensions = { ...before, ...extensions };
  try {
    void createReadEngine({ database: world.database, schema: world.schema }).close();
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  } finally {
    holder.extensions = before;
  }
}

const stays = { kind: 'all', type: () => classOf('Stay'), inverse: 'animal', limit: 3 };
const classOf = (type: string): unknown => world.schema.getType(type)!.extensions['class'];
const listOf = (type: string): object => world.schema.getType(type)!.extensions['list'] as object;

test('what was declared rightly is taken', () => {
  expect(refusalOf('Animal', 'latestStays', { related: stays })).toBe('nothing');
});

test.each<[string, string, string | undefined, () => object, string]>([
  [
    'a computed field',
    'Animal',
    'origin',
    () => ({ needs: ['colour'] }),
    "'Animal' does not store 'colour', but Animal.origin needs it",
  ],
  [
    'an inverse',
    'Animal',
    'latestStays',
    () => ({ related: { ...stays, inverse: 'pet' } }),
    "'Stay' does not store 'pet', but Animal.latestStays has it as its inverse",
  ],
  [
    'an order',
    'Animal',
    'latestStays',
    () => ({ related: { ...stays, orderBy: { length: 'asc' } } }),
    "'Stay' does not store 'length', but Animal.latestStays is sorted by it",
  ],
  [
    'a list’s order',
    'StayConnection',
    undefined,
    () => ({ list: { ...listOf('StayConnection'), sortable: ['nights'] } }),
    "'Stay' does not store 'nights', but the list 'Stay' is sorted by it",
  ],
  [
    'a list’s filter',
    'StayConnection',
    undefined,
    () => ({ list: { ...listOf('StayConnection'), filters: new Map([['cost', { properties: ['price'] }]]) } }),
    "'Stay' does not store 'price', but the filter 'cost' of the list 'Stay' asks for it",
  ],
])('%s that names what is not stored is refused at boot', (_, type, field, extensions, message) => {
  expect(refusalOf(type, field, extensions())).toBe(`${message}: correct the name, or store it.`);
});

test('relations of a row that a resolver made by hand are read when they are asked for', async () => {
  const { read, ...reader } = world.context();
  const bill = world.data.bills[0]!;
  const stay = world.data.stays.find(({ id }) => id === bill.stayId)!;
  const animal = world.data.animals.find(({ id }) => id === stay.animalId)!;
  const byHand = {
    page: read.page.bind(read),
    all: read.all.bind(read),
    one: async () => ({ id: animal.id, name: 'by hand' }),
  };
  const { data, errors } = await graphql({
    schema: world.schema,
    source: `{ animal(id: "any") { name stays(first: 100) { nodes { id bill { amount } } } latestStays { id } } }`,
    contextValue: { ...reader, read: byHand },
  });
  const own = world.data.stays.filter(({ animalId }) => animalId === animal.id);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({ animal: { name: 'by hand' } });
  expect((data as any).animal.stays.nodes).toHaveLength(own.length);
  expect((data as any).animal.latestStays).toHaveLength(Math.min(3, own.length));
  expect((data as any).animal.stays.nodes).toContainEqual({ id: stay.id, bill: { amount: bill.amount } });
});
