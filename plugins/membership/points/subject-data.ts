import type { Context, SubjectData } from 'clinic-rapport';
import { lockBalances, PointsBalance } from './balance.ts';
import { forfeit } from './expiry.ts';
import { LedgerEntry } from './ledger-entry.ts';
import { moveLots } from './moving.ts';
import { MembershipRedemption } from './redemption.ts';
import { settle } from './settling.ts';

/**
 * The ledger stays for the books, as do visits and what they cost: of a patient of whom nothing else is known. What staff wrote
 * goes, and points that nobody can claim any more expire.
 */
export const pointsOfSubject: SubjectData = {
  async export(patientId, { em }) {
    const balance = await em.findOne(PointsBalance, { patient: patientId });
    const entries = await em.find(
      LedgerEntry,
      { patient: patientId },
      { orderBy: { sequence: 'asc' }, populate: ['lot'] },
    );
    const redemptions = await em.find(
      MembershipRedemption,
      { patient: patientId },
      { orderBy: { redeemedAt: 'asc' }, populate: ['reward'] },
    );
    return {
      points: balance && { available: balance.available, pending: balance.pending, owed: balance.owed },
      ledger: entries.map(({ sequence, kind, from, to, points, availableAfter, reason, note, recordedAt, lot }) => ({
        ...{ sequence, kind, from, to, points, availableAfter, reason, note, recordedAt, expiresOn: lot.expiresOn },
      })),
      redemptions: redemptions.map(({ reward, points, code, state, validUntil, redeemedAt, endedAt }) => ({
        ...{ reward: reward.name, points, code, state, validUntil, redeemedAt, endedAt },
      })),
    };
  },

  async erase(patientId, context) {
    if (!(await mayErase(patientId, context))) return;
    await forfeit(patientId, context);
    await context.em.nativeUpdate(
      MembershipRedemption,
      { patient: patientId, state: 'OPEN' },
      { state: 'LAPSED', endedAt: context.now },
    );
    await context.em.execute(
      'update membership_ledger_entry set note = null where clinic_id = ? and patient_id = ? and note is not null',
      [context.clinicId, patientId],
    );
  },

  async hold(patientId, held, { em }) {
    await em.nativeUpdate(PointsBalance, { patient: patientId }, { held });
  },

  async merge(fromId, toId, context) {
    await lockBalances(await ofThose([fromId, toId], context), context);
    await moveLots(fromId, toId, context);
    await settle(toId, context);
  },
};

/** Of a patient who never had points there is nothing to erase. */
async function mayErase(patientId: string, { em }: Context): Promise<boolean> {
  const balance = await em.findOne(PointsBalance, { patient: patientId }, { refresh: true });
  return balance !== null && !balance.held;
}

/** Two records without points get no balances by a merge. */
async function ofThose(patientIds: readonly string[], { em }: Context): Promise<readonly string[]> {
  const known = await em.count(PointsBalance, { patient: { $in: [...patientIds] } });
  return known > 0 ? patientIds : [];
}
