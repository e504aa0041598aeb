import type pg from 'pg';
import type { Database } from './database.ts';
import { migrationTable } from './orm.ts';

/** What PostgreSQL calls a database, and no other: that of another server, or one that was made anew, has another name. */
const place = `(select system_identifier || '-' || (select oid from pg_database where datname = current_database())
  from pg_control_system())`;

/**
 * The name of the database in cursors. A restore over the same files keeps the place, and turns its transactions back:
 * `restored` leaves a mark in the settings of the database, which no dump has.
 */
export const epochExpression = `concat_ws('-', ${place}, nullif(current_setting('rapport.restored', true), ''))`;

const known = `obj_description('${migrationTable}'::regclass)`;

/** Writes down where the data was made, in a comment that goes with every dump. */
export async function markPlace(client: pg.Client, isRestored = false): Promise<void> {
  const { rows } = await client.query<{ place: string; known: string | null }>(
    `select ${place} as place, ${known} as known`,
  );
  const { place: here, known: mark } = rows[0]!;
  if (mark !== null && !isRestored) return;
  await client.query(`comment on table ${migrationTable} is ${client.escapeLiteral(here)}`);
}

/** Whether the data was made in another place, and nobody has said yet that it was restored here. */
export async function isFromElsewhere({ dispatch }: Pick<Database, 'dispatch'>): Promise<boolean> {
  const { rows } = await dispatch.query<{ elsewhere: boolean }>(
    `select coalesce(${known} <> ${place}, false) as elsewhere`,
  );
  return rows[0]!.elsewhere;
}
