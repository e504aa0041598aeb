import type { Column, Table } from './catalog.ts';
import { beyondSql, orderOf, sortSql } from './order.ts';
import { beside } from './beside.ts';
import { either, predicateOf, sql, type Where } from './where.ts';

const column = (name: string, kind: Column['kind'], nullable = false): Column => ({ sql: `"${name}"`, kind, nullable });
const id = column('id', 'uuid');
const columns = new Map([
  ['id', id],
  ['name', column('name', 'other')],
  ['bornOn', column('born_on', 'day', true)],
  ['weight', column('weight', 'number')],
  ['keeper', column('keeper_id', 'uuid', true)],
  ['keeperId', column('keeper_id', 'uuid', true)],
]);
const table: Table = {
  class: class Animal {},
  name: '"animal"',
  columns,
  relations: new Map(),
  key: [{ property: 'id', column: id }],
  clinic: undefined,
  patient: undefined,
};

interface Animal {
  id: string;
  name: string;
  bornOn: string | null;
  weight: number;
  keeper: { id: string } | null;
}

function write(where: Where<Animal>): { text: string; parameters: (string | null)[] } {
  const parameters: (string | null)[] = [];
  return { text: predicateOf(where, { table, alias: 'a', parameters }), parameters };
}

const one = '01a20654-9f56-77df-abd1-9318e2833e20';

test.each<[string, Where<Animal>, string, (string | null)[]]>([
  ['equality', { name: 'Ada' }, 'a."name" = $1', ['Ada']],
  ['several conditions', { name: 'Ada', weight: 5 }, 'a."name" = $1 and a."weight" = $2', ['Ada', '5']],
  ['no value', { bornOn: null }, 'a."born_on" is null', []],
  ['any of', { name: ['a"b', 'c\\d', 'e,f'] }, 'a."name" = any($1)', ['{"a\\"b","c\\\\d","e,f"}']],
  ['none of', { name: { not: ['a'] } }, '(a."name" = any($1)) is not true', ['{"a"}']],
  ['some value', { bornOn: { not: null } }, '(a."born_on" is null) is not true', []],
  [
    'a range',
    { bornOn: { from: '2020-01-01', to: '2021-01-01' } },
    'a."born_on" >= $1 and a."born_on" < $2',
    ['2020-01-01', '2021-01-01'],
  ],
  ['half a range', { weight: { from: 0 } }, 'a."weight" >= $1', ['0']],
  ['a range without ends', { weight: {} }, 'true', []],
  ['a relation', { keeper: one }, 'a."keeper_id" = $1', [one]],
  ['a relation by its key', { keeperId: [one] }, 'a."keeper_id" = any($1)', [`{"${one}"}`]],
  ['an id that is none', { id: 'x' }, 'false', []],
  ['ids of which one is none', { id: ['x', one] }, 'a."id" = any($1)', [`{"${one}"}`]],
  ['nothing', {}, 'true', []],
  ['a list', [{ name: 'a' }, { weight: 1 }], '(a."name" = $1 and a."weight" = $2)', ['a', '1']],
  ['an empty list', [], 'true', []],
  ['alternatives', either<Animal>({ name: 'a' }, { weight: 1 }), '(a."name" = $1 or a."weight" = $2)', ['a', '1']],
  ['no alternative', either<Animal>(), 'false', []],
])('writes %s', (_, where, text, parameters) => {
  expect(write(where)).toEqual({ text, parameters });
});

test('conditions of several properties stay together among alternatives', () => {
  const { text } = write(either<Animal>({ name: 'a', weight: 1 }, { name: 'b' }));
  expect(text).toBe('(a."name" = $1 and a."weight" = $2 or a."name" = $3)');
});

test('SQL of an author takes the alias, other SQL, and every other value as a parameter', () => {
  const limits = sql`between ${1} and ${new Date(0)}`;
  const where = [
    { name: 'Ada' },
    sql`exists (select 1 from stay s where s.animal_id = ${sql.row}.id and s.days ${limits})`,
  ];
  expect(write(where)).toEqual({
    text: '(a."name" = $1 and (exists (select 1 from stay s where s.animal_id = a.id and s.days between $2 and $3)))',
    parameters: ['Ada', '1', '1970-01-01T00:00:00.000Z'],
  });
});

test('what two expressions read beside the row is looked up once for it', () => {
  const chip = beside('chip', 'animal_id');
  const where = sql`${sql`${chip}.number`} = ${1} or ${beside('chip', 'animal_id')}.lost`;
  expect(write(where).text).toBe(
    'exists (select 1 from (select 1) one left join chip chip_by_animal_id on chip_by_animal_id.clinic_id = a.clinic_id' +
      ' and chip_by_animal_id.animal_id = a.id where chip_by_animal_id.number = $1 or chip_by_animal_id.lost)',
  );
});

test('a condition that got lost is refused, not left out', () => {
  expect(() => write({ id: undefined })).toThrow('undefined');
  expect(() => write({ name: { not: undefined as never } })).toThrow('undefined');
});

test('a property that is not stored is refused by name', () => {
  expect(() => write({ colour: 'red' } as Where<Animal>)).toThrow("no column for 'colour'");
});

const beyond = (by: [string, 'asc' | 'desc'][], values: (string | null)[], before = false): string => {
  const parameters: unknown[] = [];
  return beyondSql(orderOf(table, by), 'a', values, before, value => `$${parameters.push(value)}`);
};

test('keys of one direction that are never empty are compared as one row', () => {
  expect(
    beyond(
      [
        ['name', 'asc'],
        ['weight', 'asc'],
      ],
      ['Ada', '5', one],
    ),
  ).toBe('(a."name", a."weight", a."id") > ($1, $2, $3)');
  expect(beyond([['name', 'desc']], ['Ada', one])).toBe('(a."name", a."id") < ($1, $2)');
  expect(beyond([['name', 'desc']], ['Ada', one], true)).toBe('(a."name", a."id") > ($1, $2)');
});

test('keys of two directions begin where the first one does', () => {
  expect(
    beyond(
      [
        ['name', 'asc'],
        ['weight', 'desc'],
      ],
      ['Ada', '5', one],
    ),
  ).toBe(
    '(a."name" >= $1 and (a."name" > $1 or a."name" = $1 and a."weight" < $2 or a."name" = $1 and a."weight" = $2 and a."id" < $3))',
  );
});

test('what has no value comes after all that has one', () => {
  expect(beyond([['bornOn', 'asc']], ['2020-01-01', one])).toBe(
    '(((a."born_on" > $1 or a."born_on" is null) or a."born_on" = $1 and a."id" > $2))',
  );
  expect(beyond([['bornOn', 'asc']], [null, one])).toBe('((a."born_on" is null and a."id" > $1))');
  expect(beyond([['bornOn', 'asc']], [null, one], true)).toBe(
    '((a."born_on" is not null or a."born_on" is null and a."id" < $1))',
  );
});

test('an order says where empty values go only where there can be some and PostgreSQL would not do so by itself', () => {
  const order = (direction: 'asc' | 'desc'): ReturnType<typeof orderOf> => orderOf(table, [['bornOn', direction]]);
  expect(sortSql(order('asc'), 'a', false)).toBe('a."born_on", a."id"');
  expect(sortSql(order('desc'), 'a', false)).toBe('a."born_on" desc nulls last, a."id" desc');
  expect(sortSql(order('asc'), 'a', true)).toBe('a."born_on" desc, a."id" desc');
  expect(sortSql(order('desc'), 'a', true)).toBe('a."born_on" nulls first, a."id"');
  expect(sortSql(orderOf(table, [['name', 'desc']]), 'a', false)).toBe('a."name" desc, a."id" desc');
});
