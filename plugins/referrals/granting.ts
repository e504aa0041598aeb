import { LockMode } from '@mikro-orm/postgresql';
import { DateTime as LocalTime } from 'luxon';
import { RapportError, type Context } from 'clinic-rapport';
import { awardPoints, PointsLot, releasePoints, reversePoints, verdictOn } from 'clinic-rapport/plugins/membership';
import { clinicOf, Patient } from 'clinic-rapport/schema';
import { rewardMail } from './mails.ts';
import { presentOffer, ReferralOffer } from './offer.ts';
import { move, type Referral } from './referral.ts';
import { publishReferral } from './referral-changed.ts';
import { ReferralReward } from './reward.ts';
import { ReferralsSettings } from './settings.ts';

/** Of the reward's points in the ledger. */
const keyOf = ({ id }: ReferralReward): string => `referrals.reward:${id}`;

/**
 * Promises both sides what is offered now, once for each round; gives it at once where nothing is to be waited for. Answers when
 * it is due.
 */
export async function promiseRewards(referral: Referral, context: Context): Promise<Date> {
  const { em, now } = context;
  const { holdDays } = await context.settings(ReferralsSettings);
  const dueAt = holdDays === 0 ? now : await dueAfter(holdDays, context);
  const round = await nextRound(referral, context);
  const sides = { ADVOCATE: referral.advocate.id, FRIEND: referral.friend!.id } as const;
  for (const side of ['ADVOCATE', 'FRIEND'] as const) {
    const offer = await presentOffer(side, context);
    if (!offer || (await isInHand(referral, side, context))) continue;
    const reward = em.create(ReferralReward, {
      ...{ referral, side, round, patient: em.getReference(Patient, sides[side]), offer, state: 'PENDING' as const },
      dueAt,
    });
    await em.flush();
    if (holdDays === 0) await grant(reward, context);
    // In the ledger of the advocate it would say to the second when the friend was here.
    else if (side === 'FRIEND') await announcePoints(reward, offer, context);
  }
  await endIfAllGiven(referral, context);
  return dueAt;
}

/** In the morning so many days from now, whatever the hour was at which the friend was here. */
export async function dueAfter(days: number, context: Context): Promise<Date> {
  const { timeZone } = await clinicOf(context);
  const today = LocalTime.fromJSDate(context.now, { zone: timeZone }).startOf('day');
  return today.plus({ days }).set({ hour: 9 }).toJSDate();
}

/** What the desk handed over cannot be taken back; so it stands for the next visit too, and nobody gets it twice. */
const isInHand = async (referral: Referral, side: 'ADVOCATE' | 'FRIEND', { em }: Context): Promise<boolean> =>
  (await em.count(ReferralReward, { referral, side, state: 'HANDED_OVER' })) > 0;

async function nextRound({ id }: Referral, { em, clinicId }: Context): Promise<number> {
  const [row] = await em.execute<{ round: number }[]>(
    'select coalesce(max(round), 0) + 1 as round from referrals_reward where clinic_id = ? and referral_id = ?',
    [clinicId, id],
  );
  return row!.round;
}

/** Points that wait are in the ledger already, where who is to get them sees that they come. */
async function announcePoints(reward: ReferralReward, offer: ReferralOffer, context: Context): Promise<void> {
  if (offer.kind === 'POINTS' && (await lawfulOrRefused(reward, offer, context)))
    await awardPoints({ ...pointsOf(reward, offer), pending: true }, context);
}

const wasAnnounced = async (reward: ReferralReward, { em }: Context): Promise<boolean> =>
  (await em.count(PointsLot, { key: keyOf(reward) })) > 0;

const pointsOf = (reward: ReferralReward, { points }: ReferralOffer) => ({
  patientId: reward.patient.id,
  points: points!,
  key: keyOf(reward),
  // Nothing of the friend: not even the visit, which the ledger of the advocate would lead to.
  reason: reward.side === 'ADVOCATE' ? 'referrals.reward' : 'referrals.welcome',
});

/** Gives what is due, by the rules that count for who gets it at this moment. Done again it changes nothing. */
export async function grant(reward: ReferralReward, context: Context): Promise<void> {
  const { em, now } = context;
  if (reward.state !== 'PENDING') return;
  const offer = await em.findOneOrFail(ReferralOffer, reward.offer.id);
  if (!(await lawfulOrRefused(reward, offer, context))) return;
  if (offer.kind === 'POINTS') {
    await awardPoints({ ...pointsOf(reward, offer), pending: true }, context);
    await releasePoints(keyOf(reward), context);
  }
  em.assign(reward, { state: 'GRANTED', grantedAt: now });
  await em.flush();
  await context.send(rewardMail, { patientId: reward.patient.id }, { rewardId: reward.id }, { key: reward.id });
}

/** What the law, or the want of an approval, forbids is refused, with the rule. */
async function lawfulOrRefused(reward: ReferralReward, offer: ReferralOffer, context: Context): Promise<boolean> {
  const reason = await obstacleTo(reward, offer, context);
  if (!reason) return true;
  // Those that were announced would be pending for ever.
  if (offer.kind === 'POINTS' && (await wasAnnounced(reward, context)))
    await reversePoints(keyOf(reward), 'referrals.reversed', context);
  context.em.assign(reward, { state: 'REFUSED', reason, endedAt: context.now });
  await context.em.flush();
  return false;
}

async function obstacleTo(
  { patient }: ReferralReward,
  offer: ReferralOffer,
  context: Context,
): Promise<string | undefined> {
  const known = await context.em.findOne(Patient, patient.id);
  if (!known || known.erasedAt || known.deceasedOn) return 'PATIENT_GONE';
  try {
    const { toApprove } = await verdictOn(offer, context, patient.id);
    return toApprove.find(rule => !offer.approvedRules.includes(rule));
  } catch (error) {
    if (!(error instanceof RapportError && error.code === 'COMPLIANCE_BLOCKED')) throw error;
    return /\(([a-z]+\.[\w-]+):/.exec(error.message)?.[1] ?? 'COMPLIANCE_BLOCKED';
  }
}

/** REWARDED once nothing is pending any more. */
export async function endIfAllGiven(referral: Referral, context: Context): Promise<void> {
  const pending = await context.em.count(ReferralReward, { referral, state: 'PENDING' });
  if (pending > 0 || referral.state !== 'QUALIFIED') return;
  move(referral, 'REWARDED', context.now);
  await context.em.flush();
  publishReferral(referral, context);
}

/** Takes back what was given or promised and is not in somebody's hands: the visit did not count in the end. */
export async function reverseRewards(referral: Referral, context: Context): Promise<void> {
  const { em, now } = context;
  const rewards = await em.find(
    ReferralReward,
    { referral, state: { $nin: ['REVERSED', 'HANDED_OVER'] } },
    { populate: ['offer'], lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const reward of rewards) {
    if (reward.offer.kind === 'POINTS' && (await wasAnnounced(reward, context)))
      await reversePoints(keyOf(reward), 'referrals.reversed', context);
    em.assign(reward, { state: 'REVERSED', endedAt: now });
  }
  await em.flush();
}
