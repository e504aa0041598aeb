import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  equals,
  listOf,
  LocalDate,
  notFound,
  range,
  type Context,
} from 'clinic-rapport';
import { LocalizedText, type Localized } from 'clinic-rapport/schema';
import type { Offered } from '../points/reward-rules.ts';
import { isId } from '../points/reward.ts';
import { Tier } from '../program/tier.ts';
import { BenefitKind, BenefitPeriod, rewardKindOf } from './words.ts';

export const benefitRead = definePermission(
  'membership.benefit.read',
  'See what tiers give, and what patients were given',
  ['owner', 'frontDesk', 'practitioner', 'marketer', 'patient'],
);
export const benefitWrite = definePermission('membership.benefit.write', 'Say what tiers give', ['owner']);

/** What a tier gives, as data. The rule packs are asked when it is defined, changed and granted. */
@ObjectType({ description: 'What members of a tier, and of those above it, are given.' })
@Entity({ tableName: 'membership_benefit' })
export class MembershipBenefit {
  @Field(() => ID, { description: 'Id of the benefit.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Tier, { description: 'The lowest tier that has it.' })
  @ManyToOne(() => Tier)
  tier: Tier;

  @Field(() => LocalizedText, { description: 'What patients call it.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  name: Localized;

  @Field(() => BenefitKind, { description: 'What it gives.' })
  @Property({ type: 'text' })
  kind: BenefitKind;

  @Field(() => Int, { description: 'How often it can be used in each period.' })
  @Property({ type: 'integer' })
  quota: number;

  @Field(() => BenefitPeriod, { description: 'How often it is given anew.' })
  @Property({ type: 'text' })
  period: BenefitPeriod;

  @Field(() => Int, {
    nullable: true,
    description: 'Days after that of the grant on which it can be used; null for to the end of the period.',
  })
  @Property({ type: 'integer', nullable: true })
  validDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'STAFF_CALL: days after that of the grant until which somebody calls; 14 if null.',
  })
  @Property({ type: 'integer', nullable: true })
  taskDays?: number | null;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'When the clinic wants to look whether it is still what members like; null if not planned.',
  })
  @Property({ type: 'date', nullable: true })
  reviewOn?: string | null;

  @Field(() => Boolean, { description: 'Whether the public is told of it.' })
  @Property({ type: 'boolean' })
  announced: boolean;

  @Field(() => Boolean, { description: 'Whether it is given still.' })
  @Property({ type: 'boolean', default: true })
  active: Opt<boolean> = true;

  @Field(() => [String], {
    description: 'The rules that warn of it, or ask for an approval, with the citation: `tw.reward-points: …`.',
  })
  @Property({ type: 'array', columnType: 'text[]' })
  warnings: string[];

  @Field(() => Boolean, { description: 'Whether nobody is given it, as a named user has to approve it first.' })
  @Property({ type: 'boolean' })
  needsApproval: boolean;

  /** The rules in spite of which it was approved, with the version of their pack: `tw.reward-quiet 2026.1`. */
  @Property({ type: 'array', columnType: 'text[]' })
  approvedRules: Opt<string[]> = [];

  @Authorized(benefitWrite)
  @Field(() => ID, { nullable: true, description: 'Id of the user who approved it.' })
  @Property({ type: 'uuid', nullable: true })
  approvedBy?: string | null;

  @Authorized(benefitWrite)
  @Field(() => String, { nullable: true, description: 'Why it was approved.' })
  @Property({ type: 'text', nullable: true })
  approvalReason?: string | null;

  @Authorized(benefitWrite)
  @Field(() => DateTime, { nullable: true, description: 'When it was approved.' })
  @Property({ type: 'datetime', nullable: true })
  approvedAt?: Date | null;
}

/** As the law looks at it. */
export const lawOf = ({ kind, announced, approvedRules }: MembershipBenefit): Offered => ({
  ...{ kind: rewardKindOf[kind], announced, approvedRules },
});

export const BenefitList = listOf(() => MembershipBenefit, {
  name: 'MembershipBenefit',
  plural: 'benefits',
  filter: { tier: anyOfIds(), kind: anyOf(BenefitKind), active: equals(Boolean), reviewOn: range(LocalDate) },
  defaultOrder: { id: 'desc' },
});

/** As it is now. Throws NOT_FOUND. */
export async function findBenefit(id: string, { em }: Context): Promise<MembershipBenefit> {
  const benefit = isId(id) ? await em.findOne(MembershipBenefit, id, { refresh: true }) : null;
  if (!benefit) throw notFound('This benefit');
  return benefit;
}
