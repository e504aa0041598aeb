import { readFile } from 'node:fs/promises';
import { errorCodes } from 'clinic-rapport';

test('the README has every error code of the platform, with its meaning, in the order of the list', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter(line => /^\| `[A-Z_]+` \|/.test(line));
  const expected = Object.entries(errorCodes).map(
    ([code, { retryable, meaning }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  expect(rows).toEqual(expected);
});
