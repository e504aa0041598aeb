import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Plugin } from 'clinic-rapport';
import { migrate } from '../../api/database/migrate.ts';

export const clinics = 10;
const practitioners = 200;
const patients = 100_000;
const appointments = 500_000;
const visits = 1_000_000;

/** All instants of the data lie around this one, so that data kept from an earlier day gives the same answers. */
export const today = new Date('2026-06-01T01:00:00Z');

const kinds = { clinic: 0, user: 1, practitioner: 2, patient: 3, appointment: 4, visit: 5 } as const;

/** The id of the n-th row of a table; ordered in time as those that the app makes. */
const id = (kind: keyof typeof kinds, n: string): string =>
  `('01900000-000${kinds[kind]}-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

export const idOf = (kind: keyof typeof kinds, n: number): string =>
  `01900000-000${kinds[kind]}-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const subjectOf = (clinic: number): string => `bench|${clinic}`;

const clinicOf = (n: string): string => id('clinic', `1 + ${n} % ${clinics}`);
const now = `timestamptz '${today.toISOString()}'`;

const statements = [
  `select setseed(0.42)`,
  `insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address)
   select ${id('clinic', 'i')}, 'bench-' || i, 'Clinic ' || i, 'Asia/Taipei', 'zh-Hant', 'TWD', 'Clinic', 'clinic@bench.example'
   from generate_series(1, ${clinics}) i`,
  `insert into user_account (id, subject, name, locale)
   select ${id('user', 'i')}, 'bench|' || i, 'Owner', 'en' from generate_series(1, ${clinics}) i`,
  `insert into user_role (clinic_id, id, user_id, role)
   select ${id('clinic', 'i')}, ${id('user', 'i')}, ${id('user', 'i')}, 'owner' from generate_series(1, ${clinics}) i`,
  `insert into practitioner (clinic_id, id, name, title)
   select ${clinicOf('i')}, ${id('practitioner', 'i')}, (array['陳','林','黃','Novak','Weiss'])[1 + i % 5] || i, 'Dr.'
   from generate_series(1, ${practitioners}) i`,
  `insert into patient (clinic_id, id, name, other_name, birth_date, sex, language, created_at, updated_at)
   select ${clinicOf('i')}, ${id('patient', 'i')},
     (array['陳','林','黃','張','李','王','吳','刘','周','Novak ','Weiss ','García '])[1 + i * 7 % 12]
       || (array['美','志','淑','家','雅','建','怡','宗','Anna','José'])[1 + i * 11 % 10]
       || (array['玲','明','惠','豪','雯','宏','君','翰','文','傑'])[1 + i / 13 % 10] || i * 17 % 20000,
     case when i % 3 = 0 then 'Patient ' || i end, date '1930-01-01' + (random() * 33000)::int,
     (array['FEMALE','MALE'])[1 + i % 2], (array['zh-Hant','zh-Hans','en'])[1 + i % 3],
     date_trunc('milliseconds', ${now} - random() * interval '3000 days'), ${now}
   from generate_series(1, ${patients}) i`,
  `insert into appointment (clinic_id, id, patient_id, practitioner_id, day, starts_at, ends_at, booked_at, lead_days, status)
   select ${clinicOf('p')}, ${id('appointment', 'i')}, ${id('patient', 'p')},
     ${id('practitioner', `1 + (p - 1 + i * 7 * ${clinics}) % ${practitioners}`)}, (s at time zone 'Asia/Taipei')::date, s,
     s + interval '30 minutes', s - interval '9 days', 9, case when s < ${now} then 'FULFILLED' else 'BOOKED' end
   from (select i, 1 + (random() * ${patients - 1})::int as p,
     date_trunc('milliseconds', ${now} - interval '700 days' + random() * interval '800 days') as s
     from generate_series(1, ${appointments}) i) x`,
  `insert into visit (clinic_id, id, patient_id, practitioner_id, status, started_at, completed_at, amount, currency)
   select ${clinicOf('p')}, ${id('visit', 'i')}, ${id('patient', 'p')},
     ${id('practitioner', `1 + (p - 1 + i * 3 * ${clinics}) % ${practitioners}`)}, 'COMPLETED', s, s + interval '20 minutes',
     (random() * 20000)::int, 'TWD'
   from (select i, 1 + (random() * ${patients - 1})::int as p,
     date_trunc('milliseconds', ${now} - power(random(), 1.3) * interval '1500 days') as s
     from generate_series(1, ${visits}) i) x`,
];

/** The database with the data, made the first time and whenever the tables or the data are other ones; answers its URL. */
export async function datasetOf(
  url: string,
  plugins: readonly Plugin[],
  onProgress: (step: string) => void,
): Promise<string> {
  const name = `bench_${await digestOf(plugins)}`;
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  try {
    const { rows } = await server.query<{ datname: string }>(
      `select datname from pg_database where datname like 'bench\\_%'`,
    );
    if (rows.some(({ datname }) => datname === name)) return within(url, name);
    for (const { datname } of rows) await server.query(`drop database ${datname} with (force)`);
    await server.query('create database bench_unfinished');
    await fill(within(url, 'bench_unfinished'), plugins, onProgress);
    // The name says that it is whole: what is broken off stays unfinished, and is made again.
    await server.query(`alter database bench_unfinished rename to ${name}`);
    return within(url, name);
  } finally {
    await server.end();
  }
}

async function fill(url: string, plugins: readonly Plugin[], onProgress: (step: string) => void): Promise<void> {
  await migrate({ url, plugins });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Neither foreign keys nor the trigger against double booking are asked: the data is what we want to read.
    await client.query(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '256MB'`,
    );
    for (const statement of statements) {
      onProgress(statement.split('(')[0]!.trim());
      await client.query(statement);
    }
    onProgress('vacuum analyze');
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

const within = (url: string, database: string): string =>
  Object.assign(new URL(url), { pathname: `/${database}` }).href;

async function digestOf(plugins: readonly Plugin[]): Promise<string> {
  const digest = createHash('sha256').update(statements.join());
  const folder = new URL('../../migrations/', import.meta.url);
  for (const file of (await readdir(folder)).sort()) digest.update(await readFile(new URL(file, folder)));
  digest.update(plugins.flatMap(({ name, migrations = [] }) => migrations.map(each => `${name}/${each.name}`)).join());
  return digest.digest('hex').slice(0, 12);
}
