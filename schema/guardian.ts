import { DateTime } from 'luxon';
import { validate as isId } from 'uuid';
import { defineJob, defineLoader, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { CoreSettings } from './core-settings.ts';
import type { Patient } from './patient.ts';
import { accountOf } from './sign-in-person.ts';

/** Days of the clinic: patients who were born after `minorsBornAfter` are minors. */
export interface Ages {
  readonly today: string;
  readonly minorsBornAfter: string;
}

export async function agesOf(context: Context): Promise<Ages> {
  const { ageOfMajority } = await context.settings(CoreSettings);
  const today = DateTime.fromJSDate(context.now, { zone: (await clinicOf(context)).timeZone });
  return { today: today.toISODate()!, minorsBornAfter: today.minus({ years: ageOfMajority }).toISODate()! };
}

/** Whether the patient is not of age; false where nobody knows the date of birth. */
export const isMinor = async ({ birthDate }: Pick<Patient, 'birthDate'>, context: Context): Promise<boolean> =>
  birthDate != null && birthDate > (await agesOf(context)).minorsBornAfter;

/** Of `related_person r` and its `patient p`, with two values for today and one for who is a minor. */
export const isGuardianSql = `(r.ended_at is null and r.guardianship is not null and r.guardian_from <= ?::date
  and (r.guardian_until is null or r.guardian_until >= ?::date)
  and (r.guardianship = 'LEGAL' or p.birth_date > ?::date))`;

export const isGuardianValues = ({ today, minorsBornAfter }: Ages): string[] => [today, today, minorsBornAfter];

const ofPatient = `related_person r join patient p on p.clinic_id = r.clinic_id and p.id = r.patient_id`;

/** Whether a related person, by the id, may act for the patient today. */
export const guardians = defineLoader<string, boolean>(async (ids, context) => {
  const rows = await context.em.execute<{ id: string }[]>(
    `select r.id from ${ofPatient} where r.clinic_id = ? and ${isGuardianSql}
       and r.id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [context.clinicId, ...isGuardianValues(await agesOf(context)), JSON.stringify(ids)],
  );
  const found = new Set(rows.map(({ id }) => id));
  return ids.map(id => found.has(id));
});

/** The related person as whom a patient of the clinic may act for another one today. */
export async function guardianshipOver(
  patientId: string,
  personId: string,
  context: Context,
): Promise<string | undefined> {
  if (!isId(personId)) return undefined;
  const [row] = await context.em.execute<{ id: string }[]>(
    `select r.id from ${ofPatient} where r.clinic_id = ? and ${isGuardianSql} and r.patient_id = ? and r.person_id = ?
     order by r.created_at limit 1`,
    [context.clinicId, ...isGuardianValues(await agesOf(context)), patientId, personId],
  );
  return row?.id;
}

/** Guardianships that one run looks at. */
const batch = 200;

const lostOrWon = `
  select r.id, r.patient_id, w.id as person_id, w.name, w.language as locale, ${isGuardianSql} as is_guardian
  from ${ofPatient}
  left join patient w on w.clinic_id = r.clinic_id and w.id = r.person_id and w.erased_at is null
  where r.clinic_id = ? and (?::uuid is null or r.id = ?::uuid)
    and (r.person_id is not null and ${isGuardianSql}
      and not exists (select from user_role u where u.clinic_id = r.clinic_id and u.user_id = r.person_id
        and u.role = 'patient' and u.patient_id = r.patient_id)
      or exists (select from user_role u where u.clinic_id = r.clinic_id and u.related_person_id = r.id
        and not (u.user_id is not distinct from r.person_id and ${isGuardianSql})))
  order by r.id limit ${batch} for update of r`;

interface Change {
  readonly id: string;
  readonly patient_id: string;
  readonly person_id: string | null;
  readonly name: string;
  readonly locale: 'en';
  readonly is_guardian: boolean;
}

/**
 * Gives guardians who are patients here the right to see their wards, and takes it away from who is guardian no more: their
 * sockets are closed at once. Of one related person, or of all; answers how many rights have changed.
 */
export async function reviewGuardianships(context: Context, relatedPersonId?: string): Promise<number> {
  const { em, clinicId } = context;
  await em.flush();
  const is = isGuardianValues(await agesOf(context));
  const one = relatedPersonId ?? null;
  const changes = await em.execute<Change[]>(lostOrWon, [...is, clinicId, one, one, ...is, ...is]);
  for (const change of changes) {
    await em.execute('delete from user_role where clinic_id = ? and related_person_id = ?', [clinicId, change.id]);
    if (change.is_guardian && change.person_id) await giveRole({ ...change, person_id: change.person_id }, context);
  }
  return changes.length;
}

async function giveRole({ id, patient_id, person_id, name, locale }: Change & { person_id: string }, context: Context) {
  const userId = await accountOf({ id: person_id, kind: 'patient', name, locale }, context);
  await context.em.execute(
    `insert into user_role (clinic_id, id, user_id, role, patient_id, related_person_id)
     values (?, gen_random_uuid(), ?, 'patient', ?, ?) on conflict do nothing`,
    [context.clinicId, userId, patient_id, id],
  );
}

/** A guardianship begins and ends with a day of the clinic; a ward comes of age on one. */
export const reviewGuardians = defineJob('guardianship.review', {
  every: '5 * * * *',
  async run(_, context) {
    if ((await reviewGuardianships(context)) === batch)
      await context.enqueue(reviewGuardians, undefined, { key: 'more' });
  },
});
