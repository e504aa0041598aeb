import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCommand } from '../command.ts';
import { progress } from '../progress.ts';

const root = path.resolve(import.meta.dirname, '../..');
const plugins = path.join(root, 'plugins');
const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
  devDependencies: Readonly<Record<string, string>>;
};
/** What an agency tests with, in the versions that are tested here. */
const tools = ['@swc/core', '@swc/jest', 'jest'].map(name => `${name}@${own.devDependencies[name]}`);

/** All that jest needs to be told where the platform is a package. */
const jestConfig = `export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\\\.ts$': ['@swc/jest', {
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, useDefineForClassFields: false },
      },
      module: { type: 'es6' },
    }],
  },
  testTimeout: 60_000,
};
`;

/**
 * Takes built-in plugins out of the repository, one by one: the folder is copied, the platform's tarball and what the plugin's
 * package.json asks for are installed as an agency would, and the plugin's own tests run there.
 */
await runCommand(async ({ onEnd }) => {
  const asked = process.argv.slice(2);
  const names = readdirSync(plugins).filter(name => existsSync(path.join(plugins, name, 'test')));
  const unknown = asked.filter(name => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no plugin '${unknown.join(', ')}' with tests: ${names.join(', ')}.`);
  for (const name of asked.length > 0 ? asked : names) {
    const directory = mkdtempSync(path.join(os.tmpdir(), `rapport-${name}-`));
    onEnd(async () => rmSync(directory, { recursive: true, force: true }));
    install(name, directory);
    test(name, directory);
  }
});

function install(name: string, directory: string): void {
  cpSync(path.join(plugins, name), directory, { recursive: true });
  writeFileSync(path.join(directory, 'jest.config.js'), jestConfig);
  const tarball = path.join(root, 'dist', `clinic-rapport-${own.version}.tgz`);
  const quietly = ['--silent', '--no-audit', '--no-fund', '--prefer-offline'];
  execFileSync('npm', ['install', ...quietly, '--save-dev', tarball, ...tools], { cwd: directory, stdio: 'inherit' });
  if (existsSync(path.join(directory, 'node_modules', 'clinic-rapport', 'api')))
    throw new Error('The tarball has the sources of the repository.');
  progress(`${name}: installed outside of the repository`);
}

function test(name: string, directory: string): void {
  const jest = path.join('node_modules', 'jest', 'bin', 'jest.js');
  const { NODE_OPTIONS: _, RAPPORT_HOME: __, ...environment } = process.env;
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--runInBand'],
    { cwd: directory, stdio: 'inherit', env: environment },
  );
  if (status !== 0) throw new Error(`The tests of '${name}' failed outside of the repository.`);
  progress(`${name}: its tests pass there`);
}
