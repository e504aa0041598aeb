import type { GraphQLResolveInfo } from 'graphql';
import { LockMode } from '@mikro-orm/postgresql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Mutation, Query, Resolver } from 'type-graphql';
import {
  badInput,
  conflict,
  Idempotent,
  notFound,
  RapportError,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import { findPatient } from 'clinic-rapport/schema';
import { findCode } from './code.ts';
import { join, lockBoth } from './joining.ts';
import { wordsOf } from './offer.ts';
import { qualifyIfSeen } from './qualifying.ts';
import { move, Referral, ReferralList, referralRead, referralReview, referralWrite } from './referral.ts';
import { publishReferral } from './referral-changed.ts';
import { ReferralReward, ReferralRewardList } from './reward.ts';

@InputType({ description: 'That a patient was brought by another one, as was said at the desk or on the phone.' })
export class RecordReferralInput {
  @Field(() => String, { description: 'The code, as it was said; gaps and small letters do no harm.' })
  code: string;

  @Field(() => ID, { description: 'Who was brought: a patient without a completed visit.' })
  friendId: string;
}

@InputType({ description: 'What becomes of a referral that is held, and why.' })
export class ReviewReferralInput {
  @Field(() => ID, { description: 'Id of the referral.' })
  id: string;

  @Field(() => String, { description: 'Why, 1 to 500 characters.' })
  reason: string;
}

@InputType({ description: 'A reward that is handed over.' })
export class HandOverReferralRewardInput {
  @Field(() => ID, { description: 'Id of the reward.' })
  id: string;
}

@Resolver()
export class ReferralResolver {
  @Authorized(referralRead)
  @Query(() => ReferralList.Connection, {
    description: 'Referrals, the latest first. Those with the review `HELD` wait for staff.',
  })
  referrals(
    @Args(() => ReferralList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Referral>> {
    return read.page(ReferralList, info, page);
  }

  @Authorized(referralRead)
  @Query(() => ReferralRewardList.Connection, { description: 'What was given for referrals, the latest first.' })
  referralRewards(
    @Args(() => ReferralRewardList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<ReferralReward>> {
    return read.page(ReferralRewardList, info, page);
  }

  @Authorized(referralWrite)
  @Idempotent()
  @Mutation(() => Referral, {
    description:
      'Records who was brought by whose code. BAD_USER_INPUT for a misspelt code and for the own one, NOT_FOUND for an unknown, CONFLICT for an expired one and for a friend who was brought already. What looks like fraud is stored as held or void.',
  })
  recordReferral(
    @Arg('input', () => RecordReferralInput, { description: 'The code and the friend.' }) input: RecordReferralInput,
    @Ctx() context: Context,
  ): Promise<Referral> {
    return recordReferral(input, context);
  }

  @Authorized(referralReview)
  @Mutation(() => Referral, {
    description: 'Lets a referral pass that is held: it counts from now on. CONFLICT for any other one.',
  })
  async approveReferral(
    @Arg('input', () => ReviewReferralInput, { description: 'Which one, and why.' }) input: ReviewReferralInput,
    @Ctx() context: Context,
  ): Promise<Referral> {
    const referral = await decide(input, 'PASSED', context);
    await context.em.flush();
    publishReferral(referral, context);
    await qualifyIfSeen(referral, context);
    return referral;
  }

  @Authorized(referralReview)
  @Mutation(() => Referral, { description: 'Refuses a referral that is held: it is void. CONFLICT for any other one.' })
  async refuseReferral(
    @Arg('input', () => ReviewReferralInput, { description: 'Which one, and why.' }) input: ReviewReferralInput,
    @Ctx() context: Context,
  ): Promise<Referral> {
    const referral = await decide(input, 'BLOCKED', context);
    referral.reason = 'REFUSED_BY_STAFF';
    move(referral, 'VOID', context.now);
    await context.em.flush();
    publishReferral(referral, context);
    return referral;
  }

  @Authorized(referralWrite)
  @Mutation(() => ReferralReward, {
    description: 'Records that the desk handed over what was given. CONFLICT for what was not, or was already.',
  })
  async handOverReferralReward(
    @Arg('input', () => HandOverReferralRewardInput, { description: 'Which one.' }) { id }: HandOverReferralRewardInput,
    @Ctx() { em, now }: Context,
  ): Promise<ReferralReward> {
    const reward = isId(id) ? await lock(ReferralReward, id, em) : null;
    if (!reward) throw notFound('This reward');
    await em.populate(reward, ['offer']);
    if (reward.state !== 'GRANTED' || reward.offer.kind === 'POINTS')
      throw conflict('Only something that was given, and is not points, can be handed over, and once.');
    em.assign(reward, { state: 'HANDED_OVER', endedAt: now });
    return reward;
  }
}

export async function recordReferral({ code, friendId }: RecordReferralInput, context: Context): Promise<Referral> {
  const { em, now } = context;
  const found = await findCode(code, 'input.code', context);
  const friend = await findPatient(friendId, context);
  if (found.patient.id === friend.id) throw badInput('input.code', 'This is the patient’s own code.');
  // Of two desks that record one friend at once, the other is told.
  await lockBoth(found.patient.id, friend.id, context);
  const known = await em.findOne(Referral, { friend, state: { $ne: 'VOID' } });
  if (known) throw new RapportError('CONFLICT', 'This patient was brought already.', { field: 'input.friendId' });
  const referral = em.create(Referral, {
    advocate: found.patient,
    code: found,
    ...{ channel: 'DESK' as const, state: 'INVITED' as const, review: 'PASSED' as const },
    invitedAt: now,
  });
  await em.flush();
  await join(referral, friend.id, context);
  return referral;
}

async function decide(
  { id, reason }: ReviewReferralInput,
  review: 'PASSED' | 'BLOCKED',
  context: Context,
): Promise<Referral> {
  const { actor, em } = context;
  const referral = isId(id) ? await lock(Referral, id, em) : null;
  if (!referral) throw notFound('This referral');
  if (referral.review !== 'HELD' || referral.state !== 'JOINED') throw conflict('This referral is not held.');
  if (actor.kind !== 'user') throw new RapportError('FORBIDDEN', 'Only a user, who has a name, can decide on it.');
  return em.assign(referral, { review, reviewedBy: actor.id, reviewNote: wordsOf(reason, 'input.reason', 500) });
}

const lock = <T extends object>(of: new () => T, id: string, em: Context['em']): Promise<T | null> =>
  em.findOne(of, { id } as never, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });

const isId = (text: string): boolean => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
