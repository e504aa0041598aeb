import type { Context } from 'clinic-rapport';
import { askedFor } from './asked-for.ts';
import { packIds } from './compliance/pack.ts';
import { packs } from './compliance/packs.ts';
import { assumed } from './consent.ts';
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
 * purpose, by e-mail; and that the address was proved by then. What went to a related person is judged by the choices of the
 * patient to whose record the person belonged then, which a merge may have moved. Offers rest on a consent, whoever got them. An
 * address alone gets what was asked for from there. What was never sent needs nothing.
 */
const statement = `
  with moved as (
    select key ->> 'id' as id, e.at, e.owner from patient_merge m
    cross join lateral (values (m.merged_at, m.merged_id), (m.undone_at, m.patient_id)) e (at, owner)
    cross join lateral jsonb_to_recordset(m.moved) t ("table" text, "column" text, keys jsonb)
    cross join lateral jsonb_array_elements(t.keys) key
    where m.clinic_id = ? and t."table" = 'related_person' and t."column" = 'patient_id'),
  sent as (
    select *, upper(replace(purpose, '-', '_')) as topic, coalesce(decided_at, sent_at) as at,
      num_nonnulls(patient_id, related_person_id, user_id) = 0 as bare
    from delivery
    where clinic_id = ? and id > ?::uuid
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
    when not (c.purpose = any(?::text[]) or c.notice_version_id is not null or c.source in ('IMPORT', 'MERGE')
      and (c.evidence is not null or (select p.erased_at is not null from patient p where p.clinic_id = c.clinic_id and p.id = c.patient_id)))
      then 'CONSENT_UNPROVED'
    when c.id is null and (k.asked is null or not k.asked <@ ?::text[]) then 'BASIS_UNKNOWN'
    when last.decision = 'WITHDRAWN' and not coalesce(c.position > last.position, false) then 'CONSENT_WITHDRAWN'
    when c.id is null and s.stream = 'marketing' then 'CONSENT_MISSING'
    when c.id is null and not case
      when s.bare then k.name = 'asked-for' and s.mail = any(?::text[])
      when s.user_id is not null then k.name in ('staff', s.purpose)
      else k.name = s.purpose end then 'BASIS_UNKNOWN'
    when c.id is null and (s.bare or o.patient_id is not null) and s.basis not like '%@%' then 'BASIS_UNKNOWN'
    when o.patient_id is not null and not coalesce(s.address_verified_at <= s.at, false) then 'ADDRESS_UNVERIFIED'
    end as fault
  from sent s
  left join consent c on c.clinic_id = s.clinic_id and s.basis like 'consent:%' and c.id::text = substr(s.basis, 9)
  left join lateral (
    select name, array_agg(name || '@' || coalesce(split_part(p.pack, '-', 1), '')) as asked
    from split_part(substr(s.basis, 15), '@', 1) as name
    left join string_to_table(nullif(split_part(s.basis, '@', 2), ''), '+') as p (pack) on true
    where s.basis like 'message-class:%' group by name) k on true
  left join related_person r on r.clinic_id = s.clinic_id and r.id = s.related_person_id
  left join lateral (
    select coalesce(s.patient_id, (select m.owner from moved m where m.id = r.id::text and m.at > s.at order by m.at limit 1),
      r.patient_id) as patient_id) o on true
  left join lateral (
    select l.decision, l.position from consent l
    where l.clinic_id = s.clinic_id and l.patient_id = o.patient_id and l.purpose = s.topic and l.channel = 'EMAIL'
      and (l.recorded_at < s.at - interval '${beingWritten} seconds'
        or l.recorded_at <= s.at and pg_visible_in_snapshot(l.recorded_xid, s.decided_snapshot::pg_snapshot))
    order by l.position desc limit 1) last on true
  order by s.id`;

/** Each message class with each pack that lets it go without a consent: `care@tw`; alone where a plugin knew the reader. */
const unasked = `{${Object.entries(kinds)
  .flatMap(([name, { of }]) => [
    `${name}@`,
    ...packIds.filter(id => packs[id].messageClasses[of].consent !== 'GIVEN').map(id => `${name}@${id}`),
  ])
  .join()}}`;

export const firstDelivery = '00000000-0000-0000-0000-000000000000';

/** Recomputes for the next deliveries of the clinic that were sent whether each rested on something then. */
export async function verifyDeliveries(after: string, { em, clinicId }: Context): Promise<Verified> {
  const rows = await em.execute<{ id: string; fault: string | null }[]>(statement, [
    clinicId,
    clinicId,
    after,
    `{${[...assumed].join()}}`,
    unasked,
    `{${[...askedFor].join()}}`,
  ]);
  return {
    checked: rows.length,
    unfounded: rows.filter((row): row is Unfounded => row.fault !== null),
    last: rows.at(-1)?.id,
  };
}
