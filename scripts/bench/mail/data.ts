import pg from 'pg';
import type { Plugin } from 'clinic-rapport';
import { ensureDatabase } from '../../../api/database/maintenance.ts';
import { migrate } from '../../../api/database/migrate.ts';

const clinicId = '01900000-0000-7000-8000-000000000001';
const id = (kind: number, n: string): string =>
  `('01900000-000${kind}-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

const people = (count: number): string[] => [
  `insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address)
   values ('${clinicId}', 'mail', '和平診所', 'Asia/Taipei', 'zh-Hant', 'TWD', '和平診所', 'hello@clinic.example')`,
  `insert into clinic_plugin (clinic_id, plugin, enabled) values ('${clinicId}', 'recall', true)`,
  `insert into practitioner (clinic_id, id, name, title)
   select '${clinicId}', ${id(2, 'i')}, '林怡君' || i, '醫師' from generate_series(1, 20) i`,
  `insert into patient (clinic_id, id, name, language)
   select '${clinicId}', ${id(3, 'i')}, '王小明' || i, 'zh-Hant' from generate_series(1, ${count}) i`,
  `insert into contact_point (clinic_id, id, patient_id, system, value, verified_at)
   select '${clinicId}', ${id(6, 'i')}, ${id(3, 'i')}, 'EMAIL', 'patient' || i || '@mail.example', now() from generate_series(1, ${count}) i`,
  `insert into appointment (clinic_id, id, patient_id, practitioner_id, day, starts_at, ends_at, booked_at, lead_days, status)
   select '${clinicId}', ${id(4, 'i')}, ${id(3, 'i')}, ${id(2, '1 + i % 20')}, (s at time zone 'Asia/Taipei')::date, s,
     s + interval '30 minutes', now(), 30, 'BOOKED'
   from generate_series(1, ${count}) i, lateral (select date_trunc('hour', now()) + interval '30 days' + i / 20 * interval '1 hour' as s) t`,
  `insert into recall_reminder (clinic_id, id, appointment_id, patient_id, version, time_before, channel, starts_at, due_at)
   select clinic_id, ${id(7, "('x' || right(id::text, 12))::bit(48)::bigint")}, id, patient_id, 1, 'P30D', 'EMAIL', starts_at, date_trunc('second', now())
   from appointment`,
  `analyze`,
];

/** A database of its own with as many reminders as are to be sent; answers its URL. */
export async function mailDatabase(server: string, plugins: readonly Plugin[], count: number): Promise<string> {
  const url = new URL(server);
  url.pathname = '/bench_mail';
  const admin = new pg.Client(server);
  await admin.connect();
  await admin.query('drop database if exists bench_mail with (force)');
  await admin.end();
  await ensureDatabase(url.href);
  await migrate({ url: url.href, plugins });
  await each(url.href, people(count));
  return url.href;
}

/** As many deliveries as there are reminders, all due now, and nothing of an earlier round. */
export const queueAll = (url: string): Promise<void> =>
  each(url, [
    'truncate delivery, suppression, unsubscribe',
    `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, key, patient_id, data, message_id, due_at, created_at)
     select clinic_id, gen_random_uuid(), 'recall.reminder', 'recall', 'transactional', 'reminder', id::text, patient_id,
       jsonb_build_object('reminderId', id), '<' || id || '@clinic.example>', now(), now() from recall_reminder`,
    'analyze delivery',
  ]);

/** Those whom a mutation changes. */
export async function somePatients(url: string): Promise<{ clinicId: string; patientIds: string[] }> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id from patient order by id limit 500');
  await client.end();
  return { clinicId, patientIds: rows.map(row => row.id) };
}

async function each(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
