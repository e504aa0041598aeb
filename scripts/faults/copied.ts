import path from 'node:path';
import pg from 'pg';
import type { Cluster } from './cluster.ts';

/** All rows of a database at one moment, as files, and how many each table had. */
export interface Backup {
  readonly tables: ReadonlyMap<string, { columns: string; rows: number; file: string }>;
  /** Where the data says that it was made; goes with every dump. */
  readonly place: string;
}

const listed = `select c.relname as name, obj_description(c.oid) as comment,
    string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by c.oid, c.relname`;

/** What `pg_dump` does, which is not among the binaries of the package: in one snapshot, while others write. */
export async function backUp({ url, dataDir }: Cluster): Promise<Backup> {
  return within(url, async client => {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{ name: string; comment: string | null; columns: string }>(listed);
    const tables = new Map<string, { columns: string; rows: number; file: string }>();
    for (const { name, columns } of rows) {
      const file = path.join(dataDir, `${name}.copy`);
      const { rowCount } = await client.query(`copy ${name} (${columns}) to '${file}'`);
      tables.set(name, { columns, rows: rowCount ?? 0, file });
    }
    await client.query('commit');
    return { tables, place: rows.find(({ name }) => name === 'rapport_migration')!.comment! };
  });
}

/** Into a database that has the same tables, with nothing in them afterwards but what was in the backup. */
export async function restore({ url }: Cluster, { tables, place }: Backup): Promise<void> {
  await within(url, async client => {
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    await client.query(`truncate ${[...tables.keys()].join()}`);
    for (const [name, { columns, file }] of tables) await client.query(`copy ${name} (${columns}) from '${file}'`);
    const { rows } = await client.query<{ sequence: string; table: string; column: string }>(
      `select pg_get_serial_sequence(quote_ident(table_name), column_name) as sequence, table_name as table, column_name as column
       from information_schema.columns where table_schema = 'public' and is_identity = 'YES'`,
    );
    for (const { sequence, table, column } of rows)
      await client.query(`select setval('${sequence}', (select coalesce(max(${column}), 0) + 1 from ${table}))`);
    await client.query(`comment on table rapport_migration is ${client.escapeLiteral(place)}`);
    await client.query('commit');
  });
}

async function within<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
