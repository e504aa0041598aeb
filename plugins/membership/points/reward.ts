import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, DateTime, definePermission, equals, listOf, notFound, type Context } from 'clinic-rapport';
import { LocalizedText, RewardKind, type Localized, type RewardOffer } from 'clinic-rapport/schema';

export const rewardRead = definePermission('membership.reward.read', 'See what points can be spent on', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
  'patient',
]);
export const rewardWrite = definePermission('membership.reward.write', 'Say what points can be spent on', ['owner']);

/** What points can be spent on. The rule packs are asked when it is defined, changed and redeemed. */
@ObjectType({ description: 'Something that points can be spent on.' })
@Entity({ tableName: 'membership_reward' })
export class MembershipReward {
  @Field(() => ID, { description: 'Id of the reward.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => LocalizedText, { description: 'What patients call it.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  name: Localized;

  @Field(() => RewardKind, { description: 'What it gives, by the words of the law.' })
  @Property({ type: 'text' })
  kind: RewardOffer['kind'];

  @Field(() => Int, { description: 'What it takes, in points.' })
  @Property({ type: 'integer' })
  points: number;

  @Field(() => Int, { nullable: true, description: 'How many there are left; null where there is no end of them.' })
  @Property({ type: 'integer', nullable: true })
  stock?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days, after that of the redemption, on which it can be fetched; null for ever.',
  })
  @Property({ type: 'integer', nullable: true })
  validDays?: number | null;

  @Field(() => Boolean, { description: 'Whether the public is told of it.' })
  @Property({ type: 'boolean' })
  announced: boolean;

  @Field(() => Boolean, { description: 'Whether it can be redeemed still.' })
  @Property({ type: 'boolean', default: true })
  active: Opt<boolean> = true;

  @Field(() => [String], {
    description: 'The rules that warn of it, or ask for an approval, with the citation: `tw.reward-points: …`.',
  })
  @Property({ type: 'array', columnType: 'text[]' })
  warnings: string[];

  @Field(() => Boolean, { description: 'Whether nobody can redeem it, as a named user has to approve it first.' })
  @Property({ type: 'boolean' })
  needsApproval: boolean;

  /** The rules in spite of which it was approved, with the version of their pack: `tw.reward-quiet 2026.1`. */
  @Property({ type: 'array', columnType: 'text[]' })
  approvedRules: Opt<string[]> = [];

  @Authorized(rewardWrite)
  @Field(() => ID, { nullable: true, description: 'Id of the user who approved it.' })
  @Property({ type: 'uuid', nullable: true })
  approvedBy?: string | null;

  @Authorized(rewardWrite)
  @Field(() => String, { nullable: true, description: 'Why it was approved.' })
  @Property({ type: 'text', nullable: true })
  approvalReason?: string | null;

  @Authorized(rewardWrite)
  @Field(() => DateTime, { nullable: true, description: 'When it was approved.' })
  @Property({ type: 'datetime', nullable: true })
  approvedAt?: Date | null;
}

export const RewardList = listOf(() => MembershipReward, {
  name: 'MembershipReward',
  plural: 'rewards',
  filter: { kind: anyOf(RewardKind), active: equals(Boolean) },
  orderBy: { POINTS: 'points' },
  defaultOrder: { points: 'asc' },
});

/** As it is now. Throws NOT_FOUND. */
export async function findReward(id: string, { em }: Context): Promise<MembershipReward> {
  const reward = isId(id) ? await em.findOne(MembershipReward, id, { refresh: true }) : null;
  if (!reward) throw notFound('This reward');
  return reward;
}

export const isId = (text: string): boolean => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
