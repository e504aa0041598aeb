import { select, sql, type Context, type Sql } from 'clinic-rapport';
import { clinicOf, dayOf } from 'clinic-rapport/schema';
import type { TierCondition, TierRules } from './condition.ts';
import { list, measuresOf, type Among, type Day, type Measures } from './measures.ts';
import type { Succession } from './succession.ts';
import type { TierDescent } from './words.ts';

/** What decides on tiers: of a programme as it is, or as it might become. */
export interface Scheme extends Succession {
  /** The lowest first; that one has no conditions. */
  readonly tiers: readonly TierRules[];
  readonly needsVerifiedAddress: boolean;
}

export const today = async (context: Context): Promise<Day> => {
  const { timeZone } = await clinicOf(context);
  return { on: dayOf(context.now, timeZone), timeZone };
};

/**
 * Every patient among these who could be a member: `patient_id`, the `member_*` columns, null for who is none, `current` and
 * `earned`, both as ranks, and whether the tier `is_gone`, given up. The one place where the rules are SQL.
 */
export async function ranked(scheme: Scheme, among: Among, context: Context): Promise<Sql> {
  const { clinicId } = context;
  const conditions = scheme.tiers.flatMap(tier => tier.conditions);
  const measures = measuresOf(conditions, { clinicId, day: await today(context), among });
  return sql`select p.id as patient_id, m.tier_id as member_tier, m.grace_until as member_grace,
      m.evaluation as member_evaluation, coalesce((${scheme.ranks}::jsonb ->> m.tier_id::text)::integer, 0) as current,
      ${isGone(scheme)} as is_gone,
      ${earned(scheme, measures)} as earned
    from patient p left join membership_member m on m.clinic_id = p.clinic_id and m.patient_id = p.id ${measures.joins}
    where p.clinic_id = ${clinicId}::uuid and ${among(sql`p.id`)} and ${isLiving}`;
}

/** Of a clinic that never gave one up, as most, no row is asked. */
const isGone = ({ gone }: Scheme): Sql =>
  gone.length > 0 ? sql`coalesce(m.tier_id = any(${[...gone]}::uuid[]), false)` : sql`false`;

/** Whether a member of a row of `ranked` has earned the tier, or a higher one. */
export const rises = sql`(earned > current or earned = current and not is_gone)`;

/** The rank to which a member falls who does not. The rank of a tier that is gone is the next one down. */
export const fallen = (descent: TierDescent): Sql =>
  descent === 'STEP' ? sql`greatest(earned, case when is_gone then current else current - 1 end)` : sql`earned`;

/** Who can be a member. */
export const isLiving = sql`p.erased_at is null and p.merged_into is null and p.deceased_on is null`;

/** The highest tier whose conditions hold. */
function earned({ tiers, needsVerifiedAddress }: Scheme, measures: Measures): Sql {
  const above = tiers.slice(1).map((rules, index) => ({ rules, rank: index + 1 }));
  if (above.length === 0) return sql`0`;
  const cases = above.toReversed().map(
    ({ rules, rank }) => sql`when ${holds(rules, measures)}${needsVerifiedAddress ? sql` and ${isVerified}` : sql``}
      then ${rank}::integer`,
  );
  return sql`case ${list(cases, ' ')} else 0 end`;
}

export const isVerified = sql`exists (select from contact_point c where c.clinic_id = p.clinic_id
  and c.patient_id = p.id and c.verified_at is not null)`;

const holds = ({ combination, conditions }: TierRules, measures: Measures): Sql =>
  sql`(${list(
    conditions.map(condition => isMet(condition, measures)),
    combination === 'ANY' ? ' or ' : ' and ',
  )})`;

const isMet = (condition: TierCondition, measures: Measures): Sql =>
  sql`${measures.of(condition)} >= ${condition.atLeast}::integer`;

/** Those of the ids, as `among`. */
export const these =
  (ids: readonly string[]): Among =>
  column =>
    sql`${column} = any(${ids}::uuid[])`;

export interface Had {
  readonly patientId: string;
  /** Of each condition, in their order. */
  readonly has: readonly number[];
  readonly verified: boolean;
}

/** What these patients have of each condition. */
export async function measure(
  conditions: readonly TierCondition[],
  patientIds: readonly string[],
  context: Context,
): Promise<Had[]> {
  const { clinicId } = context;
  const among = these(patientIds);
  const measures = measuresOf(conditions, { clinicId, day: await today(context), among });
  const has = conditions.map(condition => measures.of(condition));
  return select<Had>(
    context.em,
    sql`select p.id as "patientId", json_build_array(${list(has, ', ')}) as has, ${isVerified} as verified
      from patient p ${measures.joins} where p.clinic_id = ${clinicId}::uuid and ${among(sql`p.id`)}`,
  );
}
