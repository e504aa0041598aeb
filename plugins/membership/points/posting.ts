import { v7 as newId } from 'uuid';
import { conflict, type Context } from 'clinic-rapport';
import { mostInAll } from './balance.ts';
import { pointsChanged } from './points-changed.ts';
import type { LedgerEntryKind, PointsAccount } from './words.ts';

/** Points of one lot that go from one account to another. */
export interface Line {
  readonly patientId: string;
  readonly lotId: string;
  readonly kind: LedgerEntryKind;
  readonly from: PointsAccount;
  readonly to: PointsAccount;
  readonly points: number;
  /** A code that begins with a plugin's name. */
  readonly reason: string;
  readonly note?: string | null;
}

const insert = `insert into membership_ledger_entry (clinic_id, id, patient_id, sequence, posting_id, lot_id, kind,
    from_account, to_account, points, available_after, pending_after, reason, note, recorded_at, recorded_by)
  select b.clinic_id, l.id, l.patient, b.sequence + row_number() over own, ?, l.lot, l.kind, l.source, l.target, l.points,
    b.available + sum(case l.target when 'AVAILABLE' then l.points else 0 end
      - case l.source when 'AVAILABLE' then l.points else 0 end) over own,
    b.pending + sum(case l.target when 'PENDING' then l.points else 0 end
      - case l.source when 'PENDING' then l.points else 0 end) over own,
    l.reason, l.note, ?, ?
  from rows from (jsonb_to_recordset(?::jsonb) as (id uuid, patient uuid, lot uuid, kind text, source text, target text,
      points integer, reason text, note text)) with ordinality
    as l (id, patient, lot, kind, source, target, points, reason, note, number)
  join membership_balance b on b.clinic_id = ? and b.patient_id = l.patient
  window own as (partition by l.patient order by l.number rows unbounded preceding)
  order by l.number`;

/**
 * Writes entries as one act, of patients whose balances are locked. The balances and lots follow by a trigger in the same
 * statement, and their checks refuse what is not there. Answers the ids of the entries.
 */
export async function post(lines: readonly Line[], context: Context): Promise<string[]> {
  if (lines.length === 0) return [];
  const { actor, clinicId, em, now } = context;
  const postingId = newId();
  const rows = lines.map(({ patientId, lotId, from, to, ...line }) => ({
    ...{ id: newId(), patient: patientId, lot: lotId, source: from, target: to },
    ...line,
  }));
  const recordedBy = `${actor.kind} ${actor.id}`;
  await em
    .execute(insert, [postingId, now.toISOString(), recordedBy, JSON.stringify(rows), clinicId])
    .catch(refuseMore);
  for (const patientId of new Set(lines.map(line => line.patientId))) {
    const { kind } = lines.find(line => line.patientId === patientId)!;
    context.publish(pointsChanged, { patientId, postingId, kind });
  }
  return rows.map(({ id }) => id);
}

/** By the check of the balance; a single patient of a large import, as a rule a mistake in a column. */
function refuseMore(error: unknown): never {
  const { constraint, code } = error as { constraint?: string; code?: string };
  if (code === '22003' || constraint === 'membership_balance_check') {
    throw conflict(`A patient can have at most ${mostInAll} points.`);
  }
  throw error;
}
