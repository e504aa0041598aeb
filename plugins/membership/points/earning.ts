import type { Context } from 'clinic-rapport';
import { Visit, type VisitChange } from 'clinic-rapport/schema';
import { MembershipSettings } from '../settings.ts';
import { awardPoints, releasePoints } from './award.ts';
import { mostPoints } from './ledger-entry.ts';
import { PointsLot } from './lot.ts';
import { reversePoints, reverseTo } from './reversal.ts';

const keys = (visitId: string) => ({
  visit: `membership.visit:${visitId}`,
  spending: `membership.spending:${visitId}`,
});

/**
 * What a visit earns: something for coming, pending while it goes on, and something for what it cost. One handler for all that
 * can happen to a visit, as it gets that in its order.
 */
export async function keepPoints({ visitId, change }: VisitChange, context: Context): Promise<void> {
  const visit = await context.em.findOneOrFail(Visit, visitId, { populate: ['patient'] });
  if (change === 'CANCELLED') return takeBack(visit, context);
  if (change === 'REFUNDED') return takeBackPart(visit, context);
  if (visit.patient.erasedAt) return;
  await forVisit(visit, change === 'STARTED', context);
  if (change === 'COMPLETED') await forSpending(visit, context);
}

async function forVisit({ id: visitId, patient }: Visit, pending: boolean, context: Context): Promise<void> {
  const { pointsPerVisit: points } = await context.settings(MembershipSettings);
  const award = { patientId: patient.id, points, key: keys(visitId).visit, reason: 'membership.visit' };
  if (points > 0) await awardPoints({ ...award, pending, visitId }, context);
  if (pending) return;
  const waiting = await context.em.find(PointsLot, { visit: visitId, pending: { $gt: 0 } }, { orderBy: { id: 'asc' } });
  for (const { key } of waiting) await releasePoints(key, context);
}

async function forSpending({ id: visitId, patient, amount }: Visit, context: Context): Promise<void> {
  const { pointsPerSpendingUnit, spendingUnit } = await context.settings(MembershipSettings);
  const points = Math.min(mostPoints, Math.floor((amount ?? 0) / spendingUnit) * pointsPerSpendingUnit);
  if (points === 0) return;
  const award = { patientId: patient.id, points, key: keys(visitId).spending, reason: 'membership.spending' };
  await awardPoints({ ...award, visitId }, context);
}

async function takeBack({ id }: Visit, context: Context): Promise<void> {
  const lots = await context.em.find(PointsLot, { visit: id }, { orderBy: { id: 'asc' } });
  for (const { key } of lots) await reversePoints(key, 'membership.visit-cancelled', context);
}

/** In proportion: of a half that is paid back the half, rounded in favour of the clinic. */
async function takeBackPart({ id, amount, refundedAmount }: Visit, context: Context): Promise<void> {
  const lot = await context.em.findOne(PointsLot, { key: keys(id).spending });
  if (!lot || !amount) return;
  const keep = Number((BigInt(lot.points) * BigInt(amount - refundedAmount)) / BigInt(amount));
  await reverseTo(lot.key, keep, 'membership.refunded', context);
}
