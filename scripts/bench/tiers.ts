import { deepStrictEqual } from 'node:assert/strict';
import pg from 'pg';
import { createClinic } from '../../api/database/clinic.ts';
import { ensureDatabase } from '../../api/database/maintenance.ts';
import { migrate } from '../../api/database/migrate.ts';
import { systemActor } from '../../api/platform.ts';
import { createApp, type App } from '../../api/app.ts';
import type { Plugin } from '../../api/plugin.ts';
import { median } from './ratios.ts';
import type { Report } from './report.ts';

export interface TiersOptions {
  cluster: string;
  plugins: readonly Plugin[];
  rounds: number;
  onProgress(step: string): void;
}

const patients = 100_000;
const visitsOfEach = 4;

/**
 * The nightly sweep over members of whom a tenth has earned another tier since, against one hand-written statement that does
 * the same to the same rows; and how long it takes to try a programme out over all of them.
 */
export async function benchTiers(options: TiersOptions): Promise<NonNullable<Report['tiers']>> {
  const { cluster, plugins, rounds, onProgress } = options;
  const url = Object.assign(new URL(cluster), { pathname: '/tiers' }).href;
  await ensureDatabase(url);
  await migrate({ url, plugins });
  const client = new pg.Client(url);
  await client.connect();
  const app = await createApp({
    ...{ plugins, database: { url }, publicUrl: 'http://localhost', pointsPerMinute: 1_000_000_000 },
    ...{ mail: { smtpUrl: 'smtp://127.0.0.1:25' }, secret: 'signs links that nobody will ever open', logLevel: 'warn' },
  });
  try {
    const clinicId = await fill(app, url, client, options);
    const measured: { sweep: number; statement: number; simulation: number }[] = [];
    for (let round = 1; round <= rounds; round++) {
      onProgress(`Tiers, round ${round} of ${rounds}`);
      await reset(client, clinicId);
      const sweep = await timed(() => sweepAll(app, client, clinicId));
      const swept = await outcome(client);
      await reset(client, clinicId);
      const statement = await timed(() => client.query(handWritten, [clinicId, handlersOf(plugins)]));
      // Nothing is compared that is not equal.
      deepStrictEqual(await outcome(client), swept);
      measured.push({ sweep, statement, simulation: await timed(() => simulate(app, clinicId)) });
    }
    return {
      vsStatement: median(measured.map(({ sweep, statement }) => sweep / statement)),
      simulationSeconds: median(measured.map(({ simulation }) => simulation)) / 1_000,
    };
  } finally {
    await app.stop();
    await client.end();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Every run of it, each in a transaction of its own, as a worker runs them one after the other. */
async function sweepAll(app: App, client: pg.Client, clinicId: string): Promise<void> {
  const sweep = app.plugins.flatMap(({ jobs = [] }) => jobs).find(({ name }) => name === 'membership.sweep-tiers')!;
  const planned = `delete from job where clinic_id = $1 and name = $2 returning data`;
  await client.query(planned, [clinicId, sweep.name]);
  for (let data: unknown = {}; data;) {
    const context = await app.platform.contextFor({ clinicId, actor: systemActor('job', sweep.name) });
    await context.transaction(() => sweep.run(data, context));
    data = (await client.query<{ data: unknown }>(planned, [clinicId, sweep.name])).rows[0]?.data;
  }
}

const programme = {
  name: words('Members'),
  ...{ graceDays: 30, descent: 'STEP', needsVerifiedAddress: false },
  tiers: [
    { code: 'basic', name: words('Basic'), yearlyValue: 0 },
    {
      ...{ code: 'advanced', name: words('Advanced'), yearlyValue: 500 },
      rules: { any: [{ kind: 'SPEND', atLeast: 300_000, days: 365 }] },
    },
    {
      ...{ code: 'honour', name: words('Honour'), yearlyValue: 3_000 },
      rules: { any: [{ kind: 'SPEND', atLeast: 600_000, days: 365 }] },
    },
  ],
};

function words(en: string): object {
  return { zhHant: en, zhHans: en, en };
}

async function ask(app: App, clinicId: string, document: string): Promise<any> {
  const actor = systemActor('system', 'bench');
  const context = await app.platform.contextFor({ clinicId, actor });
  const { data, errors } = await app.execute({ document, variables: { input: { program: programme } }, context });
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return data;
}

const simulate = (app: App, clinicId: string): Promise<unknown> =>
  ask(
    app,
    clinicId,
    `query ($input: SimulateMembershipProgramInput!) { simulateMembershipProgram(input: $input) { members up down stay } }`,
  );

/** Of who went where; events and places in the history are counted, as their ids are by chance. */
async function outcome(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query(
    `select t.code, count(*)::integer as members, (select count(*)::integer from membership_tier_change where reason = 'REACHED') as changes,
       (select count(*)::integer from outbox where name = 'membership.tier-changed') as events
     from membership_member m join membership_tier t on t.clinic_id = m.clinic_id and t.id = m.tier_id group by t.code order by t.code`,
  );
  return rows;
}

/** What each has spent in the last 365 days of the clinic, in minor units. */
const earned = `select p.id, (select t.id from membership_tier t where t.clinic_id = p.clinic_id and t.rank = case
      when coalesce(spent.sum, 0) >= 600000 then 2 when coalesce(spent.sum, 0) >= 300000 then 1 else 0 end) as tier_id
    from patient p left join (select patient_id, sum(coalesce(amount, 0) - refunded_amount) from visit
      where clinic_id = $1 and status = 'COMPLETED'
        and started_at >= ((now() at time zone 'Asia/Taipei')::date - 364)::timestamp at time zone 'Asia/Taipei'
      group by patient_id) spent on spent.patient_id = p.id
    where p.clinic_id = $1 and p.erased_at is null and p.merged_into is null and p.deceased_on is null`;

/** As somebody would write it who knows that there are these three tiers and that nobody falls. */
const handWritten = `with earned as materialized (${earned}),
    moved as (update membership_member m set tier_id = e.tier_id, tier_since = now(), changes = m.changes + 1, grace_until = null
      from earned e, membership_member old where m.clinic_id = $1 and m.patient_id = e.id and m.tier_id <> e.tier_id
        and old.clinic_id = m.clinic_id and old.id = m.id
      returning m.patient_id, m.changes, old.tier_id as former, m.tier_id),
    written as (insert into membership_tier_change (clinic_id, id, patient_id, number, from_tier_id, to_tier_id, reason, changed_at)
      select $1, gen_random_uuid(), patient_id, changes, former, tier_id, 'REACHED', now() from moved),
    told as (insert into outbox (clinic_id, id, name, subject_type, subject_id, patient_id, payload, created_at)
      select $1, gen_random_uuid(), 'membership.tier-changed', 'member', patient_id, patient_id,
        jsonb_build_object('memberId', patient_id, 'patientId', patient_id, 'from', former, 'to', tier_id, 'reason', 'REACHED'), now()
      from moved returning id, subject_id)
  insert into event_handling (clinic_id, id, event_id, handler, subject_id, due_at)
  select $1, gen_random_uuid(), told.id, handler, told.subject_id, now() from told cross join unnest($2::text[]) handler`;

const handlersOf = (plugins: readonly Plugin[]): string[] =>
  plugins.flatMap(({ name, handlers = [] }) =>
    handlers
      .filter(({ events }) => events.some(event => event.name === 'membership.tier-changed'))
      .map(handler => `${name}.${handler.name}`),
  );

/** Everybody has the tier that was earned, but one in ten, who has the lowest. */
async function reset(client: pg.Client, clinicId: string): Promise<void> {
  await client.query('truncate membership_tier_change, event_handling, outbox, membership_member cascade');
  await client.query(
    `insert into membership_member (clinic_id, id, patient_id, tier_id, joined_at, tier_since)
     select $1, e.id, e.id, case when number % 10 = 0 then lowest.id else e.tier_id end, now(), now()
     from (select *, row_number() over (order by id) as number from (${earned}) e) e
       cross join (select id from membership_tier where clinic_id = $1 and rank = 0) lowest`,
    [clinicId],
  );
  await client.query('vacuum analyze membership_member, membership_tier_change, event_handling, outbox');
}

/** Once; answers the id of the clinic. */
async function fill(app: App, url: string, client: pg.Client, { plugins, onProgress }: TiersOptions): Promise<string> {
  const { rows } = await client.query<{ id: string; patients: string }>(
    'select c.id, (select count(*) from patient p where p.clinic_id = c.id) as patients from clinic c',
  );
  const full = rows.find(row => Number(row.patients) === patients);
  if (full) return full.id;
  onProgress(`Writing ${patients} patients with ${visitsOfEach} visits each`);
  const sender = { name: 'Clinic', address: 'clinic@bench.example' };
  const about = { timeZone: 'Asia/Taipei', locale: 'zh-Hant', currency: 'TWD', sender } as const;
  const clinicId = await createClinic(url, { ...about, slug: `tiers-${Date.now()}`, name: 'Clinic' }, plugins);
  await ask(
    app,
    clinicId,
    'mutation ($input: CreateMembershipProgramInput!) { createMembershipProgram(input: $input) { id } }',
  );
  await client.query('begin');
  // Statistics and search are not asked here, and their triggers would take an hour.
  await client.query('set local session_replication_role = replica');
  await client.query(
    `insert into patient (clinic_id, id, name, language, created_at, updated_at)
     select $1, gen_random_uuid(), '王' || n, 'zh-Hant', now(), now() from generate_series(1, ${patients}) n`,
    [clinicId],
  );
  await client.query(
    `insert into visit (clinic_id, id, patient_id, status, started_at, completed_at, amount, currency)
     select $1, gen_random_uuid(), p.id, 'COMPLETED', at, at, (random() * 300000)::integer, 'TWD'
     from patient p cross join generate_series(1, ${visitsOfEach}) cross join lateral (select now() - random() * (p.id is not null)::integer * interval '700 days' as at) v
     where p.clinic_id = $1`,
    [clinicId],
  );
  await client.query('commit');
  await client.query('vacuum analyze');
  return clinicId;
}
