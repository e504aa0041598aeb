import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Int, Mutation, Query, Resolver } from 'type-graphql';
import {
  badInput,
  conflict,
  Idempotent,
  RapportError,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import {
  complianceApprove,
  LocalizedTextInput,
  RewardKind,
  type Localized,
  type RewardOffer,
} from 'clinic-rapport/schema';
import { wholePoints } from './award.ts';
import { mostPoints } from './ledger-entry.ts';
import { checkName, toldTo, verdictOn } from './reward-rules.ts';
import { findReward, MembershipReward, RewardList, rewardRead, rewardWrite } from './reward.ts';
import { wordsOf } from './words-of-staff.ts';

/** That can be redeemed at one time. */
const mostRewards = 200;
const mostStock = 1_000_000;
const longestValid = 1_825;
const longestName = 100;

@InputType({ description: 'Something that points can be spent on.' })
export class DefineMembershipRewardInput {
  @Field(() => LocalizedTextInput, { description: `What patients call it, 1 to ${longestName} characters each.` })
  name: LocalizedTextInput;

  @Field(() => RewardKind, { description: 'What it gives, by the words of the law.' })
  kind: RewardOffer['kind'];

  @Field(() => Int, { description: `What it takes, 1 to ${mostPoints} points.` })
  points: number;

  @Field(() => Int, {
    nullable: true,
    description: `How many there are, 0 to ${mostStock}; no end of them if not given.`,
  })
  stock?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `Days, after that of the redemption, on which it can be fetched, 0 to ${longestValid}; for ever if not given.`,
  })
  validDays?: number | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether the public is told of it.' })
  announced: boolean;
}

@InputType({ description: 'What is different about a reward from now on; what is left out stays.' })
export class UpdateMembershipRewardInput {
  @Field(() => ID, { description: 'Id of the reward.' })
  id: string;

  @Field(() => Int, { nullable: true, description: `What it takes, 1 to ${mostPoints} points.` })
  points?: number | null;

  @Field(() => Int, { nullable: true, description: `How many there are, 0 to ${mostStock}; null for no end of them.` })
  stock?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the public is told of it.' })
  announced?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it can be redeemed.' })
  active?: boolean | null;
}

@InputType({ description: 'A reward to approve, and why.' })
export class ApproveMembershipRewardInput {
  @Field(() => ID, { description: 'Id of the reward.' })
  id: string;

  @Field(() => String, { description: 'Why, 1 to 500 characters.' })
  reason: string;
}

@Resolver()
export class CatalogueResolver {
  @Authorized(rewardRead)
  @Query(() => RewardList.Connection, {
    description:
      'What points can be spent on, the cheapest first. Patients see only what they could redeem, and what the law lets them be told.',
  })
  async membershipRewards(
    @Args(() => RewardList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: Context,
  ): Promise<Page<MembershipReward>> {
    const { actor, em, read } = context;
    if (actor.patientIds === '*') return read.page(RewardList, info, page);
    const offers = await em.find(MembershipReward, { active: true, needsApproval: false }, { limit: mostRewards });
    return read.page(RewardList, info, page, { id: await toldTo(actor.patientIds, offers, context) });
  }

  @Authorized(rewardWrite)
  @Idempotent()
  @Mutation(() => MembershipReward, {
    description: `Adds a reward. COMPLIANCE_BLOCKED, with the rule, where the law forbids it; where the law asks for an approval, nobody can redeem it until then. CONFLICT where there are ${mostRewards}.`,
  })
  defineMembershipReward(
    @Arg('input', () => DefineMembershipRewardInput, { description: 'The reward.' }) input: DefineMembershipRewardInput,
    @Ctx() context: Context,
  ): Promise<MembershipReward> {
    return defineReward(input, context);
  }

  @Authorized(rewardWrite)
  @Mutation(() => MembershipReward, { description: 'Changes a reward; what was redeemed stays as it was.' })
  updateMembershipReward(
    @Arg('input', () => UpdateMembershipRewardInput, { description: 'What is different.' })
    input: UpdateMembershipRewardInput,
    @Ctx() context: Context,
  ): Promise<MembershipReward> {
    return updateReward(input, context);
  }

  @Authorized(complianceApprove)
  @Mutation(() => MembershipReward, {
    description:
      'The acting user approves a reward of which the law asks that somebody does. CONFLICT where none is needed.',
  })
  approveMembershipReward(
    @Arg('input', () => ApproveMembershipRewardInput, { description: 'Which reward, and why.' })
    input: ApproveMembershipRewardInput,
    @Ctx() context: Context,
  ): Promise<MembershipReward> {
    return approveReward(input, context);
  }
}

/** Throws BAD_USER_INPUT, and COMPLIANCE_BLOCKED for a kind or a name that the law forbids. */
export async function defineReward(input: DefineMembershipRewardInput, context: Context): Promise<MembershipReward> {
  const { kind, points, stock, validDays, announced } = input;
  wholePoints(points, 'input.points');
  between(stock, mostStock, 'stock');
  between(validDays, longestValid, 'validDays');
  const { toApprove, warnings } = await verdictOn({ kind, announced }, context);
  const name = localized(input.name);
  await checkName(name, context);
  await checkRoom(context);
  const given = { name, kind, points, stock, validDays, announced };
  const reward = context.em.create(MembershipReward, { ...given, warnings, needsApproval: toApprove.length > 0 });
  await context.em.flush();
  return reward;
}

async function checkRoom({ em }: Context): Promise<void> {
  if ((await em.count(MembershipReward, { active: true })) < mostRewards) return;
  throw conflict(`A clinic has at most ${mostRewards} rewards at a time.`);
}

/** The same for one that is there; an approval stays as far as it covers what is asked now. */
export async function updateReward(input: UpdateMembershipRewardInput, context: Context): Promise<MembershipReward> {
  const reward = await findReward(input.id, context);
  if (input.points != null) wholePoints(input.points, 'input.points');
  between(input.stock, mostStock, 'stock');
  reward.points = input.points ?? reward.points;
  reward.announced = input.announced ?? reward.announced;
  if (input.active && !reward.active) await checkRoom(context);
  reward.active = input.active ?? reward.active;
  const { toApprove, warnings } = await verdictOn(reward, context);
  context.em.assign(reward, { warnings, needsApproval: toApprove.some(rule => !reward.approvedRules.includes(rule)) });
  if (input.stock !== undefined) reward.stock = input.stock;
  await context.em.flush();
  return reward;
}

/** Throws CONFLICT where no rule asks for it, and FORBIDDEN where who acts has no name. */
export async function approveReward(
  { id, reason }: ApproveMembershipRewardInput,
  context: Context,
): Promise<MembershipReward> {
  const { actor, em, now } = context;
  const reward = await findReward(id, context);
  const { toApprove } = await verdictOn(reward, context);
  if (toApprove.length === 0) throw conflict('No rule of the clinic asks for an approval of this reward.');
  if (actor.kind !== 'user') throw new RapportError('FORBIDDEN', 'Only a user, who has a name, can approve a reward.');
  em.assign(reward, {
    ...{ needsApproval: false, approvedRules: toApprove, approvedBy: actor.id, approvedAt: now },
    approvalReason: wordsOf(reason, 'input.reason'),
  });
  await em.flush();
  return reward;
}

function between(value: number | null | undefined, most: number, field: string): void {
  if (value == null || (value >= 0 && value <= most)) return;
  throw badInput(`input.${field}`, `\`input.${field}\` must be 0 to ${most}.`);
}

const localized = ({ zhHant, zhHans, en }: LocalizedTextInput): Localized => ({
  'zh-Hant': wordsOf(zhHant, 'input.name.zhHant', longestName),
  'zh-Hans': wordsOf(zhHans, 'input.name.zhHans', longestName),
  en: wordsOf(en, 'input.name.en', longestName),
});
