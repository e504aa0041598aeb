import type { Context } from 'clinic-rapport';
import { firstToExpire, sumOf, type Share } from './open-lots.ts';
import { post, type Line } from './posting.ts';

/** What a patient owes is made up for by what can be spent, as far as there is. Of a patient whose balance is locked. */
export async function settle(patientId: string, context: Context): Promise<void> {
  const { em, clinicId } = context;
  const owed = await em.execute<Share[]>(
    `select id as "lotId", owed as points from membership_lot
     where clinic_id = ? and patient_id = ? and owed > 0 order by id`,
    [clinicId, patientId],
  );
  if (owed.length === 0) return;
  const used = await firstToExpire(patientId, sumOf(owed), context);
  const line = { patientId, kind: 'SETTLE', reason: 'membership.owed' } as const;
  await post(
    [
      ...used.map((share): Line => ({ ...line, ...share, from: 'AVAILABLE', to: 'SETTLED' })),
      ...upTo(sumOf(used), owed).map((share): Line => ({ ...line, ...share, from: 'SETTLED', to: 'OWED' })),
    ],
    context,
  );
}

/** The first of these shares, that come to so many points together. */
function upTo(points: number, shares: readonly Share[]): Share[] {
  const taken: Share[] = [];
  for (const share of shares) {
    const rest = points - sumOf(taken);
    if (rest > 0) taken.push({ ...share, points: Math.min(rest, share.points) });
  }
  return taken;
}
