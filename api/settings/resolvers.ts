import { Arg, Authorized, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { definePermission } from '../define.ts';
import type { Class, Context, Permission, Plugin, Settings } from '../plugin.ts';
import { RapportError } from '../errors.ts';
import { readSettings, writeSettings } from './settings.ts';

export const settingsRead = definePermission('settings.read', 'See the settings of the clinic’s plugins', ['owner']);
export const settingsWrite = definePermission('settings.write', 'Change the settings of the clinic’s plugins', [
  'owner',
]);
export const settingsPermissions: readonly Permission[] = [settingsRead, settingsWrite];

type SettingsByPlugin = Record<string, Settings | undefined>;

const made = new Map<string, Class>();

/**
 * `settings` and `updateSettings` with one typed field for each installed plugin that has settings. The types depend on
 * what is installed, so the class is made for the set of plugins, once; without such a plugin there is none.
 */
export function settingsResolver(plugins: readonly Plugin[]): Class | undefined {
  const configurable = plugins.filter(({ settings }) => settings);
  if (configurable.length === 0) return undefined;
  const key = configurable.map(({ name, version }) => `${name}@${version}`).join();
  const resolver = made.get(key) ?? makeResolver(configurable);
  made.set(key, resolver);
  return resolver;
}

function makeResolver(plugins: readonly Plugin[]): Class {
  @ObjectType('Settings', { description: 'The settings of the installed plugins in this clinic.' })
  class ClinicSettings {}
  @InputType('UpdateSettingsInput', {
    description: 'The plugins whose settings are replaced; others stay as they are.',
  })
  class UpdateSettingsInput {}
  for (const { name, settings } of plugins) {
    const description = `Settings of the plugin \`${name}\`.`;
    Field(() => settings!, { description })(ClinicSettings.prototype, name);
    Field(() => settings!, { nullable: true, description: `${description} What is left out takes its default.` })(
      UpdateSettingsInput.prototype,
      name,
    );
  }

  const readAll = async (context: Context): Promise<SettingsByPlugin> =>
    Object.fromEntries(
      await Promise.all(
        plugins.map(async ({ name, settings }) => [name, await readSettings(plugins, settings!, context)]),
      ),
    );

  @Resolver()
  class SettingsResolver {
    @Authorized(settingsRead)
    @Query(() => ClinicSettings, { description: 'The settings of the installed plugins in this clinic.' })
    settings(@Ctx() context: Context): Promise<SettingsByPlugin> {
      return readAll(context);
    }

    @Authorized(settingsWrite)
    @Mutation(() => ClinicSettings, { description: 'Replaces the settings of the plugins that the input names.' })
    async updateSettings(
      @Arg('input', () => UpdateSettingsInput, { description: 'The new settings, by plugin.' }) input: SettingsByPlugin,
      @Ctx() context: Context,
    ): Promise<SettingsByPlugin> {
      const given = plugins.filter(({ name }) => input[name] != null);
      if (given.length === 0)
        throw new RapportError('BAD_USER_INPUT', 'The input names no plugin.', { field: 'input' });
      for (const { name } of given) input[name]!.check?.();
      for (const { name } of given) await writeSettings(name, input[name]!, context);
      return readAll(context);
    }
  }
  return SettingsResolver;
}
