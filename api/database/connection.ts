import type pg from 'pg';
import { databaseRoles } from './tenancy.ts';

/** Milliseconds before a statement is given up, and before a transaction in which nothing happens is ended. */
export const timeLimits = { connect: 10_000, statement: 8_000, idleInTransaction: 15_000, lockOfMigration: 2_000 };

/**
 * How every connection is made: as the role from its first statement on, in UTC, with time limits. For pools, and for
 * clients that pipeline or listen. The user of the URL must be a member of the role; `migrate` sees to that.
 */
export function connectionConfig(url: string, role: keyof typeof databaseRoles): pg.ClientConfig {
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.delete('options');
  return {
    connectionString: parsed.href,
    // Of two options PostgreSQL takes the later one: so none in the URL undoes the role.
    options: [...(given ? [given] : []), ...optionsOf(role)].join(' '),
    connectionTimeoutMillis: timeLimits.connect,
    keepAlive: true,
    application_name: `rapport ${role}`,
  };
}

function optionsOf(role: keyof typeof databaseRoles): string[] {
  const settings = {
    role: databaseRoles[role],
    timezone: 'UTC',
    // Pages are in memory or on an SSD. By its default, for disks that spin, PostgreSQL reads a table of 200 rows from end to
    // end for each row that points into it: 2.2 ms against 1.3 ms for a page of patients with visits and practitioners.
    random_page_cost: 1.1,
    ...(role === 'owner'
      ? { lock_timeout: timeLimits.lockOfMigration }
      : { statement_timeout: timeLimits.statement, idle_in_transaction_session_timeout: timeLimits.idleInTransaction }),
  };
  return Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
}

/** Whether nobody listens, the connection broke, or the server said that it shuts down or starts up. */
export const isConnectionLost = (error: unknown): boolean =>
  /ECONNREFUSED|ECONNRESET|EPIPE|57P0|Connection terminated/.test(
    `${(error as { code?: string }).code} ${String(error)}`,
  );
