import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { progress } from '../progress.ts';

interface Manifest extends Record<string, unknown> {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const root = path.resolve(import.meta.dirname, '../..');
const stage = path.join(root, 'dist', 'package');
const roomsOfScripts = ['bench', 'faults', 'package'];

/** What the tarball has beside the compiled code. */
const files = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'schema/schema.graphql',
  'scripts/clinic-rapport.cjs',
  'scripts/node-version.cjs',
];

/** The repository's package.json without what only the repository needs: its Node, its sources, its tools. */
export function manifestOf(own: Manifest): Record<string, unknown> {
  const { devDependencies: _tools, scripts: _scripts, overrides: _overrides, ...kept } = own;
  const isNode = (name: string): boolean => /^node-(bin-)?(linux|darwin)-/.test(name);
  const optional = Object.entries(own.optionalDependencies).filter(([name]) => !isNode(name));
  const doors = Object.entries(own.exports).map(([door, { source: _source, ...conditions }]) => [door, conditions]);
  return { ...kept, exports: Object.fromEntries(doors), optionalDependencies: Object.fromEntries(optional) };
}

/** Makes the tarball from `dist`; answers its path. */
function pack(): string {
  rmSync(stage, { recursive: true, force: true });
  for (const room of ['api', 'schema', 'plugins', 'migrations', 'scripts', 'test/harness']) {
    cpSync(path.join(root, 'dist', room), path.join(stage, 'dist', room), { recursive: true, filter: isWanted });
  }
  for (const file of files) {
    mkdirSync(path.dirname(path.join(stage, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(stage, file));
  }
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(manifestOf(manifest), null, 2)}\n`);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', path.join(root, 'dist')], { cwd: stage });
  return path.join(root, 'dist', `${manifest.name}-${manifest.version}.tgz`);
}

function isWanted(file: string): boolean {
  const [, room, place] = path.relative(root, file).split(path.sep);
  if (room === 'scripts' && roomsOfScripts.includes(place ?? '')) return false;
  // Tests of a room; and the sources that a map names are not in the tarball.
  return !/^dist\/(plugins\/[^/]+|schema)\/test(\/|$)/.test(path.relative(root, file)) && !file.endsWith('.js.map');
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) progress(`Packed ${pack()}`);
