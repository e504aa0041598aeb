import { select, sql, type Context } from 'clinic-rapport';
import { tierChanged, type TierChanging } from './tier-change.ts';

/**
 * Gives the record that stays the higher tier of both, with its grace, and the earlier day of joining: nobody loses anything by
 * having had two records. Where the merge is undone nothing is taken back; a tier that was not earned goes by its grace.
 */
export async function takeOver(fromId: string, toId: string, context: Context): Promise<void> {
  const { em, clinicId, now } = context;
  await em.flush();
  await em.execute(
    'select from membership_member where clinic_id = ? and patient_id in (?, ?) order by id for update',
    [clinicId, fromId, toId],
  );
  const changes = await select<TierChanging>(
    em,
    sql`with ranked as (select m.*, t.rank from membership_member m
        join membership_tier t on t.clinic_id = m.clinic_id and t.id = m.tier_id
        where m.clinic_id = ${clinicId}::uuid and m.patient_id in (${fromId}::uuid, ${toId}::uuid)),
      better as (select o.*, o.rank > k.rank as is_higher, o.rank = k.rank as is_same, k.tier_id as kept_tier
        from ranked o join patient p on p.clinic_id = o.clinic_id and p.id = o.patient_id and p.merged_into = ${toId}::uuid
        join ranked k on k.patient_id = p.merged_into),
      taken as (update membership_member m set joined_at = least(m.joined_at, b.joined_at),
          tier_id = case when b.is_higher then b.tier_id else m.tier_id end,
          tier_since = case when b.is_higher then b.tier_since when b.is_same then least(m.tier_since, b.tier_since)
            else m.tier_since end,
          grace_until = case when b.is_higher then b.grace_until when not b.is_same then m.grace_until
            when b.grace_until is not null then greatest(m.grace_until, b.grace_until) end,
          changes = m.changes + b.is_higher::integer
        from better b where m.clinic_id = b.clinic_id and m.patient_id = ${toId}::uuid
        returning m.patient_id, m.changes, b.kept_tier, m.tier_id, b.is_higher),
      written as (insert into membership_tier_change (clinic_id, id, patient_id, number, from_tier_id, to_tier_id, reason,
          changed_at)
        select ${clinicId}::uuid, gen_random_uuid(), patient_id, changes, kept_tier, tier_id, 'MERGED', ${now}::timestamptz
        from taken where is_higher and kept_tier <> tier_id returning *)
      select patient_id as "memberId", patient_id as "patientId", from_tier_id as "from", to_tier_id as "to", reason
      from written`,
  );
  for (const change of changes) context.publish(tierChanged, change);
}
