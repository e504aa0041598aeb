import { Arg, Authorized, Ctx, Field, FieldResolver, ID, InputType, Mutation, Resolver, Root } from 'type-graphql';
import {
  conflict,
  defineJob,
  defineLink,
  defineLoader,
  defineMail,
  Needs,
  select,
  sql,
  withheld,
  type Context,
  type Job,
  type Row,
} from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { contactWrite, lockContacts } from './contact-change.ts';
import { ContactPoint, contactRead } from './contact-point.ts';
import { CoreSettings } from './core-settings.ts';
import { find } from './find.ts';
import { indexPatient } from './patient-search.ts';
import { Patient, patientUpdated } from './patient.ts';

/** Patients who are asked in one transaction. */
const batch = 200;
/** Days for which the link works, and within which nobody is asked again. */
const linkDays = 60;
const day = 86_400_000;

@InputType({ description: 'An address of a patient.' })
export class ContactPointInput {
  @Field(() => ID, { description: 'Id of the contact point.' })
  contactPointId: string;
}

@Resolver(() => Patient)
export class ContactRefreshResolver {
  @Authorized(contactRead)
  @Needs('id')
  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether some address is so old that the patient should be asked if it is still right.',
  })
  async contactRefreshDue(@Root() { id }: Row<Patient>, @Ctx() context: Context): Promise<boolean> {
    const oldest = await context.load(oldestConfirmations, id);
    const limit = await oldestThatCounts(context);
    return limit !== undefined && oldest !== undefined && oldest < limit;
  }

  @Authorized(contactWrite)
  @Mutation(() => ContactPoint, { description: 'The patient says that an address is still right.' })
  async confirmContactPoint(
    @Arg('input', () => ContactPointInput, { description: 'The address.' }) input: ContactPointInput,
    @Ctx() context: Context,
  ): Promise<ContactPoint> {
    const contact = await find(ContactPoint, input.contactPointId, context);
    contact.confirmedAt = context.now;
    return contact;
  }

  @Authorized(contactWrite)
  @Mutation(() => Patient, {
    description:
      'Takes away an address that is the patient’s no more; CONFLICT for the last e-mail address that was proved.',
  })
  async removeContactPoint(
    @Arg('input', () => ContactPointInput, { description: 'The address.' }) input: ContactPointInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    return removeContactPoint(await find(ContactPoint, input.contactPointId, context), context);
  }
}

/** Takes an address away. What is still to be sent goes to another one, so the last that was proved stays. */
export async function removeContactPoint(contact: ContactPoint, context: Context): Promise<Patient> {
  const { em } = context;
  const patient = await find(Patient, contact.patient.id, context);
  await lockContacts(patient.id, context);
  const others = await em.find(ContactPoint, { patient, system: 'EMAIL', id: { $ne: contact.id } });
  if (contact.system === 'EMAIL' && contact.verifiedAt && !others.some(({ verifiedAt }) => verifiedAt))
    throw conflict('It is the last e-mail address that was proved: add the new one first.');
  await em.remove(contact).flush();
  await indexPatient(patient, context);
  context.publish(patientUpdated, { patientId: patient.id, version: patient.version });
  return patient;
}

/** The patient says that all of them are still right. */
export async function confirmAll(patientId: string, { em, now }: Context): Promise<void> {
  for (const contact of await em.find(ContactPoint, { patient: patientId })) contact.confirmedAt = now;
  await em.flush();
}

async function oldestThatCounts({ settings, now }: Context): Promise<Date | undefined> {
  const { refreshContactsAfterMonths: months } = await settings(CoreSettings);
  if (months === 0) return undefined;
  const limit = new Date(now);
  limit.setUTCMonth(limit.getUTCMonth() - months);
  return limit;
}

const oldestConfirmations = defineLoader<string, Date | undefined>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<{ patient_id: string; oldest: Date | string }[]>(
    `select patient_id, min(coalesce(confirmed_at, verified_at, created_at)) as oldest from contact_point
     where clinic_id = ? and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
     group by patient_id`,
    [clinicId, JSON.stringify(ids)],
  );
  const byPatient = new Map(rows.map(({ patient_id, oldest }) => [patient_id, new Date(oldest)]));
  return ids.map(id => byPatient.get(id));
});

export const refreshContactsLink = defineLink<null>('contact-point.refresh', '/contacts');

export const refreshContactsMail = defineMail<{ patientId: string }>('contact-point.refresh', {
  purpose: 'account',
  stream: 'transactional',
  // Nobody waits for it: it must not come beside other news.
  disturbs: true,
  template: new URL('./mails/refresh-contacts.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '您的聯絡資料還正確嗎？',
      lead: '為了能在需要時聯絡到您，請花一分鐘確認我們手上的電話與電子郵件。',
      button: '確認我的聯絡資料',
      ignore: '若一切不變，按一下即可。',
    },
    'zh-Hans': {
      subject: '您的联系方式还正确吗？',
      lead: '为了能在需要时联系到您，请花一分钟确认我们手上的电话与电子邮件。',
      button: '确认我的联系方式',
      ignore: '如果一切不变，点一下即可。',
    },
    en: {
      subject: 'Are your contact details still right?',
      lead: 'So that we can reach you when it matters, please take a minute to check the phone numbers and addresses that we have.',
      button: 'Check my contact details',
      ignore: 'If nothing has changed, it takes one click.',
    },
  },
  sample: { clinic: { name: '晨光診所' }, link: 'https://clinic.example/plugins/core/contacts/sample' },
  fields: async ({ patientId }, context) => {
    const oldest = await context.load(oldestConfirmations, patientId);
    const limit = await oldestThatCounts(context);
    if (!limit || !oldest || oldest >= limit) return withheld('CONTACTS_ARE_FRESH');
    const expiresAt = new Date(context.now.getTime() + linkDays * day);
    const link = context.link(refreshContactsLink, null, { patientId, expiresAt });
    return { clinic: { name: (await clinicOf(context)).name }, link };
  },
});

/**
 * Every morning, those who were here within the time after which a patient counts as lapsed and whose details are old; each at
 * most once in the months of the setting.
 */
export const askToRefreshContacts: Job<void> = defineJob('contact-point.ask-to-refresh', {
  every: '10 10 * * *',
  async run(_, context) {
    const limit = await oldestThatCounts(context);
    if (!limit) return;
    const patientIds = await takeDue(limit, context);
    for (const patientId of patientIds) await context.send(refreshContactsMail, { patientId }, { patientId });
    if (patientIds.length === batch) await context.enqueue(askToRefreshContacts, undefined, { key: 'more' });
  },
});

async function takeDue(limit: Date, { em, clinicId, now, settings }: Context): Promise<string[]> {
  const { lapsedAfterMonths } = await settings(CoreSettings);
  const old = sql`${limit.toISOString()}::timestamptz`;
  const rows = await select<{ id: string }>(
    em,
    sql`update patient set contacts_asked_at = ${now.toISOString()}::timestamptz
      where clinic_id = ${clinicId}::uuid and id in (
       select p.id from patient p join patient_statistics s on s.clinic_id = p.clinic_id and s.patient_id = p.id
       where p.clinic_id = ${clinicId}::uuid and p.deceased_on is null and p.erased_at is null
         and (p.contacts_asked_at is null or p.contacts_asked_at < ${old})
         and s.last_visit_on > (${now.toISOString()}::timestamptz - make_interval(months => ${lapsedAfterMonths}::integer))::date
         and exists (select from contact_point c where c.clinic_id = p.clinic_id and c.patient_id = p.id
           and coalesce(c.confirmed_at, c.verified_at, c.created_at) < ${old})
         and exists (select from contact_point c where c.clinic_id = p.clinic_id and c.patient_id = p.id
           and c.system = 'EMAIL' and c.verified_at is not null)
       order by p.id limit ${batch}::integer for update of p skip locked)
     returning id`,
  );
  return rows.map(({ id }) => id);
}
