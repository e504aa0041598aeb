import type { Database } from '../database/database.ts';
import type { Scope } from '../database/tenancy.ts';
import type { Place } from './cursor.ts';

/** A row of the outbox. Read by the dispatcher: a policy would keep PostgreSQL from finding the place by its index. */
export interface Entry extends Place {
  id: string;
  clinic_id: string;
  patient_id: string | null;
  name: string;
  payload: unknown;
  created_at: Date;
}

/** Someone whose rights have changed. */
export interface StandingChange {
  readonly id: string;
  readonly bearer: string;
}

type Reader = Pick<Database, 'dispatch'>;

/** Rows in one read; fewer mean that there are no more. */
export const placesAhead = 500;

const columns =
  'o.xid::text as xid, o.position::text as position, o.id, o.clinic_id, o.patient_id, o.name, o.payload, o.created_at';

// Transactions below the horizon have ended: nothing can appear any more before what was read.
const live = `select h.xid::text as horizon, h.changes, e.* from (
    select pg_snapshot_xmin(pg_current_snapshot()) as xid, (
      select json_agg(json_build_object('id', c.id, 'bearer', c.bearer)) from standing_change c
      where c.xid >= $1::text::xid8 and $1 <> '0') as changes) h
  left join lateral (
    select ${columns} from outbox o
    where (o.xid, o.position) > ($1::text::xid8, $2::bigint) and o.xid < h.xid and o.clinic_id = any($3)
    order by o.xid, o.position limit ${placesAhead}) e on true
  order by e.xid::xid8, e.position::bigint`;

/** What the followed clinics stored after `after`, up to the horizon, which is answered too; and whose rights have changed. */
export async function readLive(
  { dispatch }: Reader,
  after?: Place,
  clinicIds: readonly string[] = [],
): Promise<{ horizon: string; entries: Entry[]; changes: readonly StandingChange[] }> {
  const values = [after?.xid ?? '0', after?.position ?? '0', [...new Set(clinicIds)]];
  const { rows } = await dispatch.query<Entry & { horizon: string; changes: StandingChange[] | null }>({
    name: 'live events',
    text: live,
    values,
  });
  const { horizon, changes } = rows[0]!;
  return { horizon, changes: changes ?? [], entries: rows.filter(({ id }) => id !== null) };
}

const past = `select ${columns} from outbox o
  where o.clinic_id = $1 and o.name = any($2)
    and (o.xid, o.position) > ($3::text::xid8, $4::bigint) and (o.xid, o.position) <= ($5::text::xid8, $6::bigint)
    and ($7::uuid[] is null or o.patient_id = any($7::uuid[]))
  order by o.xid, o.position limit ${placesAhead}`;

export async function readPast(
  { dispatch }: Reader,
  { clinicId, patientIds, names }: Scope & { names: readonly string[] },
  { after, upTo }: { after: Place; upTo: Place },
): Promise<Entry[]> {
  const patients = patientIds === '*' ? null : patientIds;
  const values = [clinicId, names, after.xid, after.position, upTo.xid, upTo.position, patients];
  const { rows } = await dispatch.query<Entry>({ name: 'past events', text: past, values });
  return rows;
}

/** Whether an event of the topic that came after this place has been removed: who goes on from there would miss it. */
export async function forgotten(
  { dispatch }: Reader,
  { clinicId, names }: Scope & { names: readonly string[] },
  { xid, position }: Place,
): Promise<boolean> {
  const { rows } = await dispatch.query<{ missed: boolean }>({
    name: 'forgotten events',
    text: `select exists (select from outbox_forgotten f where f.clinic_id = $1 and f.name = any($2)
      and (f.xid, f.position) > ($3::text::xid8, $4::bigint)) as missed`,
    values: [clinicId, names, xid, position],
  });
  return rows[0]!.missed;
}
