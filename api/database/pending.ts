import type { Plugin } from '../plugin.ts';
import type { Database } from './database.ts';
import { migrationsOf } from './migrate.ts';
import { migrationTable } from './orm.ts';

/** Names of the migrations that this database has not seen, as `recall/Reminders`. */
export async function pendingMigrations(
  { dispatch }: Pick<Database, 'dispatch'>,
  plugins: readonly Plugin[],
): Promise<string[]> {
  const done = await dispatch.query<{ name: string }>(`select name from ${migrationTable}`).catch((error: unknown) => {
    // Of a database, or a server, that nothing has ever migrated: there is no such table, or no such role.
    if (['42P01', '22023'].includes(String((error as { code?: unknown }).code))) return { rows: [] };
    throw error;
  });
  const names = new Set(done.rows.map(({ name }) => name));
  return migrationsOf(plugins)
    .map(({ name }) => name)
    .filter(name => !names.has(name));
}
