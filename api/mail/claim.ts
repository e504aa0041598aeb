import type { Database } from '../database/database.ts';
import type { Scope } from '../database/tenancy.ts';

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
  deferred_since: Date | string | null;
}

/** Milliseconds after which a worker that did not renew its lease is taken for dead. */
export const lease = 120_000;

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
    const list = `{${ids.join()}}`;
    return this.#database.transaction(scope, async em => {
      await em.execute(
        `update delivery set state = 'uncertain', reason = 'WORKER_LOST', claimed_by = null, lease_until = null
         where clinic_id = ? and id = any(?::uuid[])
           and state = 'sending' and stream = 'marketing' and lease_until <= ?`,
        [scope.clinicId, list, instant],
      );
      return em.execute<Claimed[]>(
        `update delivery set state = 'claimed', claimed_by = ?, lease_until = ?, attempts = attempts + 1
         where clinic_id = ? and id in (
           select id from delivery
           where clinic_id = ? and id = any(?::uuid[])
             and (state = 'queued' and due_at <= ? or state in ('claimed', 'sending') and lease_until <= ?)
           for update skip locked)
         returning id, mail, stream, patient_id, related_person_id, user_id, address, recipient_name, locale, data, message_id, attempts, deferred_since`,
        [this.#worker, leaseFrom(now), scope.clinicId, scope.clinicId, list, instant, instant],
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
  /** It was not the moment, since then at the latest. */
  deferredAt?: Date;
}

export const leaseFrom = (now: Date): string => new Date(now.getTime() + lease).toISOString();
