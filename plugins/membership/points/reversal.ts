import type { Context } from 'clinic-rapport';
import { lockLot } from './award.ts';
import type { PointsLot } from './lot.ts';
import { post, type Line } from './posting.ts';
import { settle } from './settling.ts';

/**
 * Takes points back that were given with this key, pending or not: those of them that are there still, and what was spent of
 * them from the patient's other points. What these do not cover is owed, and later points make up for it: no balance goes
 * below zero. Done again it changes nothing. Answers how many were taken or are owed by it. Throws NOT_FOUND for an unknown key.
 */
export const reversePoints = (key: string, reason: string, context: Context): Promise<number> =>
  reverseTo(key, 0, reason, context);

/** The same down to a part of them that stays; fewer than that were taken back before, and nothing happens. */
export async function reverseTo(key: string, keep: number, reason: string, context: Context): Promise<number> {
  const lot = await lockLot(key, context);
  const { back, expired } = await gone(lot.id, context);
  const claim = Math.min(lot.points - keep, lot.points - expired) - back;
  if (claim <= 0) return 0;
  await post(linesOf(lot, claim, reason), context);
  await settle(lot.patient.id, context);
  return claim;
}

function linesOf(lot: PointsLot, claim: number, reason: string): Line[] {
  const { id: lotId, pending, available } = lot;
  const line = { patientId: lot.patient.id, lotId, kind: 'REVERSE', to: 'ISSUED', reason } as const;
  const ofPending = Math.min(claim, pending);
  const ofAvailable = Math.min(claim - ofPending, available);
  const lines: Line[] = [
    { ...line, from: 'PENDING', points: ofPending },
    { ...line, from: 'AVAILABLE', points: ofAvailable },
    { ...line, from: 'OWED', points: claim - ofPending - ofAvailable },
  ];
  return lines.filter(({ points }) => points > 0);
}

/** What was taken back of a lot before, and what has expired: of that nobody had anything. */
async function gone(lotId: string, { em, clinicId }: Context): Promise<{ back: number; expired: number }> {
  const [row] = await em.execute<{ back: number; expired: number }[]>(
    `select coalesce(sum(points) filter (where kind = 'REVERSE' and to_account = 'ISSUED'), 0)::integer as back,
       coalesce(sum(points) filter (where to_account = 'EXPIRED'), 0)::integer as expired
     from membership_ledger_entry where clinic_id = ? and lot_id = ?`,
    [clinicId, lotId],
  );
  return row!;
}
