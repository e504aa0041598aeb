import { select, sql, type Context, type Sql } from 'clinic-rapport';
import type { Among } from './measures.ts';
import { activeProgram, type MembershipProgram } from './program.ts';
import { fallen, ranked, rises, these, today, type Scheme } from './rules-sql.ts';
import { goneOf } from './succession.ts';
import { Tier, tiersOf } from './tier.ts';
import { tierChanged, type TierChanging } from './tier-change.ts';

/** As it is in force now. */
export async function schemeOf(program: MembershipProgram, context: Context): Promise<Scheme> {
  const all = await context.em.find(Tier, {});
  const tiers = await tiersOf(program, context);
  return {
    tiers,
    gone: goneOf(all, tiers),
    ranks: Object.fromEntries(all.map(({ id, rank }) => [id, rank])),
    needsVerifiedAddress: program.needsVerifiedAddress,
  };
}

/**
 * Looks at these patients anew, after something that counts. Their rows are locked first: what is read then is not older than
 * what anybody else has decided, and a sweep that began before leaves them alone.
 */
export async function evaluate(patientIds: readonly string[], context: Context): Promise<void> {
  const program = await activeProgram(context);
  if (!program) return;
  const { em, clinicId } = context;
  await em.flush();
  await em.execute(
    `update membership_member set evaluation = evaluation + 1 where clinic_id = ? and patient_id in (
       select patient_id from membership_member where clinic_id = ?
         and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb)) order by id for update)`,
    [clinicId, clinicId, JSON.stringify(patientIds)],
  );
  await settleTiers(program, these(patientIds), context);
}

/**
 * Moves members to the tiers that they have earned, and lets grace begin and end: one statement for all of them. Whose tier was
 * given up keeps it until then, too.
 */
export async function settleTiers(program: MembershipProgram, among: Among, context: Context): Promise<void> {
  const scheme = await schemeOf(program, context);
  const changes = await select<TierChanging>(context.em, await settling(program, scheme, among, context));
  for (const change of changes) context.publish(tierChanged, change);
}

/** No rank: of who keeps a tier that was given up. */
const kept = -1;

async function settling(program: MembershipProgram, scheme: Scheme, among: Among, context: Context): Promise<Sql> {
  const { clinicId, now } = context;
  const { on } = await today(context);
  const { id, graceDays, descent } = program;
  const graced = sql`${on}::date + ${graceDays}::integer`;
  return sql`with ranked as materialized (${await ranked(scheme, among, context)}),
    decided as (select *, case when ${rises} then earned
        when ${graceDays}::integer = 0 or member_grace < ${on}::date then ${fallen(descent)}
        when is_gone then ${kept}::integer else current end as target
      from ranked where member_tier is not null),
    tiers as (select t.id, t.rank from membership_tier t where t.clinic_id = ${clinicId}::uuid and t.program_id = ${id}::uuid
        and t.retired_at is null${scheme.gone.length > 0 ? sql` union all select null, ${kept}::integer` : sql``}),
    settled as (select d.*, coalesce(t.id, d.member_tier) as tier_id,
        case when target <> ${kept}::integer and target <= earned then null
          when target = ${kept}::integer or target = current and not is_gone then coalesce(member_grace, ${graced})
          else ${graced} end as grace
      from decided d join tiers t on t.rank = d.target),
    moved as (update membership_member m set tier_id = s.tier_id, grace_until = s.grace,
        tier_since = case when s.tier_id = s.member_tier then m.tier_since else ${now}::timestamptz end,
        changes = m.changes + (s.tier_id <> s.member_tier)::integer
      from settled s where m.clinic_id = ${clinicId}::uuid and m.patient_id = s.patient_id
        and m.evaluation = s.member_evaluation and m.tier_id = s.member_tier
        and m.grace_until is not distinct from s.member_grace
        and (s.tier_id <> s.member_tier or s.grace is distinct from s.member_grace)
      returning m.patient_id, m.changes, s.member_tier, s.tier_id, sign(s.target - s.current) as way),
    written as (insert into membership_tier_change (clinic_id, id, patient_id, number, from_tier_id, to_tier_id, reason,
        changed_at)
      select ${clinicId}::uuid, gen_random_uuid(), patient_id, changes, member_tier, tier_id,
        case way when 1 then 'REACHED' when -1 then 'LOST' else 'PROGRAM' end, ${now}::timestamptz
      from moved where member_tier <> tier_id returning *)
    select patient_id as "memberId", patient_id as "patientId", from_tier_id as "from", to_tier_id as "to", reason
    from written order by patient_id`;
}
