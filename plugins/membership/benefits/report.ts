import { DateTime } from 'luxon';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { badInput, type Context } from 'clinic-rapport';
import { clinicOf, LocalizedText, type Localized } from 'clinic-rapport/schema';
import { BenefitKind } from './words.ts';

const longestDays = 3 * 366;
const mostLines = 500;

@ObjectType({ description: 'How much of one benefit was given and used in some days.' })
export class MembershipBenefitUsage {
  @Field(() => ID, { nullable: true, description: 'Id of the benefit; null for what no tier gave.' })
  benefitId: string | null;

  @Field(() => String, { nullable: true, description: 'Code of the lowest tier that has it: `honour`; null for none.' })
  tierCode: string | null;

  @Field(() => String, { description: 'What gave it, as a code: `membership.tier`.' })
  source: string;

  @Field(() => LocalizedText, { description: 'What patients call it.' })
  name: Localized;

  @Field(() => BenefitKind, { description: 'What it gives.' })
  kind: BenefitKind;

  @Field(() => Int, { description: 'How often it was given in these days.' })
  granted: number;

  @Field(() => Int, { description: 'How often it could be used by that: the quotas of what was given.' })
  grantedUses: number;

  @Field(() => Int, { description: 'How often it was used in these days.' })
  used: number;

  @Field(() => Int, { description: 'How many uses were lost in these days, as their last day was over.' })
  expired: number;
}

/** By tier and benefit, the lowest tier first. Throws BAD_USER_INPUT for days that end before they begin, or are too many. */
export async function usageOf(from: string, to: string, context: Context): Promise<MembershipBenefitUsage[]> {
  const { timeZone: zone } = await clinicOf(context);
  const [first, last] = [DateTime.fromISO(from, { zone }), DateTime.fromISO(to, { zone })];
  const days = last.diff(first, 'days').days;
  if (days < 0 || days > longestDays) throw badInput('to', `\`to\` must be 0 to ${longestDays} days after \`from\`.`);
  const window = [first.toISO()!, last.plus({ days: 1 }).toISO()!];
  return context.em.execute<MembershipBenefitUsage[]>(statement, [
    ...[context.clinicId, ...window],
    ...[context.clinicId, ...window],
    ...[context.clinicId, ...window, context.clinicId],
  ]);
}

const columns = 'g.benefit_id, g.source, g.kind, g.name';

/** What is not of a tier is told apart by its name. */
const statement = `with counted as (
    select ${columns}, 1 as granted, g.quota as uses, 0 as used, 0 as expired from membership_granted_benefit g
    where g.clinic_id = ? and g.granted_at >= ? and g.granted_at < ?
    union all
    select ${columns}, 0, 0, 1, 0 from membership_benefit_use u
    join membership_granted_benefit g on g.clinic_id = u.clinic_id and g.id = u.granted_benefit_id
    where u.clinic_id = ? and u.used_at >= ? and u.used_at < ?
    union all
    select ${columns}, 0, 0, 0, g.quota - g.used from membership_granted_benefit g
    where g.clinic_id = ? and g.state = 'EXPIRED' and g.ended_at >= ? and g.ended_at < ?)
  select c.benefit_id as "benefitId", t.code as "tierCode", c.source, c.name, c.kind, sum(granted)::integer as granted,
    sum(uses)::integer as "grantedUses", sum(used)::integer as used, sum(expired)::integer as expired
  from counted c
  left join membership_benefit b on b.clinic_id = ? and b.id = c.benefit_id
  left join membership_tier t on t.clinic_id = b.clinic_id and t.id = b.tier_id
  group by c.benefit_id, t.rank, t.code, c.source, c.name, c.kind
  order by t.rank nulls last, c.benefit_id, c.source, c.name limit ${mostLines}`;
