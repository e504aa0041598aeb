import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { transitions } from 'clinic-rapport/schema';
import { declaredMapping, type Declaration } from '../../scripts/import/declared.ts';

const root = path.resolve(import.meta.dirname, '../..');
const text = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');
const readme = await text('README.md');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp('```' + language + '\n(.*?)```', 'gs'))].map(([, code]) => code!);

test.each(['test/frontend-example/api.ts', 'test/frontend-example/pages.ts', 'test/fixtures/partner-plugin/index.ts'])(
  'shows %s as it runs',
  async file => {
    expect(blocks('ts')).toContain(await text(file));
  },
);

test('shows the subscription of the example as it runs', async () => {
  const operations = await text('test/frontend-example/operations.ts');
  expect(
    blocks('ts').some(block => block.startsWith('export const appointmentChanged') && operations.endsWith(block)),
  ).toBe(true);
});

test('shows only queries that the API answers', async () => {
  const schema = buildSchema(await text('schema/schema.graphql'));
  expect(blocks('graphql').length).toBeGreaterThan(0);
  for (const block of blocks('graphql')) expect(validate(schema, parse(block))).toEqual([]);
});

test('names only commands that exist', async () => {
  const { scripts } = JSON.parse(await text('package.json')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm (?:run )?([a-z:-]+)/g)].map(([, name]) => name!).filter(name => name !== 'ci');
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter(name => !(name in scripts))).toEqual([]);
});

test('names only files that exist', () => {
  const named = [...readme.matchAll(/`((?:api|schema|plugins|migrations|scripts|test)\/[\w./-]*)`/g)].map(
    ([, name]) => name!,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(name => !existsSync(path.join(root, name)))).toEqual([]);
});

test('has the table of transitions', () => {
  const rows = Object.entries(transitions).map(
    ([name, { from, to }]) => `| \`${name}\` | ${from.map(state => `\`${state}\``).join(', ')} | \`${to}\` |`,
  );
  expect(readme).toContain(rows.join('\n'));
});

test('shows a mapping that is one', () => {
  const mapping = blocks('json')
    .map(block => JSON.parse(block) as Declaration)
    .find(block => 'patient' in block);
  expect(declaredMapping(mapping!).columns).toHaveLength(12);
});
