import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Mutation, Query, Resolver } from 'type-graphql';
import { definePermission, Idempotent, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { cancel, redeem, use } from './redeeming.ts';
import { MembershipRedemption, RedemptionList } from './redemption.ts';
import { rewardRead } from './reward.ts';
import { wordsOf } from './words-of-staff.ts';

export const rewardRedeem = definePermission('membership.reward.redeem', 'Spend points of patients on rewards', [
  'owner',
  'frontDesk',
  'patient',
]);
export const redemptionWrite = definePermission('membership.redemption.write', 'Hand rewards out, and call them off', [
  'owner',
  'frontDesk',
]);

@InputType({ description: 'A reward to spend points on.' })
export class RedeemMembershipRewardInput {
  @Field(() => ID, { description: 'Id of the reward.' })
  rewardId: string;

  @Field(() => ID, { description: 'Whose points.' })
  patientId: string;
}

@InputType({ description: 'A code that a patient shows.' })
export class UseMembershipRedemptionInput {
  @Field(() => String, { description: 'The code; case, spaces and hyphens do not matter.' })
  code: string;
}

@InputType({ description: 'A redemption to call off, and why.' })
export class CancelMembershipRedemptionInput {
  @Field(() => ID, { description: 'Id of the redemption.' })
  id: string;

  @Field(() => String, { description: 'Why, 1 to 500 characters. The patient reads it in the statement.' })
  reason: string;
}

@Resolver()
export class RedemptionResolver {
  @Authorized(rewardRead)
  @Query(() => RedemptionList.Connection, {
    description: 'Rewards that points were spent on, the latest first. Patients see their own.',
  })
  membershipRedemptions(
    @Args(() => RedemptionList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<MembershipRedemption>> {
    return read.page(RedemptionList, info, page);
  }

  @Authorized(rewardRedeem)
  @Idempotent()
  @Mutation(() => MembershipRedemption, {
    description:
      'Spends points on a reward; the patient gets a code to show. CONFLICT where there is none left or the points do not suffice.',
  })
  redeemMembershipReward(
    @Arg('input', () => RedeemMembershipRewardInput, { description: 'Whose points, and for what.' })
    input: RedeemMembershipRewardInput,
    @Ctx() context: Context,
  ): Promise<MembershipRedemption> {
    return redeem(input, context);
  }

  @Authorized(redemptionWrite)
  @Mutation(() => MembershipRedemption, {
    description: 'The patient shows a code and gets the reward. CONFLICT for one that is used, called off or over.',
  })
  useMembershipRedemption(
    @Arg('input', () => UseMembershipRedemptionInput, { description: 'The code.' })
    { code }: UseMembershipRedemptionInput,
    @Ctx() context: Context,
  ): Promise<MembershipRedemption> {
    return use(code, context);
  }

  @Authorized(redemptionWrite)
  @Mutation(() => MembershipRedemption, {
    description: 'Calls a redemption off: the points go back to where they came from, and expire as they would have.',
  })
  cancelMembershipRedemption(
    @Arg('input', () => CancelMembershipRedemptionInput, { description: 'Which one, and why.' })
    { id, reason }: CancelMembershipRedemptionInput,
    @Ctx() context: Context,
  ): Promise<MembershipRedemption> {
    return cancel(id, wordsOf(reason, 'input.reason'), context);
  }
}
