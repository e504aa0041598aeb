import type { Context } from 'clinic-rapport';
import { packIds } from './compliance/pack.ts';
import { packs } from './compliance/packs.ts';
import { kinds } from './message-class.ts';

/** A mail that was sent without what it needed. */
export interface Unfounded {
  readonly id: string;
  /** `CONSENT_WITHDRAWN`, `CONSENT_GIVEN_LATER` and the like. */
  readonly fault: string;
}

export interface Verified {
  readonly checked: number;
  readonly unfounded: readonly Unfounded[];
  /** The last that was looked at; where to go on. */
  readonly last?: string;
}

/** Deliveries that are read at once. */
const batch = 5_000;

/**
 * Seconds in which a withdrawal that is being written is not seen yet by who asks whether a mail may go. Counts only where the
 * transactions are of another cluster, as after a restore, or the delivery did not keep what could be seen.
 */
const beingWritten = 30;

/**
 * From the records alone, not from the code that sends: the choice as it stood when it was asked for, for that patient and
 * purpose, by e-mail; and that the address was proved by then. What was never sent needs nothing.
 */
const statement = `
  with sent as (
    select *, upper(replace(purpose, '-', '_')) as topic, coalesce(decided_at, sent_at) as at from delivery
    where clinic_id = :clinic and id > :after
      and (state = 'sent' or state in ('sending', 'uncertain') and basis is not null)
    order by id limit ${batch})
  select s.id, case
    when s.basis is null then 'BASIS_MISSING'
    when s.at is null then 'TIME_MISSING'
    when s.basis like 'consent:%' and c.id is null then 'CONSENT_UNKNOWN'
    when c.patient_id is distinct from s.patient_id and c.id is not null then 'CONSENT_OF_ANOTHER'
    when c.purpose <> s.topic or c.channel <> 'EMAIL' then 'CONSENT_FOR_ANOTHER_PURPOSE'
    when c.decision <> 'GIVEN' then 'CONSENT_WITHDRAWN'
    when c.recorded_at > s.at then 'CONSENT_GIVEN_LATER'
    when c.id is null and (k.asked is null or not k.asked <@ :classes::text[]) then 'BASIS_UNKNOWN'
    when last.decision = 'WITHDRAWN' and not coalesce(c.position > last.position, false) then 'CONSENT_WITHDRAWN'
    when c.id is null and s.stream = 'marketing' and s.patient_id is not null then 'CONSENT_MISSING'
    when c.id is null and s.patient_id is not null and (k.name <> s.purpose or s.basis not like '%@%') then 'BASIS_UNKNOWN'
    when s.patient_id is not null and not coalesce(s.address_verified_at <= s.at, false) then 'ADDRESS_UNVERIFIED'
    end as fault
  from sent s
  left join consent c on c.clinic_id = s.clinic_id and s.basis like 'consent:%' and c.id::text = substr(s.basis, 9)
  left join lateral (
    select name, array_agg(name || '@' || coalesce(split_part(p.pack, '-', 1), '')) as asked
    from split_part(substr(s.basis, 15), '@', 1) as name
    left join string_to_table(nullif(split_part(s.basis, '@', 2), ''), '+') as p (pack) on true
    where s.basis like 'message-class:%' group by name) k on true
  left join lateral (
    select l.decision, l.position from consent l
    where l.clinic_id = s.clinic_id and l.patient_id = s.patient_id and l.purpose = s.topic and l.channel = 'EMAIL'
      and (l.recorded_at < s.at - interval '${beingWritten} seconds'
        or l.recorded_at <= s.at and pg_visible_in_snapshot(l.recorded_xid, s.decided_snapshot::pg_snapshot))
    order by l.position desc limit 1) last on true
  order by s.id`;

/** Each message class with each pack that lets it go without a consent: `care@tw`; alone where no patient is written to. */
const unasked = `{${Object.entries(kinds)
  .flatMap(([name, { of }]) => [
    `${name}@`,
    ...packIds.filter(id => packs[id].messageClasses[of].consent !== 'GIVEN').map(id => `${name}@${id}`),
  ])
  .join()}}`;

const text = statement.replace(':clinic', '?').replace(':after', '?::uuid').replace(':classes', '?');

export const firstDelivery = '00000000-0000-0000-0000-000000000000';

/** Recomputes for the next deliveries of the clinic that were sent whether each rested on something then. */
export async function verifyDeliveries(after: string, { em, clinicId }: Context): Promise<Verified> {
  const rows = await em.execute<{ id: string; fault: string | null }[]>(text, [clinicId, after, unasked]);
  return {
    checked: rows.length,
    unfounded: rows.filter((row): row is Unfounded => row.fault !== null),
    last: rows.at(-1)?.id,
  };
}
