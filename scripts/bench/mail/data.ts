import pg from 'pg';
import type { Plugin } from 'clinic-rapport';
import { ensureDatabase } from '../../../api/database/maintenance.ts';
import { migrate } from '../../../api/database/migrate.ts';

export const databaseName = 'bench_mail';
/** Of the owner of the clinic. */
export const subject = 'bench|mail';

/** One that needs no consent, and one that passes the whole gate. */
export const mails = { reminder: 'recall.reminder', offer: 'bench.offer' } as const;
export type MailKind = keyof typeof mails;

const clinicId = '01900000-0000-7000-8000-000000000001';
const id = (kind: number, n: string): string =>
  `('01900000-000${kind}-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

const people = (count: number): string[] => [
  `insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address)
   values ('${clinicId}', 'mail', '和平診所', 'Asia/Taipei', 'zh-Hant', 'TWD', '和平診所', 'hello@clinic.example')`,
  `insert into clinic_plugin (clinic_id, plugin, enabled)
   select '${clinicId}', unnest(array['recall', 'bench']), true`,
  `insert into user_account (id, subject, name, locale) values ('${clinicId}', '${subject}', 'Owner', 'en')`,
  `insert into user_role (clinic_id, id, user_id, role) values ('${clinicId}', '${clinicId}', '${clinicId}', 'owner')`,
  `insert into practitioner (clinic_id, id, name, title)
   select '${clinicId}', ${id(2, 'i')}, '林怡君' || i, '醫師' from generate_series(1, 20) i`,
  `insert into patient (clinic_id, id, name, language)
   select '${clinicId}', ${id(3, 'i')}, '王小明' || i, 'zh-Hant' from generate_series(1, ${count}) i`,
  `insert into contact_point (clinic_id, id, patient_id, system, value, verified_at)
   select '${clinicId}', ${id(6, 'i')}, ${id(3, 'i')}, 'EMAIL', 'patient' || i || '@mail.example', now() from generate_series(1, ${count}) i`,
  `insert into consent (clinic_id, id, patient_id, purpose, channel, decision, source, evidence, actor_kind, actor_id, recorded_at)
   select '${clinicId}', ${id(8, 'i')}, ${id(3, 'i')}, 'MARKETING', 'EMAIL', 'GIVEN', 'IMPORT', 'Of the bench', 'system', 'bench', now()
   from generate_series(1, ${count}) i`,
  `insert into appointment (clinic_id, id, patient_id, practitioner_id, day, starts_at, ends_at, booked_at, lead_days, status)
   select '${clinicId}', ${id(4, 'i')}, ${id(3, 'i')}, ${id(2, '1 + i % 20')}, (s at time zone 'Asia/Taipei')::date, s,
     s + interval '30 minutes', now(), 30, 'BOOKED'
   from generate_series(1, ${count}) i, lateral (select date_trunc('hour', now()) + interval '30 days' + i / 20 * interval '1 hour' as s) t`,
  `insert into recall_reminder (clinic_id, id, appointment_id, patient_id, version, time_before, channel, starts_at, due_at)
   select clinic_id, ${id(7, "('x' || right(id::text, 12))::bit(48)::bigint")}, id, patient_id, 1, 'P30D', 'EMAIL', starts_at, date_trunc('second', now())
   from appointment`,
  `vacuum analyze`,
];

/** A database of its own with as many reminders as are to be sent; answers its URL. */
export async function mailDatabase(server: string, plugins: readonly Plugin[], count: number): Promise<string> {
  const url = new URL(server);
  url.pathname = `/${databaseName}`;
  const admin = new pg.Client(server);
  await admin.connect();
  await admin.query(`drop database if exists ${databaseName} with (force)`);
  await admin.end();
  await ensureDatabase(url.href);
  await migrate({ url: url.href, plugins });
  await each(url.href, people(count));
  return url.href;
}

/** As many deliveries as there are reminders, due a day ago at the latest, and nothing of an earlier round. */
export const queueAll = (url: string, kind: MailKind): Promise<void> =>
  each(url, [
    'truncate delivery, disturbance, suppression, unsubscribe',
    `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, key, patient_id, data, priority, message_id, due_at, created_at)
     select clinic_id, gen_random_uuid(), '${mails[kind]}',
       ${kind === 'offer' ? `'bench', 'marketing', 'marketing'` : `'recall', 'transactional', 'reminder'`}, id::text, patient_id,
       jsonb_build_object('reminderId', id), ${kind === 'offer' ? '0' : 'null'}, '<' || id || '@clinic.example>',
       now() - interval '1 day', now() - interval '1 day'
     from recall_reminder`,
    'vacuum analyze delivery',
  ]);

/** Those whom a mutation changes. */
export async function somePatients(url: string): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id from patient order by id limit 500');
  await client.end();
  return rows.map(row => row.id);
}

async function each(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
