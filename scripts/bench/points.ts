import { deepStrictEqual } from 'node:assert/strict';
import pg from 'pg';
import type { Plugin } from 'clinic-rapport';
import { ensureDatabase } from '../../api/database/maintenance.ts';
import { migrate } from '../../api/database/migrate.ts';
import { startChild, type Child } from './child.ts';
import { idOf, subjectOf } from './dataset.ts';
import { loadOf } from './load.ts';
import { pointsOperations, type PointsOperationName } from './points-operations.ts';
import { median } from './ratios.ts';
import type { Report } from './report.ts';

export interface PointsOptions {
  cluster: string;
  plugins: readonly Plugin[];
  rounds: number;
  seconds: number;
  connections: number;
  onProgress(step: string): void;
}

const patients = 10_000;
const entriesOfEach = 100;
const questions = 200;

/** What a patient's points cost to read, by hand-written SQL without credentials and row-level security, side by side. */
export async function benchPoints(options: PointsOptions): Promise<NonNullable<Report['points']>> {
  const { cluster, plugins, onProgress } = options;
  const databaseUrl = Object.assign(new URL(cluster), { pathname: '/points' }).href;
  await fill(databaseUrl, plugins, onProgress);
  const rapport = await startChild('rapport', { file: 'server.js', databaseUrl });
  const limit = await startChild('limit', { file: 'limit.js', databaseUrl });
  try {
    return {
      balance: await measure('balance', rapport, limit, options),
      statement: await measure('statement', rapport, limit, options),
    };
  } finally {
    await Promise.all([rapport.stop(), limit.stop()]);
  }
}

async function measure(
  name: PointsOperationName,
  rapport: Child,
  limit: Child,
  { rounds, seconds, connections, onProgress }: PointsOptions,
): Promise<{ vsLimit: number; cpuVsLimit?: number }> {
  const ids = Array.from({ length: questions }, (_, at) => idOf('patient', 1 + ((at * 7_919) % patients)));
  const json = { 'content-type': 'application/json' };
  const headers = { ...json, authorization: `Bearer ${rapport.tokens[0]}` };
  const { document: query } = pointsOperations[name];
  const ours = ids.map(id => ({ headers, body: JSON.stringify({ query, variables: { id } }) }));
  const values = (id: string): string[] => [idOf('clinic', 1), id];
  const theirs = ids.map(id => ({ headers: json, body: JSON.stringify({ operation: name, values: values(id) }) }));
  for (const at of [0, 1, 2]) deepStrictEqual(await ask(rapport, ours[at]!), await ask(limit, theirs[at]!));
  const load = { seconds, connections };
  await loadOf(rapport, ours, { ...load, seconds: 1 });
  await loadOf(limit, theirs, { ...load, seconds: 1 });
  const rates: number[] = [];
  const cpus: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    onProgress(`Points, ${name}, round ${round} of ${rounds}`);
    const [own, least] = [await loadOf(rapport, ours, load), await loadOf(limit, theirs, load)];
    rates.push(own.rate / least.rate);
    if (own.cpu !== undefined && least.cpu) cpus.push(own.cpu / least.cpu);
  }
  return { vsLimit: median(rates), ...(cpus.length > 0 && { cpuVsLimit: median(cpus) }) };
}

/** Instants are compared as such: PostgreSQL writes them in another way. */
async function ask({ port }: Child, request: { headers: Record<string, string>; body: string }): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', ...request });
  const revive = (key: string, value: unknown): unknown => (key === 'recordedAt' ? Date.parse(String(value)) : value);
  const { data } = JSON.parse(await response.text(), revive) as { data: unknown };
  return data;
}

const patientId = `('01900000-0003-7000-8000-' || lpad(to_hex(p), 12, '0'))::uuid`;
const lotId = `('01900000-0006-7000-8000-' || lpad(to_hex(p), 12, '0'))::uuid`;
const entryId = `('01900000-0007-7000-8000-' || lpad(to_hex(p * ${entriesOfEach} + s), 12, '0'))::uuid`;

const statements = [
  `insert into patient (clinic_id, id, name, language) select $1, ${patientId}, '王' || p, 'zh-Hant' from generate_series(1, ${patients}) p`,
  `insert into membership_balance (clinic_id, id, patient_id, available, sequence)
   select $1, ${patientId}, ${patientId}, ${entriesOfEach}, ${entriesOfEach} from generate_series(1, ${patients}) p`,
  `insert into membership_lot (clinic_id, id, patient_id, key, points, available)
   select $1, ${lotId}, ${patientId}, 'bench:' || p, ${entriesOfEach}, ${entriesOfEach} from generate_series(1, ${patients}) p`,
  `insert into membership_ledger_entry (clinic_id, id, patient_id, sequence, posting_id, lot_id, kind, from_account, to_account,
     points, available_after, pending_after, reason, recorded_at, recorded_by)
   select $1, ${entryId}, ${patientId}, s, ${entryId}, ${lotId}, 'EARN', 'ISSUED', 'AVAILABLE', 1, s, 0, 'bench.earned',
     timestamptz '2026-01-01' + s * interval '1 day', 'system bench'
   from generate_series(1, ${entriesOfEach}) s, generate_series(1, ${patients}) p`,
];

/** Once. Entries of one patient lie apart, as they were made on different days. */
async function fill(url: string, plugins: readonly Plugin[], onProgress: (step: string) => void): Promise<void> {
  await ensureDatabase(url);
  await migrate({ url, plugins });
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>('select count(*) from membership_ledger_entry');
    if (Number(rows[0]!.count) === patients * entriesOfEach) return;
    onProgress(`Writing ${patients * entriesOfEach} ledger entries`);
    const [clinicId, userId] = [idOf('clinic', 1), idOf('user', 1)];
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    await client.query(
      `insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address)
       values ($1, 'points', 'Clinic', 'Asia/Taipei', 'zh-Hant', 'TWD', 'Clinic', 'clinic@bench.example')`,
      [clinicId],
    );
    await client.query(`insert into clinic_plugin (clinic_id, plugin, enabled) values ($1, 'membership', true)`, [
      clinicId,
    ]);
    await client.query(`insert into user_account (id, subject, name, locale) values ($1, $2, 'Owner', 'en')`, [
      userId,
      subjectOf(1),
    ]);
    await client.query(`insert into user_role (clinic_id, id, user_id, role) values ($1, $2, $2, 'owner')`, [
      clinicId,
      userId,
    ]);
    for (const statement of statements) await client.query(statement, [clinicId]);
    await client.query('commit');
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
