import { defineJob, type Context } from 'clinic-rapport';
import { lockBalances } from './balance.ts';
import { today, type Share } from './open-lots.ts';
import { post, type Line } from './posting.ts';

/** Patients whose points one run lets expire. */
const batch = 200;

type Due = Share & { readonly patientId: string };

/** Points of these patients whose last day is over are no longer theirs. Their balances are locked. */
export async function expireDue(patientIds: readonly string[], context: Context): Promise<void> {
  const due = await context.em.execute<Due[]>(
    `select id as "lotId", patient_id as "patientId", available as points from membership_lot
     where clinic_id = ? and available > 0 and expires_on < ?::date
       and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
     order by patient_id, expires_on, id`,
    [context.clinicId, await today(context), JSON.stringify(patientIds)],
  );
  await post(due.map(expired('membership.expired')), context);
}

/** All points of a patient are forfeited: whose data is erased can claim nothing any more. */
export async function forfeit(patientId: string, context: Context): Promise<void> {
  const { em, clinicId } = context;
  await lockBalances([patientId], context);
  const lots = await em.execute<(Due & { pending: number })[]>(
    `select id as "lotId", patient_id as "patientId", available as points, pending from membership_lot
     where clinic_id = ? and patient_id = ? and (available > 0 or pending > 0) order by id`,
    [clinicId, patientId],
  );
  const lineOf = expired('membership.erased');
  const lines = lots.flatMap(({ pending, ...lot }): Line[] => [
    lineOf(lot),
    { ...lineOf({ ...lot, points: pending }), from: 'PENDING' },
  ]);
  await post(
    lines.filter(({ points }) => points > 0),
    context,
  );
}

const expired =
  (reason: string) =>
  (due: Due): Line => ({ ...due, kind: 'EXPIRE', from: 'AVAILABLE', to: 'EXPIRED', reason });

/** After midnight of the clinic, so many patients at a time. What is late is expired before it can be spent. */
export const expirePoints = defineJob('membership.expire-points', {
  every: '5 0 * * *',
  async run(_, context) {
    const rows = await context.em.execute<{ patientId: string }[]>(
      `select distinct patient_id as "patientId" from membership_lot
       where clinic_id = ? and available > 0 and expires_on < ?::date order by 1 limit ?`,
      [context.clinicId, await today(context), batch],
    );
    const patientIds = rows.map(({ patientId }) => patientId);
    await lockBalances(patientIds, context);
    await expireDue(patientIds, context);
    if (patientIds.length === batch) await context.enqueue(expirePoints, undefined, { key: 'more' });
  },
});
