import { conflict, notFound, RapportError, type Context } from 'clinic-rapport';
import { checkName, verdictOn, type Verdict } from '../points/reward-rules.ts';
import { isId } from '../points/reward.ts';
import { wordsOf } from '../points/words-of-staff.ts';
import { Tier } from '../program/tier.ts';
import {
  checkNumbers,
  nameOf,
  type ApproveMembershipBenefitInput,
  type CreateMembershipBenefitInput,
  type UpdateMembershipBenefitInput,
} from './benefit-input.ts';
import { findBenefit, MembershipBenefit } from './benefit.ts';
import { giveBenefits } from './giving.ts';
import { rewardKindOf } from './words.ts';

/** That are given at one time: what a patient reads is a page, and a night's run is short. */
export const mostBenefits = 100;

/** Throws BAD_USER_INPUT, NOT_FOUND for an unknown tier, and COMPLIANCE_BLOCKED for a kind or a name that the law forbids. */
export async function createBenefit(
  { tierId, name: words, ...given }: CreateMembershipBenefitInput,
  context: Context,
): Promise<MembershipBenefit> {
  checkNumbers(given);
  const name = nameOf(words);
  const tier = isId(tierId) ? await context.em.findOne(Tier, { id: tierId, retiredAt: null }) : null;
  if (!tier) throw notFound('This tier');
  await checkRoom(context);
  const { toApprove, warnings } = await verdictOf(given, context);
  await checkName(name, context);
  const needsApproval = toApprove.length > 0;
  const benefit = context.em.create(MembershipBenefit, { ...given, tier, name, warnings, needsApproval });
  await context.em.flush();
  await give(context);
  return benefit;
}

/** The same for one that is there; an approval stays as far as it covers what is asked now. */
export async function updateBenefit(
  { id, ...given }: UpdateMembershipBenefitInput,
  context: Context,
): Promise<MembershipBenefit> {
  checkNumbers(given);
  const benefit = await findBenefit(id, context);
  if (given.active && !benefit.active) await checkRoom(context);
  benefit.quota = given.quota ?? benefit.quota;
  benefit.announced = given.announced ?? benefit.announced;
  benefit.active = given.active ?? benefit.active;
  if (given.validDays !== undefined) benefit.validDays = given.validDays;
  if (given.taskDays !== undefined) benefit.taskDays = given.taskDays;
  if (given.reviewOn !== undefined) benefit.reviewOn = given.reviewOn;
  const { toApprove, warnings } = await verdictOf(benefit, context);
  const needsApproval = toApprove.some(rule => !benefit.approvedRules.includes(rule));
  context.em.assign(benefit, { warnings, needsApproval });
  await context.em.flush();
  await give(context);
  return benefit;
}

/** Throws CONFLICT where no rule asks for it, and FORBIDDEN where who acts has no name. */
export async function approveBenefit(
  { id, reason }: ApproveMembershipBenefitInput,
  context: Context,
): Promise<MembershipBenefit> {
  const { actor, em, now } = context;
  const benefit = await findBenefit(id, context);
  const { toApprove } = await verdictOf(benefit, context);
  if (toApprove.length === 0) throw conflict('No rule of the clinic asks for an approval of this benefit.');
  if (actor.kind !== 'user') throw new RapportError('FORBIDDEN', 'Only a user, who has a name, can approve a benefit.');
  em.assign(benefit, {
    ...{ needsApproval: false, approvedRules: toApprove, approvedBy: actor.id, approvedAt: now },
    approvalReason: wordsOf(reason, 'input.reason'),
  });
  await em.flush();
  await give(context);
  return benefit;
}

const verdictOf = (
  { kind, announced }: Pick<MembershipBenefit, 'kind' | 'announced'>,
  context: Context,
): Promise<Verdict> => verdictOn({ kind: rewardKindOf[kind], announced }, context);

async function checkRoom({ em }: Context): Promise<void> {
  if ((await em.count(MembershipBenefit, { active: true })) < mostBenefits) return;
  throw conflict(`A clinic gives at most ${mostBenefits} benefits at a time.`);
}

/** To those who have the tier already. */
const give = (context: Context): Promise<void> => context.enqueue(giveBenefits, undefined, { key: 'begin' });
