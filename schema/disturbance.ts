import { defineLoader, type Context } from 'clinic-rapport';

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
}

/** What was let go, or waits and goes first, of the patient of one who asks. */
interface Rival {
  readonly id: string;
  readonly patient_id: string;
  readonly priority: number;
  /** RFC 3339; null for one that waits. */
  readonly disturbed_at: string | null;
}

/**
 * For each mail a place, or when the next one is free. Who asks for many at once, asks for the more important ones first. A
 * patient's places are given by one at a time, until the end of the transaction: two workers that counted at once gave two
 * mails the last place.
 */
export const places = defineLoader<string, Date | undefined>(async (keys, context) => {
  const asked = keys.map(key => JSON.parse(key) as Asked);
  const earnest = asked.filter(({ deliveryId }) => deliveryId !== undefined);
  await lock([...new Set(earnest.map(({ patientId }) => patientId))].toSorted(), context);
  const rivals = Map.groupBy(await rivalsOf(asked, context), ({ patient_id }) => patient_id);
  const answers = new Map<Asked, Date | undefined>();
  for (const one of asked.toSorted((a, b) => b.priority - a.priority)) {
    const own = rivals.get(one.patientId) ?? [];
    const free = nextPlace(one, own, context);
    answers.set(one, free);
    if (free !== undefined) continue;
    const others = own.filter(({ id }) => id !== one.deliveryId);
    rivals.set(one.patientId, [...others, placed(one, context)]);
  }
  await note(
    earnest.filter(one => answers.get(one) === undefined),
    context,
  );
  return asked.map(one => answers.get(one));
});

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
): Date | undefined {
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
  return new Date(taken[taken.length + first.length - mails] ?? now.getTime() + lookAhead * hour);
}

async function lock(patientIds: readonly string[], { em, clinicId }: Context): Promise<void> {
  if (patientIds.length === 0) return;
  await em.execute(
    `select pg_advisory_xact_lock(hashtextextended('disturbance ' || ? || value, 0))
     from jsonb_array_elements_text(?::jsonb) with ordinality order by ordinality`,
    [clinicId, JSON.stringify(patientIds)],
  );
}

/** What was not sent in the end disturbed nobody. */
async function rivalsOf(asked: readonly Asked[], { em, clinicId, now }: Context): Promise<Rival[]> {
  const longest = Math.max(...asked.map(({ days }) => days));
  return em.execute<Rival[]>(
    `select d.id, d.patient_id, coalesce(d.priority, 0) as priority, to_json(d.disturbed_at) #>> '{}' as disturbed_at
     from (select distinct value::uuid as id from jsonb_array_elements_text(?::jsonb)) p, lateral (
       select * from delivery s
       where s.clinic_id = ? and s.patient_id = p.id and s.disturbed_at > ?::timestamptz
         and s.state not in ('withheld', 'failed')
       union all
       select * from (
         select * from delivery w
         where w.clinic_id = ? and w.patient_id = p.id and w.state in ('queued', 'claimed') and w.disturbed_at is null
           and w.priority > 0 and w.due_at <= ?::timestamptz
         limit 20) waiting) d`,
    [
      JSON.stringify(asked.map(({ patientId }) => patientId)),
      clinicId,
      new Date(now.getTime() - longest * 24 * hour).toISOString(),
      clinicId,
      new Date(now.getTime() + lookAhead * hour).toISOString(),
    ],
  );
}

async function note(given: readonly Asked[], { em, clinicId, now }: Context): Promise<void> {
  if (given.length === 0) return;
  await em.execute(
    `update delivery set disturbed_at = ?
     where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb)) and disturbed_at is null`,
    [now.toISOString(), clinicId, JSON.stringify(given.map(({ deliveryId }) => deliveryId))],
  );
}
