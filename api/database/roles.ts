import type pg from 'pg';
import { unlessMadeMeanwhile } from './maintenance.ts';
import { databaseRoles } from './tenancy.ts';

/**
 * Makes the three roles, which all databases of a server share, and lets the owner of this database make tables here.
 * The client's user is a superuser, or owns the database and has CREATEROLE and BYPASSRLS; it becomes a member of each.
 */
export async function ensureRoles(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles where rolname = any($1)', [
    Object.values(databaseRoles),
  ]);
  const missing = Object.values(databaseRoles).filter(role => !rows.some(({ rolname }) => rolname === role));
  for (const role of missing) await client.query(`create role ${role} ${attributes[role]}`).catch(unlessMadeMeanwhile);
  for (const statement of await grants(client)) await client.query(statement);
}

const attributes = {
  // A migration that fills a new column must see the rows of all clinics, though their policies are forced.
  [databaseRoles.owner]: 'nologin bypassrls',
  [databaseRoles.app]: 'nologin',
  [databaseRoles.dispatch]: 'nologin',
};

async function grants(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ database: string; me: string; superuser: boolean }>(
    'select current_database() as database, current_user as me, rolsuper as superuser from pg_roles where rolname = current_user',
  );
  const { database, me, superuser } = rows[0]!;
  const [owner, app, dispatch] = [databaseRoles.owner, databaseRoles.app, databaseRoles.dispatch];
  return [
    ...(superuser ? [] : [`grant ${owner}, ${app}, ${dispatch} to ${client.escapeIdentifier(me)}`]),
    `grant create on database ${client.escapeIdentifier(database)} to ${owner}`,
    `grant usage, create on schema public to ${owner}`,
    `grant usage on schema public to ${app}, ${dispatch}`,
  ];
}
