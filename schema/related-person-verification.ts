import { defineLink, defineMail, follows, withheld, type Context, type Route } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { find } from './find.ts';
import { RelatedPerson } from './related-person.ts';
import { verificationPage } from './verification-page.ts';

const lifetime = 7 * 24 * 60 * 60_000;

/** The address is in it, so that a link under a mail to a former one proves nothing. */
interface Verification {
  readonly relatedPersonId: string;
  readonly email: string;
}

export const verifyRelatedPersonLink = defineLink<Verification>('related-person.verify', '/verify-related-person');

/** Goes to an address that nobody has proved to own yet: so it says nothing of the patient, and not whose relative one is. */
export const relatedPersonMail = defineMail<Verification>('related-person.verification', {
  purpose: 'verification',
  stream: 'transactional',
  template: new URL('./mails/verify-related-person.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '請確認您的電子郵件地址',
      lead: '有人將這個地址提供給我們，作為家屬聯絡之用。若是您本人，請按下方按鈕確認。',
      button: '確認這個地址',
      ignore: '若不是您，請忽略這封信，我們不會再寄信到這裡。',
    },
    'zh-Hans': {
      subject: '请确认您的电子邮件地址',
      lead: '有人将这个地址提供给我们，作为家属联系之用。如果是您本人，请点击下方按钮确认。',
      button: '确认这个地址',
      ignore: '如果不是您，请忽略这封邮件，我们不会再发送到这里。',
    },
    en: {
      subject: 'Please confirm your e-mail address',
      lead: 'Someone gave us this address, to stay in touch with you as a relative. If it was you, please confirm it.',
      button: 'Confirm this address',
      ignore: 'If it was not you, ignore this mail: we will not write here again.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    link: 'https://clinic.example/plugins/core/verify-related-person/sample',
  },
  fields: async ({ relatedPersonId, email }, context) => {
    const person = await context.em.findOne(RelatedPerson, relatedPersonId);
    if (!person || person.email !== email || person.emailVerifiedAt) return withheld('ALREADY_VERIFIED');
    const expiresAt = new Date(context.now.getTime() + lifetime);
    const bearer = { patientId: person.patient.id, expiresAt };
    const link = context.link(verifyRelatedPersonLink, { relatedPersonId, email }, bearer);
    return { clinic: { name: (await clinicOf(context)).name }, link };
  },
});

/** Once for an address of a person: asking again would let anyone fill a stranger's mailbox. */
export async function askRelatedPerson(person: RelatedPerson, context: Context): Promise<void> {
  if (!person.email || person.emailVerifiedAt) return;
  await context.em.flush();
  const to = { address: person.email, locale: person.language };
  const key = `${person.id}:${person.email}`;
  await context.send(relatedPersonMail, to, { relatedPersonId: person.id, email: person.email }, { key });
}

/** The page behind the mailed link. Opening it changes nothing: mail scanners follow links. */
export const relatedPersonRoutes: Route[] = follows(verifyRelatedPersonLink, {
  get: async ({ relatedPersonId }, _request, context) => {
    const { emailVerifiedAt, language } = await find(RelatedPerson, relatedPersonId, context);
    return verificationPage(emailVerifiedAt ? 'done' : 'ask', language);
  },
  post: async ({ relatedPersonId, email }, _request, context) => {
    const person = await find(RelatedPerson, relatedPersonId, context);
    if (person.email === email) person.emailVerifiedAt ??= context.now;
    return verificationPage(person.emailVerifiedAt ? 'done' : 'ask', person.language);
  },
});
