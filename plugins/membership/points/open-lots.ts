import { DateTime } from 'luxon';
import type { Context } from 'clinic-rapport';
import { clinicOf, dayOf } from 'clinic-rapport/schema';
import { MembershipSettings } from '../settings.ts';

/** Points of one lot. */
export interface Share {
  readonly lotId: string;
  readonly points: number;
}

/** By the clinic's calendar. */
export const today = async (context: Context): Promise<string> =>
  dayOf(context.now, (await clinicOf(context)).timeZone);

/** The last day of points that are given, or released, now; null where they never expire. */
export async function expiryOf(context: Context): Promise<string | null> {
  const { pointsValidMonths } = await context.settings(MembershipSettings);
  if (pointsValidMonths === 0) return null;
  return DateTime.fromISO(await today(context))
    .plus({ months: pointsValidMonths })
    .toISODate();
}

/**
 * So many of the points that can be spent, those first that expire first, or fewer where there are not so many. Of a patient
 * whose balance is locked.
 */
export async function firstToExpire(patientId: string, points: number, context: Context): Promise<Share[]> {
  const { em, clinicId } = context;
  return em.execute<Share[]>(
    `select id as "lotId", least(available, ?::bigint - before)::integer as points from (
       select id, available, sum(available) over (order by expires_on nulls last, id) - available as before
       from membership_lot where clinic_id = ? and patient_id = ? and available > 0
         and (expires_on is null or expires_on >= ?::date)) open
     where before < ?::bigint order by before`,
    [points, clinicId, patientId, await today(context), points],
  );
}

export const sumOf = (shares: readonly Share[]): number => shares.reduce((sum, { points }) => sum + points, 0);
