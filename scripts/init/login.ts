import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { asMaintainer } from '../../api/database/maintenance.ts';
import { databaseRoles } from '../../api/database/tenancy.ts';

/**
 * Makes the login of `serve` and `work`, which is a member of `rapport_app` and `rapport_dispatch` and may nothing else.
 * Answers the URL to use, with the password; undefined where the login was there already and keeps its own.
 */
export async function ensureLogin(url: string, login: string, newPassword: boolean): Promise<string | undefined> {
  return asMaintainer(url, async client => {
    const { rows } = await client.query<{ wide: boolean }>(
      `select rolsuper or rolbypassrls or rolcreaterole or pg_has_role(oid, $2, 'member') as wide from pg_roles where rolname = $1`,
      [login, databaseRoles.owner],
    );
    if (rows[0]?.wide) throw new Error(`The login '${login}' may pass row-level security: name another by --login.`);
    const name = client.escapeIdentifier(login);
    const password = randomBytes(24).toString('base64url');
    const isNew = rows.length === 0;
    if (isNew || newPassword) {
      const verifier = client.escapeLiteral(scramVerifier(password));
      await client
        .query(`${isNew ? 'create' : 'alter'} role ${name} login password ${verifier}`)
        .catch((cause: unknown) => refuse(cause, login));
    }
    await client.query(`grant ${databaseRoles.app}, ${databaseRoles.dispatch} to ${name}`);
    return isNew || newPassword ? urlOf(url, login, password) : undefined;
  });
}

function refuse(cause: unknown, login: string): never {
  if ((cause as { code?: string }).code !== '42501') throw cause;
  throw new Error(
    `The user of DATABASE_URL may not make the login '${login}'. Let someone who may run:\n` +
      `  create role ${login} login password '…';\n` +
      `  grant ${databaseRoles.app}, ${databaseRoles.dispatch} to ${login};`,
    { cause },
  );
}

function urlOf(url: string, login: string, password: string): string {
  const other = new URL(url);
  other.username = login;
  other.password = password;
  return other.href;
}

/** RFC 5803, as PostgreSQL keeps it: the password itself is neither sent nor found in the server's log of statements. */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}
