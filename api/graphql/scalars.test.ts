import { Kind, parse } from 'graphql';
import { DateTime, guardLiterals, guardStrings, LocalDate, LocalTime } from './scalars.ts';

test.each([
  ['2026-06-01T01:00:00+00:00', '2026-06-01T01:00:00.000Z'],
  ['2026-06-01T01:00:00.1+00:00', '2026-06-01T01:00:00.100Z'],
  ['2026-06-01T01:00:00.12345+00:00', '2026-06-01T01:00:00.123Z'],
  ['2026-06-01T01:00:00.123456+00:00', '2026-06-01T01:00:00.123Z'],
  ['2026-06-01T09:00:00+08:00', '2026-06-01T01:00:00.000Z'],
])('DateTime writes what PostgreSQL writes into JSON: %s', (stored, written) => {
  expect(DateTime.serialize(stored)).toBe(written);
  expect(DateTime.serialize(new Date(written))).toBe(written);
});

test.each(['yesterday', 5, null, new Date(NaN), '2026-06-01'.repeat(5)])('DateTime does not write %p', value => {
  expect(() => DateTime.serialize(value)).toThrow('not an instant');
});

test.each([
  ['2026-06-01T09:00:00+08:00', '2026-06-01T01:00:00.000Z'],
  ['2026-06-01t01:00:00.5z', '2026-06-01T01:00:00.500Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
])('DateTime reads %s', (given, instant) => {
  expect(DateTime.parseValue(given).toISOString()).toBe(instant);
  expect(DateTime.parseLiteral({ kind: Kind.STRING, value: given }).toISOString()).toBe(instant);
});

test.each([
  '2026-06-01T09:00:00',
  '2026-06-01',
  '2026-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-06-01T24:00:00Z',
  '2026-06-01T09:00Z',
  '0000-01-01T00:00:00Z',
  '+12026-06-01T09:00:00Z',
  'now',
  1780275600000,
])('DateTime refuses %p', value => {
  expect(() => DateTime.parseValue(value)).toThrow(expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } }));
});

test('a LocalDate is a day that exists', () => {
  expect(LocalDate.parseValue('2024-02-29')).toBe('2024-02-29');
  for (const value of ['2026-02-29', '2026-6-1', '2026-06-01T00:00:00Z', '0000-01-01', 20260601]) {
    expect(() => LocalDate.parseValue(value)).toThrow('LocalDate');
  }
});

test('a LocalTime has minutes, and seconds where they are given', () => {
  expect(LocalTime.parseValue('09:30')).toBe('09:30:00');
  expect(LocalTime.parseValue('23:59:59')).toBe('23:59:59');
  expect(LocalTime.serialize('09:30:00.000001')).toBe('09:30:00');
  for (const value of ['24:00', '9:30', '09:60', '09:30:00Z', 930])
    expect(() => LocalTime.parseValue(value)).toThrow('LocalTime');
});

const refusalOf = (value: unknown): unknown => {
  try {
    guardStrings(value);
  } catch (error) {
    const { code, field } = error as { code: string; field: string };
    return { code, field };
  }
  return undefined;
};

test.each([
  ['U+0000', { input: { names: ['王', 'a\u0000b'] } }, 'input.names.1'],
  ['a high surrogate alone', { input: { name: '\ud842' } }, 'input.name'],
  ['a low surrogate alone', { id: 'x\udfb7x' }, 'id'],
  ['10,001 characters', { text: '𠮷'.repeat(10_001) }, 'text'],
])('a string with %s is refused at any depth, and its place named', (_, variables, field) => {
  expect(refusalOf(variables)).toEqual({ code: 'BAD_USER_INPUT', field });
});

test.each(['', '𠮷野家', 'مرحبا', '👩‍⚕️', 'e\u0301', '𠮷'.repeat(10_000)])('other text is taken as it is', text => {
  expect(refusalOf({ text, list: [text, null, 5, true] })).toBeUndefined();
});

test('a value that nests without end is refused before the stack is', () => {
  expect(refusalOf(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('the strings of a document are held to the same', () => {
  expect(() => guardLiterals(parse(String.raw`{ patients(search: "a\u0000b") { id } }`))).toThrow('U+0000');
  expect(() => guardLiterals(parse('{ patients(search: "小明", filter: { ids: ["a"] }) { id } }'))).not.toThrow();
});
