import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { compileMerge } from './merge.ts';

const liquid = new Liquid({ ownPropertyOnly: true, strictVariables: true, lenientIf: true, outputEscape: 'escape' });
const escape = (value: string): string =>
  value.replace(/[&<>"']/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;' })[sign] ?? '&#39;');

const paths = ['a', 'b', 'c', 'o.x', 'o.y', 'o.z', 'o.p.q'];
const text = fc.string({ unit: fc.constantFrom('x', ' ', '\n', '<', '&', '王', '{', '}', '%'), maxLength: 6 });
const template: fc.Arbitrary<string> = fc.letrec<{ node: string; nodes: string }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small' },
    text.filter(value => !/\{\{|\{%|\{$/.test(value)),
    fc.constantFrom(...paths).map(path => `{{ ${path} }}`),
    fc
      .tuple(fc.constantFrom('if', 'unless'), fc.constantFrom(...paths), tie('nodes'))
      .map(([tag, path, inner]) => `{% ${tag} ${path} %}${inner}{% end${tag} %}`),
    fc
      .tuple(fc.constantFrom('if', 'unless'), fc.constantFrom(...paths), tie('nodes'), tie('nodes'))
      .map(([tag, path, inner, other]) => `{% ${tag} ${path} %}${inner}{% else %}${other}{% end${tag} %}`),
  ),
  nodes: fc.array(tie('node'), { maxLength: 4 }).map(nodes => nodes.join('|')),
})).nodes;
const value = fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(''));
const fields = fc.record({
  a: value,
  b: value,
  c: value,
  o: fc.record({ x: value, y: value, z: value, p: fc.record({ q: value }) }),
});

it('sets in what liquid sets in', () => {
  fc.assert(
    fc.property(template, fields, (source, given) => {
      const merge = compileMerge(source, escape);
      expect(merge).toBeDefined();
      expect(merge!(given)).toBe(liquid.parseAndRenderSync(source, given));
    }),
    { numRuns: 500 },
  );
});

it.each([
  '{{ a | upcase }}',
  '{{- a }}',
  '{% for x in a %}{{ x }}{% endfor %}',
  '{% if a == 1 %}x{% endif %}',
  '{% if a %}x{% elsif b %}y{% endif %}',
  '{{ a.size }}',
  '{% if true %}x{% endif %}',
  '{% if a %}x{% endunless %}',
  '{% if a %}x',
  '{% endif %}',
  '{% if a %}{% else %}{% else %}{% endif %}',
  '{{ a[0] }}',
])('leaves %s to liquid', source => {
  expect(compileMerge(source, escape)).toBeUndefined();
});

it.each([{}, { a: ['x'] }, { a: { b: 1 } }, Object.create({ a: 'inherited' })])(
  'leaves a field that is missing, or no plain value, to liquid',
  given => {
    expect(compileMerge('{{ a }}', escape)!(given)).toBeUndefined();
  },
);
