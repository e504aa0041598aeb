import type { Database } from '../database/database.ts';
import type { Claimed } from './claim.ts';

type Stream = Claimed['stream'];

/** What is due of one clinic. */
export interface Due {
  readonly clinicId: string;
  readonly ids: readonly string[];
}

/** Of one clinic in one look: then the next clinic has its turn. */
const share = 200;
/** Clinics in one look, those first that have waited longest since theirs. */
const clinics = 50;

const left = `select clinic_id, id from delivery where state in ('claimed', 'sending') and lease_until <= $1 and stream = $2
  order by lease_until limit ${share}`;

// From clinic to clinic along the index: the long queue of one is not read to find the next.
const waiting = `with recursive clinic as (
    (select clinic_id from delivery where state = 'queued' and stream = $2 and clinic_id > $3 order by clinic_id limit 1)
    union all
    select (select d.clinic_id from delivery d where d.state = 'queued' and d.stream = $2 and d.clinic_id > clinic.clinic_id
            order by d.clinic_id limit 1)
    from clinic where clinic.clinic_id is not null)
  select due.clinic_id, due.id from clinic, lateral (
    select d.clinic_id, d.id from delivery d
    where d.state = 'queued' and d.stream = $2 and d.clinic_id = clinic.clinic_id and d.due_at <= $1
    order by d.due_at limit ${share}) due
  limit ${clinics * share}`;

const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Finds what is to be sent: everything transactional before any marketing, so that a campaign delays no reminder; and of
 * each clinic a share, so that the campaign of one does not wait for the whole of another's.
 */
export class DueDeliveries {
  readonly #database: Pick<Database, 'dispatch'>;

  constructor(database: Pick<Database, 'dispatch'>) {
    this.#database = database;
  }

  /** Both waiting deliveries and those that a worker left which is gone. */
  async find(now: Date): Promise<Due[]> {
    const urgent = await this.#of('transactional', now);
    return urgent.length > 0 ? urgent : this.#of('marketing', now);
  }

  async #of(stream: Stream, now: Date): Promise<Due[]> {
    const { dispatch } = this.#database;
    const at = now.toISOString();
    type Row = { clinic_id: string; id: string };
    const [abandoned, queued] = await Promise.all([
      dispatch.query<Row>({ name: 'deliveries left', text: left, values: [at, stream] }),
      dispatch.query<Row>({ name: 'deliveries waiting', text: waiting, values: [at, stream, nobody] }),
    ]);
    const byClinic = Map.groupBy([...abandoned.rows, ...queued.rows], row => row.clinic_id);
    return [...byClinic].map(([clinicId, rows]) => ({ clinicId, ids: rows.map(({ id }) => id).slice(0, share) }));
  }
}
