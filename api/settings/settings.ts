import type { Class, Context, Plugin } from '../plugin.ts';

/** The plugin's settings in the context's clinic: what was stored, over the defaults of the class. */
export async function readSettings<T extends object>(
  plugins: readonly Plugin[],
  of: Class<T>,
  context: Context,
): Promise<T> {
  const plugin = plugins.find(({ settings }) => settings === of);
  if (!plugin) throw new Error(`'${of.name}' is the settings class of no installed plugin.`);
  const rows = await context.em.execute<{ settings: Partial<T> }[]>(
    'select settings from clinic_plugin where clinic_id = ? and plugin = ?',
    [context.clinicId, plugin.name],
  );
  return Object.assign(new of(), rows[0]?.settings);
}

/** Replaces the plugin's settings in the context's clinic; whether the plugin is enabled stays as it is. */
export async function writeSettings(plugin: string, settings: object, context: Context): Promise<void> {
  await context.em.execute(
    `insert into clinic_plugin (clinic_id, plugin, enabled, settings) values (?, ?, true, ?::jsonb)
     on conflict (clinic_id, plugin) do update set settings = excluded.settings`,
    [context.clinicId, plugin, JSON.stringify(settings)],
  );
}
