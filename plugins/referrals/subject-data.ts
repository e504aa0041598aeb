import type { Context, SubjectData } from 'clinic-rapport';
import { ReferralCode } from './code.ts';
import { move, Referral } from './referral.ts';
import { undo } from './qualifying.ts';
import { publishReferral } from './referral-changed.ts';
import { ReferralReward } from './reward.ts';

/** Of a patient as advocate and as friend; nothing of the other side. That there was a referral stays for the books. */
export const subjectData: SubjectData = {
  async export(patientId, { em }) {
    const codes = await em.find(ReferralCode, { patient: patientId }, { orderBy: { createdAt: 'asc' } });
    const made = await em.find(Referral, { advocate: patientId }, { orderBy: { invitedAt: 'asc' } });
    const [brought] = await em.find(Referral, { friend: patientId }, { orderBy: { invitedAt: 'desc' }, limit: 1 });
    const rewards = await em.find(
      ReferralReward,
      { patient: patientId },
      { orderBy: { dueAt: 'asc' }, populate: ['offer'] },
    );
    return {
      referralCodes: codes.map(({ code, createdAt, expiresAt }) => ({ code, createdAt, expiresAt })),
      referralsMade: made.map(({ channel, state, shownName, joinedAt }) => ({
        ...{ channel, state, friendName: shownName ?? null, month: joinedAt?.toISOString().slice(0, 7) ?? null },
      })),
      wasReferred: brought
        ? { channel: brought.channel, invitedAt: brought.invitedAt, discloses: brought.discloses }
        : null,
      // Who brought a friend is not to learn from the own file when the friend was here.
      referralRewards: rewards.map(({ side, offer, state, dueAt, grantedAt }) => ({
        ...{ side, name: offer.name, state },
        ...(side === 'FRIEND' && { dueAt, grantedAt }),
      })),
    };
  },

  async erase(patientId, context) {
    const { em, now } = context;
    const held = await em.count(Referral, { held: true, $or: [{ advocate: patientId }, { friend: patientId }] });
    if (held > 0) return;
    await em.nativeUpdate(Referral, { friend: patientId }, { shownName: null, reviewNote: null });
    const open = { state: { $in: ['INVITED' as const, 'JOINED' as const] } };
    for (const referral of await em.find(Referral, {
      ...open,
      $or: [{ advocate: patientId }, { friend: patientId }],
    })) {
      referral.reason = 'ERASED';
      move(referral, 'VOID', now);
      await em.flush();
      publishReferral(referral, context);
    }
    await em.nativeUpdate(
      ReferralReward,
      { patient: patientId, state: 'PENDING' },
      { state: 'REFUSED', reason: 'ERASED', endedAt: now },
    );
    await em.nativeUpdate(Referral, { advocate: patientId }, { code: null });
    await em.nativeDelete(ReferralCode, { patient: patientId });
  },

  async hold(patientId, held, { em }) {
    await em.nativeUpdate(Referral, { $or: [{ advocate: patientId }, { friend: patientId }] }, { held });
  },

  async merge(_, toId, context) {
    await voidOwn(toId, context);
  },
};

/** Who turns out to be one and the same person has brought nobody, and gives back what was had for it. */
async function voidOwn(patientId: string, context: Context): Promise<void> {
  const { em, now } = context;
  const own = await em.find(Referral, { advocate: patientId, friend: patientId, state: { $ne: 'VOID' } });
  for (const referral of own) {
    if (referral.state === 'QUALIFIED' || referral.state === 'REWARDED') await undo(referral, context);
    referral.reason = 'SELF';
    move(referral, 'VOID', now);
    await em.flush();
    publishReferral(referral, context);
  }
}
