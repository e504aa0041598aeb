import { readFile } from 'node:fs/promises';
import { errorCodes } from 'clinic-rapport';

test('the README has every error code of the platform, with its meaning, in the order of the list', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const table = /\| code \| retry \| meaning \|\n\|---\|---\|---\|\n(.*?)\n\n/s.exec(readme)![1]!;
  const rows = table.split('\n');
  const expected = Object.entries(errorCodes).map(
    ([code, { retryable, meaning }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  expect(rows).toEqual(expected);
});
