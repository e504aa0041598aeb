import { readFile } from 'node:fs/promises';
import { readConfig, variables } from '../../scripts/config.ts';
import { readInit } from '../../scripts/init/arguments.ts';

test('the README has every variable of serve and work, as the configuration describes it', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const table = /\| variable of serve and work \| is \|\n\|---\|---\|\n(.*?)\n\n/s.exec(readme)![1]!;
  expect(table.split('\n')).toEqual(
    Object.entries(variables).map(([name, { description }]) => `| \`${name}\` | ${description} |`),
  );
});

test('all that is wrong is named at once, and no value of it', () => {
  const environment = {
    DATABASE_URL: 'mysql://me:canary@host',
    RAPPORT_SECRET: 'change-me-change-me-change-me-change-me',
    PORT: '-1',
  };
  const read = (): unknown => readConfig(['DATABASE_URL', 'RAPPORT_SECRET', 'PORT', 'PUBLIC_URL'], environment);
  for (const fault of ['DATABASE_URL is no URL', 'is an example and not a secret', 'PORT ', 'PUBLIC_URL is missing'])
    expect(read).toThrow(fault);
  expect(read).not.toThrow(/canary|mysql/);
});

test('init names what it lacks and what is no time zone', () => {
  expect(() => readInit(['--slug', 'sunny', '--time-zone', 'Asia/Taipeh'])).toThrow(
    /--name is missing.*\n.*--time-zone is no IANA time zone.*--owner-email is missing/s,
  );
});
