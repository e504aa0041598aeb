import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installedPlugins } from '../../scripts/installed.ts';

const namesOf = async (given: string): Promise<string[]> => {
  process.env['RAPPORT_PLUGINS'] = given;
  return (await installedPlugins()).map(({ name }) => name);
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'installed-'));
});
afterEach(() => delete process.env['RAPPORT_PLUGINS']);
afterAll(() => rm(directory, { recursive: true }));

test('the built-in plugins are installed where nothing else is named', async () => {
  expect((await installedPlugins()).map(({ name }) => name)).toEqual(['core', 'membership', 'recall', 'referrals']);
});

test('the core comes without any plugin, and first', async () => {
  expect(await namesOf('')).toEqual(['core']);
});

test('a plugin of a partner is imported as a built-in one is', async () => {
  const partners = path.resolve(import.meta.dirname, '../fixtures/partner-plugin/index.ts');
  expect(await namesOf(`${partners}, clinic-rapport/plugins/recall`)).toEqual(
    expect.arrayContaining(['core', 'reviews', 'recall']),
  );
});

test('what cannot be imported, and what is no plugin, is named', async () => {
  await expect(namesOf('@nobody/nothing')).rejects.toThrow("The plugin '@nobody/nothing' cannot be imported");
  const file = path.join(directory, 'bare.mjs');
  await writeFile(file, 'export const plugin = 1;');
  await expect(namesOf(file)).rejects.toThrow('has no plugin as its default export');
});

test('a built-in plugin is a package of its own, of the version that it says, and asks for what it requires', async () => {
  const plugins = path.resolve(import.meta.dirname, '../../plugins');
  const root = JSON.parse(await readFile(path.join(plugins, '../package.json'), 'utf8'));
  for (const { name, version, requires = {} } of (await installedPlugins()).slice(1)) {
    const own = JSON.parse(await readFile(path.join(plugins, name, 'package.json'), 'utf8'));
    expect(own).toMatchObject({ name: `@clinic-rapport/${name}`, version, type: 'module' });
    expect(own.peerDependencies['clinic-rapport']).toBe(requires['platform']);
    // Two copies of a package would be two: so the versions are the platform's. And who installs that has all that its plugins need.
    for (const [needed, exact] of Object.entries({ ...own.dependencies, ...own.peerDependencies }))
      if (needed !== 'clinic-rapport') expect([needed, root.dependencies[needed]]).toEqual([needed, exact]);
  }
});
