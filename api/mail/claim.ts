import type { Database } from '../database/database.ts';
import type { Scope } from '../database/tenancy.ts';
import type { Ready } from './prepare.ts';

/** A delivery that this worker has taken. */
export interface Claimed {
  id: string;
  mail: string;
  stream: 'transactional' | 'marketing';
  patient_id: string | null;
  related_person_id: string | null;
  user_id: string | null;
  address: string | null;
  recipient_name: string | null;
  locale: string | null;
  data: unknown;
  message_id: string;
  attempts: number;
}

const batch = 200;
/** Milliseconds after which a worker that did not renew its lease is taken for dead. */
export const lease = 120_000;

/** Clinics with deliveries that are due, or were left by a worker that is gone. */
export async function findDue(now: Date, { dispatch }: Database): Promise<Map<string, string[]>> {
  const { rows } = await dispatch.query<{ clinic_id: string; id: string }>({
    name: 'due deliveries',
    text: `select clinic_id, id from delivery
      where state = 'queued' and due_at <= $1 or state in ('claimed', 'sending') and lease_until <= $1
      order by due_at limit ${batch}`,
    values: [now.toISOString()],
  });
  const byClinic = Map.groupBy(rows, row => row.clinic_id);
  return new Map([...byClinic].map(([clinicId, found]) => [clinicId, found.map(({ id }) => id)]));
}

export class Claims {
  readonly #database: Database;
  readonly #worker: string;

  constructor(database: Database, worker: string) {
    this.#database = database;
    this.#worker = worker;
  }

  /**
   * Takes what is still to be had. What a dead worker had only claimed was certainly not sent, and is taken at once. What it
   * was `sending` may have arrived: a reminder is sent again, under the same Message-ID; marketing becomes `uncertain`.
   */
  async take(scope: Scope, ids: readonly string[], now: Date): Promise<Claimed[]> {
    const instant = now.toISOString();
    return this.#database.transaction(scope, async em => {
      await em.execute(
        `update delivery set state = 'uncertain', reason = 'WORKER_LOST', claimed_by = null, lease_until = null
         where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
           and state = 'sending' and stream = 'marketing' and lease_until <= ?`,
        [scope.clinicId, JSON.stringify(ids), instant],
      );
      return em.execute<Claimed[]>(
        `update delivery set state = 'claimed', claimed_by = ?, lease_until = ?, attempts = attempts + 1
         where clinic_id = ? and id in (
           select id from delivery
           where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
             and (state = 'queued' and due_at <= ? or state in ('claimed', 'sending') and lease_until <= ?)
           for update skip locked)
         returning id, mail, stream, patient_id, related_person_id, user_id, address, recipient_name, locale, data, message_id, attempts`,
        [this.#worker, leaseFrom(now), scope.clinicId, scope.clinicId, JSON.stringify(ids), instant, instant],
      );
    });
  }

  /** Still at work on what it has taken: a slow mail server must not make it look dead, and others send the same again. */
  async renew(scope: Scope, now: Date): Promise<void> {
    await this.#database.transaction(scope, em =>
      em.execute(
        `update delivery set lease_until = ? where clinic_id = ? and claimed_by = ? and state in ('claimed', 'sending')`,
        [leaseFrom(now), scope.clinicId, this.#worker],
      ),
    );
  }

  /** The last step before SMTP; answers which of them are still this worker's to send. */
  async sending(scope: Scope, ready: readonly Ready[], now: Date): Promise<Set<string>> {
    const values = ready.map(({ id, basis, locale, envelope }) => ({ id, basis, locale, address: envelope.to }));
    const rows = await this.#database.transaction(scope, em =>
      em.execute<{ id: string }[]>(
        `update delivery d set state = 'sending', basis = r.basis, locale = r.locale, address = r.address, lease_until = ?
         from jsonb_to_recordset(?::jsonb) as r(id uuid, basis text, locale text, address text)
         where d.clinic_id = ? and d.id = r.id and d.state = 'claimed' and d.claimed_by = ? returning d.id`,
        [leaseFrom(now), JSON.stringify(values), scope.clinicId, this.#worker],
      ),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** What became of them. Only this worker's rows: one that lost its lease may not overwrite what the next one wrote. */
  async settle(scope: Scope, outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    await this.#database.transaction(scope, em =>
      em.execute(
        `update delivery d set state = o.state, reason = o.reason, sent_at = o."sentAt", due_at = coalesce(o."dueAt", d.due_at),
           attempts = d.attempts - coalesce(o.untried, false)::int, claimed_by = null, lease_until = null
         from jsonb_to_recordset(?::jsonb) as o(id uuid, state text, reason text, "sentAt" timestamptz, "dueAt" timestamptz, untried boolean)
         where d.clinic_id = ? and d.id = o.id and d.claimed_by = ?`,
        [JSON.stringify(outcomes), scope.clinicId, this.#worker],
      ),
    );
  }
}

export interface Outcome {
  id: string;
  state: 'sent' | 'withheld' | 'failed' | 'uncertain' | 'queued';
  reason?: string;
  sentAt?: Date;
  /** When a queued one is tried again; as soon as may be, if not given. */
  dueAt?: Date;
  /** It had no chance: the attempt is not counted. */
  untried?: boolean;
}

const leaseFrom = (now: Date): string => new Date(now.getTime() + lease).toISOString();
