import pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { Locale, Plugin, Role } from '../plugin.ts';

/** A clinic as an operator sets it up; its staff change the rest over GraphQL. */
export interface NewClinic {
  /** Short name for operators and commands, as `demo`. */
  slug: string;
  name: string;
  /** IANA name, as `Asia/Taipei`. */
  timeZone: string;
  locale: Locale;
  /** ISO 4217, as `TWD`. */
  currency: string;
  sender: { name: string; address: string };
  phone?: string;
}

export interface NewUser {
  /** Who it is for the issuer of tokens: the `sub` of its JWT. */
  subject: string;
  name: string;
  email?: string;
  locale: Locale;
  /** A `patient` role names the patient whose rows it opens. */
  roles: readonly { role: Role; patientId?: string }[];
}

/** Creates the clinic with all plugins enabled, or finds the one of that slug; answers its id. As the owner. */
export async function createClinic(url: string, clinic: NewClinic, plugins: readonly Plugin[]): Promise<string> {
  return asOwner(url, async client => {
    const { slug, name, timeZone, locale, currency, sender, phone } = clinic;
    await client.query(
      `insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address, phone)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (slug) do nothing`,
      [uuid(), slug, name, timeZone, locale, currency, sender.name, sender.address, phone ?? null],
    );
    const { rows } = await client.query<{ id: string }>('select id from clinic where slug = $1', [slug]);
    const id = rows[0]!.id;
    await client.query(
      `insert into clinic_plugin (clinic_id, plugin, enabled) select $1, unnest($2::text[]), true on conflict do nothing`,
      [id, plugins.map(plugin => plugin.name)],
    );
    return id;
  });
}

/** Creates the user, or finds the one of that subject, and gives it the roles in the clinic; answers its id. As the owner. */
export async function createUser(url: string, clinicId: string, user: NewUser): Promise<string> {
  return asOwner(url, async client => {
    await client.query(
      `insert into user_account (id, subject, name, email, locale) values ($1, $2, $3, $4, $5) on conflict (subject) do nothing`,
      [uuid(), user.subject, user.name, user.email ?? null, user.locale],
    );
    const { rows } = await client.query<{ id: string }>('select id from user_account where subject = $1', [
      user.subject,
    ]);
    const userId = rows[0]!.id;
    for (const { role, patientId } of user.roles) {
      await client.query(
        `insert into user_role (clinic_id, id, user_id, role, patient_id) values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [clinicId, uuid(), userId, role, patientId ?? null],
      );
    }
    return userId;
  });
}

/** The clinic with this slug, or undefined. As the owner. */
export async function findClinic(url: string, slug: string): Promise<string | undefined> {
  return asOwner(url, async client => {
    const { rows } = await client.query<{ id: string }>('select id from clinic where slug = $1', [slug]);
    return rows[0]?.id;
  });
}

/** One transaction of the database's owner, who must be able to pass row-level security (a superuser, or BYPASSRLS). */
async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, statement_timeout: 30_000 });
  await client.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}
