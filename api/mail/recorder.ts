import type { Clock } from '../clock.ts';
import type { Pipelines } from '../read/pipelines.ts';
import { insist } from '../work/insist.ts';
import { lease, leaseFrom, type Outcome } from './claim.ts';
import type { Ready } from './prepare.ts';

/** Milliseconds for which it is tried to write down what became of a mail: the lease, renewed each quarter of it, outlasts this. */
const patience = lease / 2;

interface Entry {
  readonly outcomes: readonly Outcome[];
  readonly next?: Ready;
  readonly resolve: (mayBeSent: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What became of those that were sent, and which are sent next, in one statement: both are true at once, or neither. It is
 * its own transaction, in the scope of the clinic, in one round trip. The ids are given once more by themselves, as PostgreSQL
 * cannot tell how many rows JSON has, and would read the whole table. Only this worker's rows are changed, so one that lost
 * its lease overwrites nothing; done twice it does what it did once.
 */
const statement = `with o as (
    select * from jsonb_to_recordset($1::text::jsonb)
      as o(id uuid, state text, reason text, "sentAt" timestamptz, "dueAt" timestamptz, untried boolean, "deferredAt" timestamptz)),
  r as (select * from jsonb_to_recordset($2::text::jsonb) as r(id uuid, basis text, locale text, address text,
    "decidedAt" timestamptz, "verifiedAt" timestamptz, snapshot text, template text, fields jsonb)),
  done as (
    update delivery d set state = o.state, reason = o.reason, sent_at = o."sentAt", due_at = coalesce(o."dueAt", d.due_at),
      deferred_since = coalesce(d.deferred_since, o."deferredAt"), attempts = d.attempts - coalesce(o.untried, false)::int, claimed_by = null, lease_until = null
    from o where d.clinic_id = $3::text::uuid and d.id = any($6::text::uuid[]) and d.id = o.id and d.claimed_by = $4),
  begun as (
    update delivery d set state = 'sending', basis = r.basis, locale = r.locale, address = r.address,
      decided_at = r."decidedAt", address_verified_at = r."verifiedAt", decided_snapshot = r.snapshot, template = r.template, fields = r.fields,
      lease_until = $5::text::timestamptz
    from r where d.clinic_id = $3::text::uuid and d.id = any($7::text::uuid[]) and d.id = r.id
      and d.state in ('claimed', 'sending') and d.claimed_by = $4
    returning d.id)
  select coalesce(json_agg(id), '[]')::text from begun`;

export interface RecorderOptions {
  pipelines: Pipelines;
  clock: Clock;
  clinicId: string;
  worker: string;
}

/** Writes down for several connections at once what they tell at about the same time. */
export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: Entry[] = [];
  #writing = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Resolves once it is stored: what became of the last mails, and whether the next one is still this worker's to send. */
  exchange(outcomes: readonly Outcome[], next?: Ready): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ outcomes, next, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      // One turn later those that are about to tell have told.
      await new Promise(resolve => setImmediate(resolve));
      const entries = this.#waiting;
      this.#waiting = [];
      try {
        const begun = await insist(patience, () => this.#store(entries));
        for (const { next, resolve } of entries) resolve(next !== undefined && begun.has(next.id));
      } catch (error) {
        for (const { reject } of entries) reject(error);
      }
    }
    this.#writing = false;
  }

  async #store(entries: readonly Entry[]): Promise<ReadonlySet<string>> {
    const { pipelines, clock, clinicId, worker } = this.#options;
    const outcomes = entries.flatMap(({ outcomes }) => outcomes);
    const begins = entries.flatMap(({ next }) => (next ? [beginningOf(next)] : []));
    const json = await pipelines.read({
      scope: [clinicId, '*'],
      text: statement,
      steady: true,
      values: [
        JSON.stringify(outcomes),
        JSON.stringify(begins),
        clinicId,
        worker,
        leaseFrom(clock.now()),
        idsOf(outcomes),
        idsOf(begins),
      ],
    });
    return new Set(JSON.parse(json!) as string[]);
  }
}

const beginningOf = ({ id, basis, locale, envelope, decidedAt, verifiedAt, snapshot, kept }: Ready) => ({
  id,
  basis,
  locale,
  address: envelope.to,
  decidedAt,
  verifiedAt,
  snapshot,
  ...kept,
});

const idsOf = (rows: readonly { id: string }[]): string => `{${rows.map(({ id }) => id).join()}}`;
