import { readFile } from 'node:fs/promises';
import { doors, publicApi } from './public-api.ts';

test('what the doors export is what was reviewed (npm run emit-api, and look at the difference)', async () => {
  expect(publicApi()).toBe(await readFile(new URL('./public-api.txt', import.meta.url), 'utf8'));
}, 60_000);

test('every door of the package is in the report', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { exports } = JSON.parse(text) as { exports: object };
  const names = Object.keys(exports).map(door => door.replace('.', 'clinic-rapport'));
  expect(Object.keys(doors).sort()).toEqual(names.sort());
});
