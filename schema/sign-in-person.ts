import { seeingAllPatients, type Context, type Locale } from 'clinic-rapport';

/** Someone who can sign in by the mail of an address: who works in the clinic with it, or a patient who proved to own it. */
export interface Person {
  readonly id: string;
  readonly kind: 'user' | 'patient';
  readonly name: string;
  readonly locale: Locale;
}

const most = 20;

const peopleOf = `
  select u.id, 'user' as kind, u.name, u.locale from user_account u
  where lower(u.email) = lower(?) and u.disabled_at is null
    and exists (select from user_role r where r.clinic_id = ? and r.user_id = u.id and r.role <> 'patient')
  union all
  select p.id, 'patient', p.name, p.language from patient p
  where p.clinic_id = ? and p.deceased_on is null and p.erased_at is null and p.merged_into is null and p.id in (
    select patient_id from contact_point
    where clinic_id = ? and system = 'EMAIL' and verified_at is not null and value in (?, ?))
  order by kind desc, name, id limit ${most}`;

/** All of a household, where they share an address; names only. */
export const peopleWith = (email: string, context: Context): Promise<Person[]> =>
  seeingAllPatients(context, () => {
    const { em, clinicId } = context;
    return em.execute<Person[]>(peopleOf, [email, clinicId, clinicId, clinicId, email, email.toLowerCase()]);
  });

/** The account with which the person signs in. A patient's own has the patient's id, and is made at the first time. */
export async function accountOf({ id, kind, name, locale }: Person, { em, clinicId, now }: Context): Promise<string> {
  if (kind === 'user') {
    await em.execute('update user_account set email_verified_at = ? where id = ?', [now.toISOString(), id]);
    return id;
  }
  await em.execute(`insert into user_account (id, subject, name, locale) values (?, ?, ?, ?) on conflict do nothing`, [
    id,
    `patient|${id}`,
    name,
    locale,
  ]);
  await em.execute(
    `insert into user_role (clinic_id, id, user_id, role, patient_id) values (?, gen_random_uuid(), ?, 'patient', ?)
     on conflict do nothing`,
    [clinicId, id, id],
  );
  return id;
}
