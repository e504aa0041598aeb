import { LockMode } from '@mikro-orm/postgresql';
import { defineJob, type Context } from 'clinic-rapport';
import { forgetEngagement, recordEngagement } from 'clinic-rapport/plugins/membership';
import { Patient, Visit, type VisitChange } from 'clinic-rapport/schema';
import { move, Referral } from './referral.ts';
import { publishReferral } from './referral-changed.ts';
import { endIfAllGiven, grant, promiseRewards, reverseRewards } from './granting.ts';
import { ReferralReward } from './reward.ts';
import { keptDays } from './statistics.ts';

/** The friend's first completed visit is what all was for; a later one changes nothing. */
export async function qualifyFriend({ visitId, patientId }: VisitChange, context: Context): Promise<void> {
  const referral = await lockOf({ friend: patientId, state: 'JOINED' }, context);
  if (referral?.review === 'PASSED') await qualify(referral, visitId, context);
}

/** The same once staff let it pass, where the friend has been here in the meantime, and it was not paid back. */
export async function qualifyIfSeen(referral: Referral, context: Context): Promise<void> {
  const [visit] = await context.em.execute<{ id: string }[]>(
    `select id from visit where clinic_id = ? and patient_id = ? and status = 'COMPLETED'
       and (coalesce(amount, 0) = 0 or refunded_amount < amount) order by started_at, id limit 1`,
    [context.clinicId, referral.friend!.id],
  );
  if (visit) await qualify(referral, visit.id, context);
}

async function qualify(referral: Referral, visitId: string, context: Context): Promise<void> {
  const { em, now } = context;
  const visit = await em.findOneOrFail(Visit, visitId);
  // Handled late, after it was cancelled or paid back: then it does not count.
  if (visit.status !== 'COMPLETED' || isPaidBack(visit)) return;
  move(referral, 'QUALIFIED', now);
  em.assign(referral, { visit, qualifiedAt: now });
  await em.flush();
  publishReferral(referral, context);
  const dueAt = await promiseRewards(referral, context);
  const counted = { referralId: referral.id, qualifiedAt: now.toISOString() };
  if (dueAt <= now) return countForAdvocate(counted, context);
  await context.enqueue(giveDueRewards, undefined, { at: dueAt, key: referral.id });
  await context.enqueue(countFriend, counted, { at: dueAt, key: `${referral.id}:${counted.qualifiedAt}` });
}

interface Counted {
  readonly referralId: string;
  /** Of the visit that counts: one that was paid back since counts no more. */
  readonly qualifiedAt: string;
}

/** With the rewards, and not before: the day of a new tier would tell when the friend was here. */
export const countFriend = defineJob<Counted>('referrals.count-friend', { run: countForAdvocate });

/** Bringing someone counts for the tier, as long as the advocate is somebody still. */
async function countForAdvocate({ referralId, qualifiedAt }: Counted, context: Context): Promise<void> {
  const referral = await lockOf({ id: referralId }, context);
  if (referral?.qualifiedAt?.toISOString() !== qualifiedAt) return;
  const patient = await context.em.findOneOrFail(Patient, referral.advocate.id);
  if (patient.erasedAt || patient.mergedInto) return;
  await recordEngagement({ patientId: patient.id, kind: 'REFERRED', key: engagementOf(referralId) }, context);
}

const engagementOf = (id: string): string => `referrals.friend:${id}`;

const isPaidBack = ({ amount, refundedAmount }: Visit): boolean => (amount ?? 0) > 0 && refundedAmount >= amount!;

/** A visit that was cancelled, or paid back in whole, was none: the friend's next one counts. */
export async function takeRewardsBack({ visitId }: VisitChange, context: Context): Promise<void> {
  const { em, now } = context;
  const visit = await em.findOneOrFail(Visit, visitId);
  if (visit.status === 'COMPLETED' && !isPaidBack(visit)) return;
  const referral = await lockOf({ visit: visitId, state: { $in: ['QUALIFIED', 'REWARDED'] } }, context);
  if (!referral) return;
  await undo(referral, context);
  move(referral, 'JOINED', now);
  em.assign(referral, { visit: null, qualifiedAt: null });
  await em.flush();
  publishReferral(referral, context);
}

/** Nothing that it brought about stands any more. */
export async function undo(referral: Referral, context: Context): Promise<void> {
  await forgetEngagement(engagementOf(referral.id), context);
  await reverseRewards(referral, context);
}

const lockOf = (where: object, { em }: Context): Promise<Referral | null> =>
  em.findOne(Referral, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });

const batch = 200;

/** What was kept back and is due now. */
export const giveDueRewards = defineJob('referrals.give-due-rewards', {
  // Each is rung for when it is due; this finds what was missed.
  every: '50 * * * *',
  async run(_, context: Context) {
    const { em, now } = context;
    const due = await em.find(
      ReferralReward,
      { state: 'PENDING', dueAt: { $lte: now } },
      { orderBy: { dueAt: 'asc' }, limit: batch, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
    );
    for (const reward of due) {
      const referral = await lockOf({ id: reward.referral.id }, context);
      await grant(reward, context);
      await endIfAllGiven(referral!, context);
    }
    if (due.length === batch) await context.enqueue(giveDueRewards, undefined, { key: 'more' });
  },
});

/** Invitations that nobody followed are of nobody: they go. */
export const forgetInvitations = defineJob('referrals.forget-invitations', {
  every: '40 3 * * *',
  async run(_, context: Context) {
    const { em, clinicId, now } = context;
    // The first day that may be asked for is whole.
    const before = new Date(now.getTime() - (keptDays + 2) * 86_400_000).toISOString();
    const gone = await em.execute<unknown[]>(
      `delete from referrals_referral where clinic_id = ? and id in (select id from referrals_referral
         where clinic_id = ? and state = 'INVITED' and not held and invited_at < ? order by invited_at limit ${batch}) returning 1`,
      [clinicId, clinicId, before],
    );
    if (gone.length === batch) await context.enqueue(forgetInvitations, undefined, { key: 'more' });
  },
});
