import { readFile } from 'node:fs/promises';
import { buildSchema, parse, validate } from 'graphql';
import { oidcIssuers } from '../../api/auth/oidc.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\`\`\``, 'gms'))].map(([, block]) => block!);

let section: string;
beforeAll(async () => (section = /\n## Signing in\n(.*?)\n## /s.exec(await read('README.md'))![1]!));

test('the operations of "Signing in" fit the schema', async () => {
  const schema = buildSchema(await read('schema/schema.graphql'));
  const documents = blocks(section, 'graphql');
  expect(documents).toHaveLength(1);
  for (const document of documents) expect(validate(schema, parse(document))).toEqual([]);
  const named = [...section.matchAll(/`([a-z]\w+)(?:\(input: [^`]*)?`/g)].map(([, name]) => name!);
  const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap(type => Object.keys(type.getFields()));
  const expected = [
    'inviteUser',
    'invitations',
    'removeUser',
    'requestSignIn',
    'createApiKey',
    'revokeApiKey',
    'signIns',
  ];
  expect(named).toEqual(expect.arrayContaining(expected));
  expect(fields).toEqual(expect.arrayContaining(expected));
});

test('its list of identity providers is one that is taken', () => {
  const [list] = blocks(section, 'json');
  expect(oidcIssuers.parse(list)).toEqual([expect.objectContaining({ algorithms: ['RS256'], trustsEmail: true })]);
});
