import { conflict, type Context } from 'clinic-rapport';
import { lockBalances } from './balance.ts';
import { expireDue } from './expiry.ts';
import { firstToExpire, sumOf } from './open-lots.ts';
import { post, type Line } from './posting.ts';

export type Spending = Omit<Line, 'lotId' | 'from'>;

/**
 * Takes points that can be spent, those first that expire first. Of several who spend at once each waits for the one before.
 * Throws CONFLICT where there are not so many; nothing is taken then.
 */
export async function spend(spending: Spending, context: Context): Promise<string[]> {
  const { patientId, points } = spending;
  await lockBalances([patientId], context);
  await expireDue([patientId], context);
  const shares = await firstToExpire(patientId, points, context);
  const there = sumOf(shares);
  if (there < points) throw conflict(`There are ${there} points to spend, and it takes ${points}.`);
  return post(
    shares.map(share => ({ ...spending, ...share, from: 'AVAILABLE' })),
    context,
  );
}
