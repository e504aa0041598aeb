import { defineJob, select, sql, type Context } from 'clinic-rapport';
import type { Among } from '../program/measures.ts';
import { activeProgram } from '../program/program.ts';
import { isLiving, these } from '../program/rules-sql.ts';
import type { TierChanging } from '../program/tier-change.ts';
import { offersFor } from './offer.ts';
import { alignTasks } from './tasks.ts';

/** Members of one run, which is one transaction. */
const batch = 5_000;

const beforeAll = '00000000-0000-0000-0000-000000000000';

/**
 * Gives members among these what their tier, and those below it, has for them now: once in each period. What they were given
 * before stays, also where they came to a lower tier since.
 */
export async function giveTo(among: Among, context: Context): Promise<void> {
  const { em, clinicId, now } = context;
  const program = await activeProgram(context);
  const offers = program ? await offersFor(program, among, context) : [];
  if (!program || offers.length === 0) return;
  await em.flush();
  await select(
    em,
    sql`with offer as (select * from jsonb_to_recordset(${{ offers }}::jsonb -> 'offers') as o ("benefitId" uuid,
        rank integer, residence text, period text, "validUntil" date, name jsonb, kind text, quota integer))
      insert into membership_granted_benefit (clinic_id, id, patient_id, benefit_id, period, name, kind, quota,
        valid_until, state, key, source, granted_at)
      select m.clinic_id, gen_random_uuid(), m.patient_id, o."benefitId", o.period, o.name, o.kind, o.quota, o."validUntil",
        'OPEN', concat_ws(':', 'membership.tier', o."benefitId", m.patient_id, o.period), 'membership.tier', ${now}::timestamptz
      from membership_member m
      join membership_tier t on t.clinic_id = m.clinic_id and t.id = m.tier_id
      join patient p on p.clinic_id = m.clinic_id and p.id = m.patient_id
      join offer o on o.rank <= t.rank and o.residence is not distinct from p.residence
      where m.clinic_id = ${clinicId}::uuid and ${among(sql`m.patient_id`)} and ${isLiving}
        and not exists (select from membership_granted_benefit g where g.clinic_id = m.clinic_id
          and g.benefit_id = o."benefitId" and g.patient_id = m.patient_id and g.period is not distinct from o.period)
      order by m.patient_id, o."benefitId" on conflict (clinic_id, key) do nothing`,
  );
  await alignTasks(among, context);
}

/** At once, of who has come to another tier. */
export const giveOne = ({ patientId }: TierChanging, context: Context): Promise<void> =>
  giveTo(these([patientId]), context);

/** After the sweep of tiers, and when what is given has changed; members in the order of their ids, so many in each run. */
export const giveBenefits = defineJob<{ after: string } | void>('membership.give-benefits', {
  every: '0 3 * * *',
  timeout: 120_000,
  async run(data, context) {
    const after = data?.after ?? beforeAll;
    const last = await lastOf(after, context);
    await giveTo(
      column =>
        last ? sql`${column} > ${after}::uuid and ${column} <= ${last}::uuid` : sql`${column} > ${after}::uuid`,
      context,
    );
    if (last) await context.enqueue(giveBenefits, { after: last }, { key: 'more' });
  },
});

/** The last member of a full batch; undefined where there is none, and this is the last run. */
async function lastOf(after: string, { em, clinicId }: Context): Promise<string | undefined> {
  const rows = await em.execute<{ id: string }[]>(
    'select id from membership_member where clinic_id = ? and id > ? order by id offset ? limit 1',
    [clinicId, after, batch - 1],
  );
  return rows[0]?.id;
}
