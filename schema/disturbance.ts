import { defineLoader, type Context } from 'clinic-rapport';
import { holdersOf, marksOf, type Offered } from './household.ts';

/** Hours in which a more important mail that waits is left its place. */
const lookAhead = 24;
const hour = 3_600_000;

export interface Asked {
  /** No more than so many mails in so many days. */
  readonly mails: number;
  readonly days: number;
  readonly patientId: string;
  readonly deliveryId?: string;
  readonly priority: number;
  /** Of an offer, to where it goes: a household gets it once. */
  readonly address?: string;
}

/** None now: until when, or as the household has it already; undefined where the mail may go. */
export type NoPlace = { readonly until: Date } | 'HOUSEHOLD_SERVED' | undefined;

/** What was let go, or waits and goes first, of the patient of one who asks. */
interface Rival {
  readonly id: string;
  readonly patient_id: string;
  readonly priority: number;
  /** RFC 3339; null for one that waits. */
  readonly disturbed_at: string | null;
}

/**
 * For each mail a place, or why there is none. Who asks for many at once, asks for the more important ones first; of a
 * household the first to ask has an offer, and keeps it. The places of a patient, and the offers of a household, are given by
 * one at a time, until the end of the transaction: two workers that counted at once gave two mails the last place.
 */
export const places = defineLoader<string, NoPlace>(async (keys, context) => {
  const asked = keys.map(key => JSON.parse(key) as Asked);
  const marks = await marksOf(asked.filter(isOffered), context);
  await lock(asked, marks, context);
  const rivals = Map.groupBy(await rivalsOf(asked, context), ({ patient_id }) => patient_id);
  const holders = await holdersOf([...new Set(marks.values())], context);
  const answers = new Map<Asked, NoPlace>();
  for (const one of asked.toSorted((a, b) => b.priority - a.priority)) {
    const own = rivals.get(one.patientId) ?? [];
    const answer = nextPlace(one, own, context) ?? servedBefore(one, marks, holders);
    answers.set(one, answer);
    if (answer !== undefined) continue;
    const others = own.filter(({ id }) => id !== one.deliveryId);
    rivals.set(one.patientId, [...others, placed(one, context)]);
  }
  await note(
    asked.filter(one => answers.get(one) === undefined),
    marks,
    context,
  );
  return asked.map(one => answers.get(one));
});

const isOffered = (one: Asked): one is Asked & Offered => one.deliveryId !== undefined && one.address !== undefined;

const placed = ({ deliveryId = '', patientId, priority }: Asked, { now }: Context): Rival => ({
  id: deliveryId,
  patient_id: patientId,
  priority,
  disturbed_at: now.toISOString(),
});

/** Undefined where there is a place now: one that was given before is kept, also where the mail has to be tried again. */
function nextPlace(
  { deliveryId, priority, mails, days }: Asked,
  rivals: readonly Rival[],
  { now }: Context,
): { until: Date } | undefined {
  if (rivals.some(({ id, disturbed_at }) => id === deliveryId && disturbed_at !== null)) return undefined;
  const window = days * 24 * hour;
  const taken = rivals
    .filter(({ id, disturbed_at }) => id !== deliveryId && disturbed_at !== null)
    .map(({ disturbed_at }) => new Date(disturbed_at!).getTime() + window)
    .filter(end => end > now.getTime())
    .toSorted((a, b) => a - b);
  const first = rivals.filter(
    rival => rival.disturbed_at === null && rival.id !== deliveryId && rival.priority > priority,
  );
  if (taken.length + first.length < mails) return undefined;
  return { until: new Date(taken[taken.length + first.length - mails] ?? now.getTime() + lookAhead * hour) };
}

/** Makes the patient the holder where nobody is. */
function servedBefore(
  { deliveryId = '', patientId }: Asked,
  marks: ReadonlyMap<string, string>,
  holders: Map<string, string>,
): 'HOUSEHOLD_SERVED' | undefined {
  const mark = marks.get(deliveryId);
  if (mark === undefined) return undefined;
  const holder = holders.get(mark) ?? patientId;
  holders.set(mark, holder);
  return holder === patientId ? undefined : 'HOUSEHOLD_SERVED';
}

/** Who only asks what would become of a mail, takes no place and waits for none. */
async function lock(
  asked: readonly Asked[],
  marks: ReadonlyMap<string, string>,
  { em, clinicId }: Context,
): Promise<void> {
  const earnest = asked.filter(({ deliveryId }) => deliveryId !== undefined);
  const patients = earnest.map(({ patientId }) => `disturbance ${clinicId}${patientId}`);
  const households = [...marks.values()].map(mark => `household ${clinicId}${mark}`);
  // Everyone locks in one order.
  const locks = [...new Set([...patients, ...households])].toSorted();
  if (locks.length === 0) return;
  await em.execute(
    `select pg_advisory_xact_lock(hashtextextended(value, 0))
     from jsonb_array_elements_text(?::jsonb) with ordinality order by ordinality`,
    [JSON.stringify(locks)],
  );
}

/** What was not sent in the end disturbed nobody. */
async function rivalsOf(asked: readonly Asked[], { em, clinicId, now }: Context): Promise<Rival[]> {
  const longest = Math.max(...asked.map(({ days }) => days));
  const patients = `{${[...new Set(asked.map(({ patientId }) => patientId))].join()}}`;
  return em.execute<Rival[]>(
    `select s.delivery_id as id, s.patient_id, coalesce(d.priority, 0) as priority, to_json(s.at) #>> '{}' as disturbed_at
     from disturbance s
     join delivery d on d.clinic_id = s.clinic_id and d.id = s.delivery_id and d.state not in ('withheld', 'failed')
     where s.clinic_id = ? and s.patient_id = any(?::uuid[]) and s.at > ?::timestamptz
     union all
     select w.id, w.patient_id, w.priority, null from unnest(?::uuid[]) as p (id), lateral (
       select * from delivery w
       where w.clinic_id = ? and w.patient_id = p.id and w.state in ('queued', 'claimed')
         and w.priority > 0 and w.due_at <= ?::timestamptz
         and not exists (select from disturbance s where s.clinic_id = w.clinic_id and s.delivery_id = w.id)
       limit 20) w`,
    [
      clinicId,
      patients,
      new Date(now.getTime() - longest * 24 * hour).toISOString(),
      patients,
      clinicId,
      new Date(now.getTime() + lookAhead * hour).toISOString(),
    ],
  );
}

/** The moment of the first place is kept; a household has an offer anew on each day. */
async function note(
  given: readonly Asked[],
  marks: ReadonlyMap<string, string>,
  { em, clinicId, now }: Context,
): Promise<void> {
  const rows = given.flatMap(({ deliveryId: delivery, patientId: patient }) =>
    delivery === undefined ? [] : [{ delivery, patient, household: marks.get(delivery) }],
  );
  if (rows.length === 0) return;
  await em.execute(
    `insert into disturbance (clinic_id, delivery_id, patient_id, at, household)
     select ?::uuid, delivery, patient, ?::timestamptz, household
     from jsonb_to_recordset(?::jsonb) as g (delivery uuid, patient uuid, household text)
     on conflict (clinic_id, delivery_id) do update set household = excluded.household`,
    [clinicId, now.toISOString(), JSON.stringify(rows)],
  );
}
