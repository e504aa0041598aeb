import { parse } from 'graphql';
import { buildSchema } from '../../api/graphql/build-schema.ts';
import { createPrice } from '../../api/limits/cost.ts';
import { installedPlugins } from '../../scripts/installed.ts';

const { schema } = buildSchema(await installedPlugins());
const price = createPrice(schema);
const cost = (text: string, variables?: Record<string, unknown>, operationName?: string): number =>
  price(parse(text), operationName, variables);

test.each([
  ['{ __typename }', 1],
  ['{ clinic { id name } }', 1],
  ['{ patient(id: "1") { id name contactPoints { value } } }', 1 + 50],
  ['{ patients { nodes { id } } }', 20],
  ['{ patients(first: 50) { nodes { id name } pageInfo { hasNextPage } } }', 50],
  ['{ patients(last: 7) { totalCount } }', 10],
  ['{ patients(first: 10) { totalCount nodes { id } edges { cursor node { id } } } }', 10 + 10 + 20],
  ['{ patients(first: 20) { nodes { id visits(first: 5) { nodes { id practitioner { id } } } } } }', 20 * (1 + 5 * 2)],
  ['{ ...P } fragment P on Query { patients(first: 3) { ...N } } fragment N on PatientConnection { nodes { id } }', 3],
  [
    '{ patients(first: 2) { ... on PatientConnection { nodes { ... on Patient { visits { nodes { id } } } } } } }',
    2 * 21,
  ],
  ['mutation { cancelAppointment(input: { appointmentId: "1" }) { id } }', 10 + 1],
  ['{ __schema { types { name } } }', 100],
])('%s', (text, expected) => {
  expect(cost(text)).toBe(expected);
});

test('page sizes of variables count as they are given, and by their defaults', () => {
  const text = 'query A($n: Int = 30) { patients(first: $n) { nodes { id } } } query B { clinic { id } }';
  expect(cost(text, { n: 5 }, 'A')).toBe(5);
  expect(cost(text, {}, 'A')).toBe(30);
  expect(cost(text, { n: null }, 'A')).toBe(30);
  expect(cost(text, { n: 3_000_000 }, 'A')).toBe(100);
  expect(cost(text, { n: -1 }, 'A')).toBe(100);
  expect(cost(text, {}, 'B')).toBe(1);
});

test('a fragment counts wherever it is spread, with the page that it is spread in', () => {
  const text = `query ($n: Int!) { few: patients(first: 2) { ...N } many: patients(first: $n) { ...N ...N } }
    fragment N on PatientConnection { nodes { id } }`;
  expect(cost(text, { n: 10 })).toBe(2 + 20);
});

test('more than ten thousand things are too many', () => {
  const text = 'query ($n: Int) { patients(first: 100) { nodes { visits(first: $n) { nodes { id } } } } }';
  expect(cost(text, { n: 99 })).toBe(10_000);
  expect(() => cost(text, { n: 100 })).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
});

test('what graphs of fragments multiply is counted in a moment', () => {
  const doubling = Array.from(
    { length: 90 },
    (_, i) => `fragment F${i} on Patient { ...F${i + 1} ... on Patient { ...F${i + 1} } }`,
  );
  const text = `query ($n: Int) { patients(first: $n) { nodes { ...F0 } } } ${doubling.join(' ')} fragment F90 on Patient { visits(first: $n) { nodes { id } } }`;
  expect(() => cost(text, { n: 1 })).toThrow('far too many');
});
