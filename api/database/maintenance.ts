import pg from 'pg';

/** One connection of the owner's for a few statements, outside a transaction. */
export async function asMaintainer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'rapport maintenance',
  });
  // A connection that breaks fails the statement that runs; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server's database of this name. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Makes the database that the URL names, if it is missing. */
export async function ensureDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asMaintainer(databaseUrl(url, 'postgres'), async client => {
    const { rows } = await client.query('select from pg_database where datname = $1', [name]);
    if (rows.length === 0)
      await client.query(`create database ${client.escapeIdentifier(name)}`).catch(unlessMadeMeanwhile);
  });
}

/** Ends quietly if another process made the same thing at the same time. */
export function unlessMadeMeanwhile(error: unknown): void {
  const code = (error as { code?: string }).code;
  if (code !== '42P04' && code !== '42710' && code !== '23505') throw error;
}
