import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** A table of work: rows wait until they are due, run under a lease, and are gone when done or `dead` when given up. */
export interface WorkTable {
  readonly table: 'event_handling' | 'job';
  /** The column that says what is to be done. */
  readonly name: 'handler' | 'name';
  /** SQL over `claimed` and what `join` adds: what the work needs beside its claim. */
  readonly columns: string;
  readonly join?: string;
  /** SQL over `w`: what else must hold for a row to be taken now. */
  readonly ready?: string;
}

/** One thing that one worker may do now, until its lease ends. */
export interface Claim {
  readonly clinicId: string;
  readonly id: string;
  /** The job, or the handler. */
  readonly name: string;
  /** With this one. Counted when it begins: what kills its worker does not go on for ever. */
  readonly attempts: number;
  readonly claimedBy: string;
}

/** Milliseconds for which a claim stands, by the name of what is done. */
export type Leases = Readonly<Record<string, number>>;

const here = `${hostname()}:${process.pid}`;

/**
 * Who does which waiting row. The dispatcher finds the clinics that have some; the rest happens in transactions of that
 * clinic. Times are those of the platform's clock. Each claim has its own mark, so that who outlives a lease can finish
 * nothing, not even where the same process claimed it again.
 */
export class Claims<T extends object> {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #of: WorkTable;

  constructor({ database, clock }: { database: Database; clock: Clock }, of: WorkTable) {
    this.#database = database;
    this.#clock = clock;
    this.#of = of;
  }

  /** Clinics in which something of these names is due, or was left by a worker that is gone. */
  async clinicsWithDue(names: readonly string[], now: Date): Promise<string[]> {
    const { table, name } = this.#of;
    // From clinic to clinic along the index: the long queue of one is not read to find the next.
    const { rows } = await this.#database.dispatch.query<{ clinic_id: string }>({
      name: `due ${table}`,
      text: `with recursive clinic as (
          (select clinic_id from ${table} where state = 'waiting' order by clinic_id limit 1)
          union all
          select (select w.clinic_id from ${table} w where w.state = 'waiting' and w.clinic_id > clinic.clinic_id
                  order by w.clinic_id limit 1)
          from clinic where clinic.clinic_id is not null)
        select clinic_id from clinic where exists (select from ${table} w where w.clinic_id = clinic.clinic_id
          and w.state = 'waiting' and w.due_at <= $1 and w.${name} = any($2))
        union select clinic_id from ${table} where state = 'running' and lease_until <= $1 and ${name} = any($2)`,
      values: [now, names],
    });
    return rows.map(({ clinic_id }) => clinic_id);
  }

  /**
   * Takes what has been due longest in the clinic, of the names that have a lease. Of each name the first one is looked for by
   * itself, so that the index leads to it: all names together were read and sorted for each row that was taken.
   */
  take(clinicId: string, leases: Leases, now: Date): Promise<(Claim & T) | undefined> {
    const { table, name, columns, join = '', ready = 'true' } = this.#of;
    const [at, terms, claimedBy] = [now.toISOString(), JSON.stringify(leases), `${here}:${randomUUID()}`];
    const first = (of: string) => `(select w.id, w.due_at from ${table} w
        where w.clinic_id = ? and ${of} and (${ready}) order by w.due_at, w.id limit 1 for update skip locked)`;
    const statement = `with next as (
        select due.id, due.due_at from jsonb_object_keys(?::jsonb) named (name)
          cross join lateral ${first(`w.${name} = named.name and w.state = 'waiting' and w.due_at <= ?`)} due
        union all select late.id, late.due_at
          from ${first(`w.${name} in (select jsonb_object_keys(?::jsonb)) and w.state = 'running' and w.lease_until <= ?`)} late
        order by due_at, id limit 1),
      claimed as (
        update ${table} t set state = 'running', attempts = t.attempts + 1, claimed_by = ?,
          lease_until = ?::timestamptz + (?::jsonb ->> t.${name})::integer * interval '1 millisecond'
        from next where t.clinic_id = ? and t.id = next.id returning t.*)
      select claimed.clinic_id as "clinicId", claimed.id, claimed.${name} as "name", claimed.attempts,
        claimed.claimed_by as "claimedBy", ${columns} from claimed ${join}`;
    return this.#inClinic(clinicId, async em => {
      const values = [terms, clinicId, at, clinicId, terms, at, claimedBy, at, terms, clinicId];
      const [row] = await em.execute<(Claim & T)[]>(statement, values);
      return row;
    });
  }

  /** In the transaction of the work itself. False where the claim was lost: then nothing of the work may stand. */
  finish(em: EntityManager, claim: Claim): Promise<boolean> {
    return this.#change(em, `delete from ${this.#of.table}`, [], claim);
  }

  /** Back to the waiting ones until `due`. A job that was replaced meanwhile is not needed any more. */
  async postpone(claim: Claim, due: Date, reason: string): Promise<void> {
    const { table } = this.#of;
    const replaced =
      table === 'job'
        ? `exists (select from job o where o.clinic_id = ? and o.name = ?
      and o.key = (select key from job where clinic_id = ? and id = ?) and o.state = 'waiting')`
        : undefined;
    const { clinicId, id, name } = claim;
    await this.#inClinic(clinicId, async em => {
      if (
        replaced &&
        (await em.execute<object[]>(`select where ${replaced}`, [clinicId, name, clinicId, id])).length > 0
      ) {
        return this.finish(em, claim);
      }
      const back = `update ${table} set state = 'waiting', due_at = ?, error = ?, claimed_by = null, lease_until = null`;
      return this.#change(em, back, [due.toISOString(), reason], claim);
    });
  }

  /** To the dead letters: it stays, with the reason, for people to look at; `tell` says so in the same transaction. */
  async bury(claim: Claim, reason: string, tell?: (em: EntityManager) => Promise<void>): Promise<void> {
    const dead = `update ${this.#of.table} set state = 'dead', error = ?, claimed_by = null, lease_until = null`;
    await this.#inClinic(claim.clinicId, async em => {
      if (await this.#change(em, dead, [reason], claim)) await tell?.(em);
    });
  }

  async #change(
    em: EntityManager,
    change: string,
    values: readonly string[],
    { clinicId, id, claimedBy }: Claim,
  ): Promise<boolean> {
    const rows = await em.execute<object[]>(
      `${change} where clinic_id = ? and id = ? and state = 'running' and claimed_by = ? and lease_until > ? returning id`,
      [...values, clinicId, id, claimedBy, this.#clock.now().toISOString()],
    );
    return rows.length > 0;
  }

  #inClinic<R>(clinicId: string, work: (em: EntityManager) => Promise<R>): Promise<R> {
    return this.#database.transaction({ clinicId, patientIds: '*' }, work);
  }
}

const first = 5_000;
const longest = 3_600_000;

/**
 * When to try again after so many attempts: five seconds, doubled each time, at most an hour. Up to half of it is left to
 * chance, so that what failed together does not return together.
 */
export function retryAfter(attempts: number, now: Date, random: () => number = Math.random): Date {
  const wait = Math.min(first * 2 ** (attempts - 1), longest);
  return new Date(now.getTime() + wait * (1 - random() / 2));
}
