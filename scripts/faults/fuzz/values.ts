import fc, { type Arbitrary } from 'fast-check';
import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';

/** Ids that exist, so that what is asked gets further than to the look-up. */
export type Ids = readonly string[];

/** What people, scripts and attackers write. */
const strange = [
  ...[
    '',
    ' ',
    '\u3000王小明\u3000',
    'NUL\u0000inside',
    'lone \ud800 surrogate',
    '\udc00\ud800',
    'שלום עולם',
    '\u202eabc\u202c',
  ],
  ...[
    '👩‍👩‍👧‍👦👨🏽‍⚕️',
    '𠮷田𪚥𫠝',
    'é e\u0301',
    '\ufeff',
    '\uffff',
    'a\r\nBcc: x@y.example',
    "'; drop table patient; --",
    '{{ 7 | plus: 1 }}',
  ],
  ...[
    '<script>alert(1)</script>',
    '%00',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'null',
    'NaN',
    '１２３',
    '-0',
    '1e999',
  ],
  ...[
    'a@b.example',
    '0912345678',
    '+886912345678',
    'P3D',
    'PT1H',
    '2026-06-01',
    '王小明',
    '0'.repeat(400),
    '王'.repeat(5_000),
  ],
];

const instants = [
  ...[
    '2030-06-03T10:00:00+08:00',
    '2030-06-03T10:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ],
  ...[
    '9999-12-31T23:59:59-23:59',
    '0001-01-01T00:00:00+23:59',
    '2026-02-29T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '+012026-01-01T00:00:00Z',
    'now',
  ],
];
const days = [
  '2026-06-01',
  '0000-01-01',
  '0001-01-01',
  '1850-01-01',
  '9999-12-31',
  '2026-02-29',
  '2026-13-01',
  '10000-01-01',
  'infinity',
];
const times = ['09:00', '09:00:00', '24:00', '23:59:60', '00:00'];
const numbers = [
  0,
  -0,
  1,
  -1,
  20,
  100,
  101,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1.5,
  1e308,
  Number.MIN_VALUE,
];

const ordinary = ['王小明', 'Anna', 'a@b.example', '0912345678', '+886912345678', 'Smith', '123456', 'P1D', 'CONFIRM'];

const text: Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...ordinary) },
  { weight: 4, arbitrary: fc.constantFrom(...strange) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
);

/** What does not fit at all. */
const wrong: Arbitrary<unknown> = fc.constantFrom<unknown>(null, true, 7, 'x', [], {}, [[[]]], { a: { b: 1 } }, '', [
  null,
]);

const scalars: Readonly<Record<string, Arbitrary<unknown>>> = {
  String: text,
  Int: fc.constantFrom(...numbers),
  Float: fc.constantFrom(...numbers),
  Boolean: fc.boolean(),
  DateTime: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...instants) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 5_000 }).map(days => new Date(Date.UTC(2026, 11, 1, days)).toISOString()),
    },
    fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
  ),
  LocalDate: fc.constantFrom(...days),
  LocalTime: fc.constantFrom(...times),
};

/** A value for an argument or a variable of the type: mostly one that fits, at times one that cannot. */
export function valueOf(type: GraphQLInputType, ids: Ids, depth = 0): Arbitrary<unknown> {
  const fitting = fittingOf(type, ids, depth);
  const odd: { weight: number; arbitrary: Arbitrary<unknown> }[] = [{ weight: 1, arbitrary: wrong }];
  if (!isNonNullType(type)) odd.push({ weight: 3, arbitrary: fc.constant(null) });
  return fc.oneof({ weight: 100, arbitrary: fitting }, ...odd);
}

function fittingOf(type: GraphQLInputType, ids: Ids, depth: number): Arbitrary<unknown> {
  const plain = getNullableType(type) as GraphQLInputType;
  if (isListType(plain)) return fc.array(valueOf(plain.ofType, ids, depth + 1), { maxLength: 3 });
  if (isEnumType(plain)) {
    const names = plain.getValues().map(({ name }) => name);
    return fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text });
  }
  if (isInputObjectType(plain)) {
    const fields = Object.values(plain.getFields());
    // Deep inputs, as filters of filters, end somewhere.
    const wanted = fields.filter(field => isNonNullType(field.type) || depth < 3);
    const record = Object.fromEntries(wanted.map(field => [field.name, valueOf(field.type, ids, depth + 1)]));
    return fc.record(record, {
      requiredKeys: wanted.filter(({ type: of }) => isNonNullType(of)).map(({ name }) => name),
    });
  }
  const { name } = plain as { name: string };
  if (name === 'ID')
    return fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...ids) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 2, arbitrary: text },
    );
  return scalars[name] ?? text;
}
