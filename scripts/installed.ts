import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'clinic-rapport';
import { compose } from '../api/compose.ts';
import { platformVersion } from '../api/version.ts';

/** What runs where nothing else is named. */
const builtIn = ['membership', 'recall', 'referrals'].map(name => `clinic-rapport/plugins/${name}`);

/**
 * The core and the installed plugins, in the order they build on one another. Which they are says RAPPORT_PLUGINS
 * (specifiers with commas between them), else `"rapport": { "plugins": [...] }` of package.json in the working directory.
 * A built-in plugin is imported by its specifier as a partner's is; what is not installed is not imported.
 */
export async function installedPlugins(): Promise<Plugin[]> {
  const plugins = await Promise.all((await specifiers()).map(importPlugin));
  const { core } = await import('clinic-rapport/schema');
  return compose(platformVersion, [core, ...plugins]);
}

async function specifiers(): Promise<readonly string[]> {
  const given = process.env['RAPPORT_PLUGINS'];
  if (given !== undefined)
    return given
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== '');
  const declared = await readFile('package.json', 'utf8').then(
    text => JSON.parse(text) as unknown,
    () => undefined,
  );
  const plugins = (declared as { rapport?: { plugins?: unknown } } | undefined)?.rapport?.plugins ?? builtIn;
  if (Array.isArray(plugins) && plugins.every(name => typeof name === 'string')) return plugins;
  throw new Error('"rapport.plugins" in package.json must be a list of packages or paths.');
}

/** A specifier is a package (`@agency/loyalty`), or a path from the working directory (`./plugins/loyalty.js`). */
async function importPlugin(specifier: string): Promise<Plugin> {
  const url = /^\.{0,2}\//.test(specifier) ? pathToFileURL(path.resolve(specifier)).href : specifier;
  const module = await import(url).catch((error: unknown) => {
    throw new Error(`The plugin '${specifier}' cannot be imported: ${(error as Error).message}`, { cause: error });
  });
  const plugin = (module as { default?: Plugin }).default;
  if (typeof plugin?.name !== 'string') {
    throw new Error(
      `The plugin '${specifier}' has no plugin as its default export: \`export default definePlugin({ … })\`.`,
    );
  }
  return plugin;
}
