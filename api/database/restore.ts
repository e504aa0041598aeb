import type pg from 'pg';
import { asMaintainer } from './maintenance.ts';
import { markPlace } from './provenance.ts';

/** What became of the work that a restored database still held. */
export interface Restored {
  /** Deliveries that were due: the database that was lost may have sent them. */
  readonly uncertain: number;
  /** Events and jobs that were begun there, and are begun again. */
  readonly begun: number;
}

/**
 * Makes a database that was restored fit for this server: what was due is not sent again, and cursors of before answer
 * RESYNC. Any number of times. Throws while a process of ours is at work on it.
 */
export const settleRestored = (url: string): Promise<Restored> =>
  asMaintainer(url, async client => {
    await refuseBusy(client);
    await client.query('begin');
    const done = { uncertain: await doubt(client), begun: await release(client) };
    await turnBackTransactions(client);
    await markPlace(client, true);
    await client.query('commit');
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    await client.query(
      `alter database ${client.escapeIdentifier(rows[0]!.name)} set rapport.restored = '${Date.now().toString(36)}'`,
    );
    return done;
  });

async function refuseBusy(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_stat_activity where datname = current_database() and application_name ~ '^rapport (app|dispatch)'`,
  );
  if (rowCount) throw new Error('A process is still at work on this database: end `serve` and `work` first.');
}

async function doubt(client: pg.Client): Promise<number> {
  const { rowCount } = await client.query(
    `update delivery set state = 'uncertain', reason = 'RESTORED', claimed_by = null, lease_until = null
     where state in ('claimed', 'sending') or state = 'queued' and due_at <= now()`,
  );
  return rowCount ?? 0;
}

async function release(client: pg.Client): Promise<number> {
  let count = 0;
  for (const table of ['event_handling', 'job']) {
    const { rowCount } = await client.query(
      `update ${table} set state = 'waiting', claimed_by = null, lease_until = null where state = 'running'`,
    );
    count += rowCount ?? 0;
  }
  return count;
}

/** Numbers of transactions of another server may be ahead of this one's: such events would come to subscribers much later. */
async function turnBackTransactions(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public' and udt_name = 'xid8'`,
  );
  for (const { table, column } of rows) {
    const [name, field] = [client.escapeIdentifier(table), client.escapeIdentifier(column)];
    await client.query(`update ${name} set ${field} = '3' where ${field} <> '3'`);
  }
}
