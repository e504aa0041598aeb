import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const rooms = ['api', 'schema', 'plugins', 'migrations', 'scripts'];

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

/** The rules that imports of a checkout break: `rule: from -> to`. */
async function broken(directory: string): Promise<string[]> {
  const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms];
  const run = promisify(execFile)(process.execPath, args, { cwd: directory, maxBuffer: 1 << 28 });
  // It exits with the number of violations.
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();
}

test('imports go down, and a plugin uses the doors alone', async () => {
  expect(await broken(root)).toEqual([]);
});

describe('in a checkout with bad imports', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'boundaries-'));
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      await cp(path.join(root, file), path.join(directory, file));
    }
    await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  });

  afterAll(() => rm(directory, { recursive: true }));

  /** A house in which every import is allowed, with the given files in addition. */
  async function build(planted: Record<string, string>): Promise<void> {
    const files = {
      'api/index.ts': "export { plugin } from './plugin.ts';",
      'api/plugin.ts': 'export const plugin = 1;',
      'api/inner.ts': 'export const inner = 1;',
      'schema/index.ts': "import { plugin } from 'clinic-rapport';\nexport const core = plugin;",
      'schema/inner.ts': 'export const inner = 1;',
      'migrations/one.ts': "export { plugin } from 'clinic-rapport';",
      'test/harness/index.ts': 'export const app = 1;',
      'scripts/start.ts': "export { plugin } from '../api/plugin.ts';",
      'plugins/recall/index.ts': "import { core } from 'clinic-rapport/schema';\nexport const recall = core;",
      'plugins/recall/inner.ts': 'export const inner = 1;',
      'plugins/recall/test/recall.test.ts': "export { app } from 'clinic-rapport/testing';",
      'plugins/other/index.ts':
        "import { Query } from 'type-graphql';\nimport { recall } from 'clinic-rapport/plugins/recall';\nexport const other = [Query, recall];",
      ...planted,
    };
    for (const room of [...rooms, 'test']) await rm(path.join(directory, room), { recursive: true, force: true });
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), text + '\n');
    }
  }

  test('the good ones pass', async () => {
    await build({});
    expect(await broken(directory)).toEqual([]);
  });

  test('each bad one is caught, by the rule that is meant for it', async () => {
    await build({
      'api/up.ts': "export { core } from '../schema/index.ts';",
      'api/door.ts': "export { plugin } from 'clinic-rapport';",
      'api/gone.ts': "export { gone } from './nowhere.ts';",
      'api/left.ts': "import { right } from './right.ts';\nexport const left = () => right;",
      'api/right.ts': "import { left } from './left.ts';\nexport const right = () => left;",
      'schema/hole.ts': "export { inner } from '../api/inner.ts';",
      'schema/relative.ts': "export { plugin } from '../api/index.ts';",
      'schema/up.ts': "export { recall } from 'clinic-rapport/plugins/recall';",
      'scripts/up.ts': "export { recall } from '../plugins/recall/index.ts';",
      'scripts/tests.ts': "export { app } from '../test/harness/index.ts';",
      'plugins/other/hole.ts': "export { inner } from '../../schema/inner.ts';",
      'plugins/other/relative.ts': "export { core } from '../../schema/index.ts';",
      'plugins/other/neighbour.ts': "export { inner } from '../recall/inner.ts';",
      'plugins/other/tests.ts': "export { app } from 'clinic-rapport/testing';",
      'plugins/other/package.ts': "export { Pool } from 'pg';",
    });
    expect(await broken(directory)).toEqual(
      expect.arrayContaining([
        'api-does-not-use-its-own-door: api/door.ts -> api/index.ts',
        'api-is-the-ground: api/up.ts -> schema/index.ts',
        'code-is-not-a-test: scripts/tests.ts -> test/harness/index.ts',
        'no-circle: api/left.ts -> api/right.ts',
        'nothing-is-missing: api/gone.ts -> ./nowhere.ts',
        'plugin-is-not-a-test: plugins/other/tests.ts -> test/harness/index.ts',
        'plugin-names-the-package: plugins/other/relative.ts -> schema/index.ts',
        expect.stringMatching(/^plugin-uses-the-peers-alone: plugins\/other\/package\.ts -> .*node_modules\/pg\//),
        'plugin-uses-the-public-doors: plugins/other/hole.ts -> schema/inner.ts',
        'plugin-uses-the-public-doors: plugins/other/neighbour.ts -> plugins/recall/inner.ts',
        'schema-builds-on-api-alone: schema/up.ts -> plugins/recall/index.ts',
        'schema-names-the-package: schema/relative.ts -> api/index.ts',
        'schema-uses-the-public-door: schema/hole.ts -> api/inner.ts',
        'scripts-know-no-plugin: scripts/up.ts -> plugins/recall/index.ts',
      ]),
    );
  });
});
