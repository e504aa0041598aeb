import type { Context } from 'clinic-rapport';
import { post, type Line } from './posting.ts';
import type { PointsAccount } from './words.ts';

/** Points of a lot in an account of the patient; negative ones are owed. */
interface Held {
  readonly lotId: string;
  readonly account: PointsAccount;
  readonly points: number;
}

/**
 * Two records of one patient were merged, or that was undone: the platform has changed whose the lots are, and the ledger has to
 * follow, which it does by entries. A lot whose points lie with the other record by the ledger was moved.
 */
export async function moveLots(fromId: string, toId: string, context: Context): Promise<void> {
  const moved = await context.em.execute<Held[]>(
    `select e.lot_id as "lotId", a.account, sum(case a.account when e.to_account then e.points else -e.points end)::integer as points
     from membership_lot l
     join membership_ledger_entry e on e.clinic_id = l.clinic_id and e.lot_id = l.id and e.patient_id = ?
     join unnest(array['PENDING', 'AVAILABLE', 'OWED']) a (account) on a.account in (e.from_account, e.to_account)
     where l.clinic_id = ? and l.patient_id = ?
     group by e.lot_id, a.account
     having sum(case a.account when e.to_account then e.points else -e.points end) <> 0 order by 1, 2`,
    [fromId, context.clinicId, toId],
  );
  await post(
    moved.flatMap(held => across(held, fromId, toId)),
    context,
  );
}

/** What is owed is an account in the red: points go the other way to move it. */
function across({ lotId, account, points }: Held, fromId: string, toId: string): Line[] {
  const [giver, taker] = points > 0 ? [fromId, toId] : [toId, fromId];
  const line = { lotId, kind: 'MOVE', points: Math.abs(points), reason: 'membership.merged' } as const;
  return [
    { ...line, patientId: giver, from: account, to: 'MOVED' },
    { ...line, patientId: taker, from: 'MOVED', to: account },
  ];
}
