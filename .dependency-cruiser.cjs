// Imports go down only: scripts > plugins > schema > api. Tests may look at all.
// A self-reference (`clinic-rapport/schema`) is resolved by the package's exports; a relative import is `local`. That is
// how a rule tells a door from a hole in the wall.
const { existsSync, readdirSync, readFileSync } = require('node:fs');

const doors = '^(api/index|schema/index|test/harness/index|plugins/[^/]+/index)\\.ts$';
const platform = '^(api|schema|migrations|scripts|test)/';
const ownTests = '^plugins/[^/]+/test/';
const peers =
  'node_modules/(type-graphql|graphql|graphql-scalars|luxon|uuid|@mikro-orm/(core|decorators|migrations|postgresql))/';

const pluginNames = readdirSync('plugins');

/** What a plugin's own package.json asks for beside the platform and its peers. */
function declaredBy(plugin) {
  const file = `plugins/${plugin}/package.json`;
  return existsSync(file) ? Object.keys(JSON.parse(readFileSync(file, 'utf8')).dependencies ?? {}) : [];
}

const usesPeersAlone = plugin => ({
  name: 'plugin-uses-the-peers-alone',
  comment: 'And what its own package.json declares.',
  severity: 'error',
  from: { path: `^plugins/${plugin}/`, pathNot: ownTests },
  to: {
    dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'unknown', 'undetermined'],
    path: 'node_modules/',
    pathNot: [peers, ...declaredBy(plugin).map(name => `node_modules/${name}/`)],
  },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one file, or three. Imports of types alone vanish.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'api-is-the-ground',
      comment: 'The platform knows no domain, no plugin and no name of itself.',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^(schema|plugins|migrations|scripts|test)/' },
    },
    {
      name: 'api-does-not-use-its-own-door',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^api/index\\.ts$' },
    },
    {
      name: 'schema-builds-on-api-alone',
      severity: 'error',
      from: { path: '^schema/', pathNot: '^schema/test/' },
      to: { path: '^(plugins|scripts|test)/' },
    },
    {
      name: 'schema-uses-the-public-door',
      comment: 'The core is plugin zero: what it cannot do through the door, no plugin can.',
      severity: 'error',
      from: { path: '^(schema|migrations)/' },
      to: { path: '^api/', pathNot: '^api/index\\.ts$' },
    },
    {
      name: 'schema-names-the-package',
      comment: "import from 'clinic-rapport', never '../api/index.ts'.",
      severity: 'error',
      from: { path: '^(schema|migrations)/' },
      to: { path: '^(api|test)/', dependencyTypes: ['local'] },
    },
    {
      name: 'plugin-uses-the-public-doors',
      comment: 'What a partner cannot import, a built-in plugin may not import.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^(api|schema|plugins|migrations|scripts|test)/', pathNot: [doors, '^plugins/$1/'] },
    },
    {
      name: 'plugin-is-not-a-test',
      comment: 'The test door is for tests.',
      severity: 'error',
      from: { path: '^plugins/', pathNot: ownTests },
      to: { path: '^test/' },
    },
    {
      name: 'plugin-names-the-package',
      comment: "import from 'clinic-rapport', never '../../api': the folder must move out of the tree unchanged.",
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: [platform, '^plugins/'], pathNot: '^plugins/$1/', dependencyTypes: ['local'] },
    },
    ...pluginNames.map(usesPeersAlone),
    {
      name: 'scripts-know-no-plugin',
      comment: 'A plugin is imported by its specifier, when it is installed.',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^plugins/' },
    },
    {
      name: 'code-is-not-a-test',
      severity: 'error',
      from: { path: '^(api|schema|migrations|scripts)/', pathNot: '(^schema/test/|\\.test\\.ts$)' },
      to: { path: ['^test/', 'node_modules/jest/'] },
    },
    {
      name: 'code-does-not-guess',
      comment: 'Only `npm run faults` and tests ask what nobody would.',
      severity: 'error',
      from: { path: '^(api|schema|migrations|scripts)/', pathNot: '(^schema/test/|\\.test\\.ts$|^scripts/faults/)' },
      to: { path: 'node_modules/fast-check/' },
    },
    {
      name: 'nothing-is-missing',
      comment:
        'What a browser imports, it imports by address; what the benchmark compares with has packages of its own; and what is compiled is not there yet.',
      severity: 'error',
      from: {
        path: '^(api|schema|plugins|migrations|scripts)/',
        pathNot: '^(api/http/graphiql-page\\.js|scripts/bench/peers/)',
      },
      to: { couldNotResolve: true, pathNot: '^\\.\\./dist/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs'],
    },
  },
};
