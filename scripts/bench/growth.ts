import pg from 'pg';
import type { Plugin } from 'clinic-rapport';
import { ensureDatabase } from '../../api/database/maintenance.ts';
import { migrate } from '../../api/database/migrate.ts';
import { startChild } from './child.ts';
import { idOf, subjectOf } from './dataset.ts';
import { loadOf } from './load.ts';
import { median } from './ratios.ts';

export interface GrowthOptions {
  cluster: string;
  plugins: readonly Plugin[];
  rounds: number;
  seconds: number;
  onProgress(step: string): void;
}

const few = 10_000;
const many = 1_000_000;

/** The time that a page of 50 takes in a clinic of a million patients, by that in one of ten thousand. */
export async function benchGrowth({ cluster, plugins, rounds, seconds, onProgress }: GrowthOptions): Promise<number> {
  const databaseUrl = Object.assign(new URL(cluster), { pathname: '/growth' }).href;
  await fill(databaseUrl, plugins, onProgress);
  const server = await startChild('rapport', { file: 'server.js', databaseUrl });
  const body = JSON.stringify({
    query: '{ patients(first: 50) { nodes { id name birthDate } pageInfo { endCursor } } }',
  });
  const load = (clinic: number, duration: number) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.tokens[clinic - 1]}` };
    return loadOf(server, [{ headers, body }], { seconds: duration, connections: 16 });
  };
  try {
    for (const clinic of [1, 2]) await load(clinic, 1);
    const ratios: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      onProgress(`Growth, round ${round} of ${rounds}`);
      const small = await load(1, seconds);
      ratios.push(small.rate / (await load(2, seconds)).rate);
    }
    return median(ratios);
  } finally {
    await server.stop();
  }
}

const patientsOf = (clinic: number, count: number, first: number): string =>
  `insert into patient (clinic_id, id, name, birth_date, language)
   select '${idOf('clinic', clinic)}', ('01900000-0003-7000-8000-' || lpad(to_hex(${first} + i), 12, '0'))::uuid,
     (array['陳','林','黃','張','李','王','吳','刘','周','Novak ','Weiss ','García '])[1 + i * 7 % 12]
       || (array['美','志','淑','家','雅','建'])[1 + i * 11 % 6] || i, date '1930-01-01' + i % 33000, 'zh-Hant'
   from generate_series(1, ${count}) i`;

/** Once: a million rows take a minute. */
async function fill(url: string, plugins: readonly Plugin[], onProgress: (step: string) => void): Promise<void> {
  await ensureDatabase(url);
  await migrate({ url, plugins });
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>('select count(*) from patient');
    if (Number(rows[0]!.count) === few + many) return;
    onProgress(`Writing ${few + many} patients`);
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    await client.query('truncate patient, clinic, user_account, user_role cascade');
    for (const clinic of [1, 2]) {
      const [clinicId, userId] = [idOf('clinic', clinic), idOf('user', clinic)];
      await client.query(
        `insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address)
         values ($1, $2, 'Clinic', 'Asia/Taipei', 'zh-Hant', 'TWD', 'Clinic', 'clinic@bench.example')`,
        [clinicId, `growth-${clinic}`],
      );
      await client.query(`insert into user_account (id, subject, name, locale) values ($1, $2, 'Owner', 'en')`, [
        userId,
        subjectOf(clinic),
      ]);
      await client.query(`insert into user_role (clinic_id, id, user_id, role) values ($1, $2, $2, 'owner')`, [
        clinicId,
        userId,
      ]);
    }
    await client.query(patientsOf(1, few, 0));
    await client.query(patientsOf(2, many, few));
    await client.query('commit');
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
