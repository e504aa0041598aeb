import type { EntityManager } from '@mikro-orm/postgresql';
import type { Database } from '../database/database.ts';

/** A table of work: rows wait until they are due, run under a lease, and are gone when done or `dead` when given up. */
export interface WorkTable {
  readonly name: 'event_handling' | 'job';
  /** SQL over `w`: what else must hold for a row to be taken now. */
  readonly ready?: string;
}

export interface Claim {
  readonly id: string;
  readonly attempts: number;
}

/** Milliseconds for which a claim stands; whoever holds it longer has lost it. */
export const lease = 60_000;
const batch = 100;

const due = `(w.state = 'waiting' and w.due_at <= ?::timestamptz or w.state = 'running' and w.lease_until <= ?::timestamptz)`;

/** Where there is work to do, by clinic. The dispatcher sees that, and nothing of what the work is. */
export async function findDue({ name }: WorkTable, now: Date, { dispatch }: Database): Promise<Map<string, string[]>> {
  const { rows } = await dispatch.query<{ clinic_id: string; id: string }>({
    name: `due ${name}`,
    text: `select clinic_id, id from ${name} w where ${due.replace('?', '$1').replace('?', '$1')} order by due_at limit ${batch}`,
    values: [now.toISOString()],
  });
  const byClinic = Map.groupBy(rows, row => row.clinic_id);
  return new Map([...byClinic].map(([clinicId, found]) => [clinicId, found.map(({ id }) => id)]));
}

/** Takes what is still to be had of these rows. An attempt is counted when it begins: also one that ends with the process. */
export async function claim<T extends Claim>(em: EntityManager, table: WorkTable, ids: readonly string[], by: { worker: string; now: Date }): Promise<T[]> {
  const { name, ready = 'true' } = table;
  const now = by.now.toISOString();
  return em.execute<T[]>(
    `update ${name} set state = 'running', attempts = attempts + 1, claimed_by = ?, lease_until = ?::timestamptz
     where clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid and id in (
       select w.id from ${name} w
       where w.clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid
         and w.id in (select value::uuid from jsonb_array_elements_text(?::jsonb)) and ${due} and (${ready})
       for update skip locked)
     returning *`,
    [by.worker, new Date(by.now.getTime() + lease).toISOString(), JSON.stringify(ids), now, now],
  );
}

/** Inside the transaction of the work itself. False where the claim was lost: then nothing of the work may stand. */
export async function finish(em: EntityManager, { name }: WorkTable, { id }: Claim, worker: string): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    `delete from ${name} where clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid and id = ? and claimed_by = ? returning id`,
    [id, worker],
  );
  return rows.length > 0;
}

export interface GivenBack {
  /** When it is tried again; never, if not given. */
  retryAt?: Date;
  /** What went wrong, without values of patients. */
  error: string;
  /** It was not tried at all. */
  untried?: boolean;
}

/** Back to the waiting ones, or to the dead letters. */
export async function giveBack(em: EntityManager, { name }: WorkTable, { id }: Claim, worker: string, { retryAt, error, untried = false }: GivenBack): Promise<void> {
  await em.execute(
    `update ${name} set state = ?, due_at = coalesce(?::timestamptz, due_at), error = ?, attempts = attempts - ?::int,
       claimed_by = null, lease_until = null
     where clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid and id = ? and claimed_by = ?`,
    [retryAt ? 'waiting' : 'dead', retryAt?.toISOString() ?? null, error.slice(0, 500), Number(untried), id, worker],
  );
}

/** One second, then twice as long each time, to an hour; spread, so that what failed together does not return together. */
export function retryAfter(attempts: number, now: Date): Date {
  const seconds = Math.min(3_600, 2 ** (attempts - 1));
  return new Date(now.getTime() + seconds * 1_000 * (0.75 + Math.random() / 2));
}
