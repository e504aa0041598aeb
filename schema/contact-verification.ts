import { LockMode } from '@mikro-orm/postgresql';
import { randomInt, timingSafeEqual } from 'node:crypto';
import {
  defineLimit,
  defineLink,
  defineMail,
  follows,
  withheld,
  type Context,
  type Locale,
  type Route,
} from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { ContactPoint } from './contact-point.ts';
import { find } from './find.ts';
import { Patient, patientUpdated } from './patient.ts';
import { verificationPage } from './verification-page.ts';

const codeLifetime = 24 * 60 * 60_000;
const mostAttempts = 5;
/** Tries at the codes of one address, however many codes there are. */
const triesAtCode = defineLimit('contact-point.code', 10, 3_600);

/** Mails to one address in an hour, whoever of the patients gives it: taking it away and adding it again is no way around. */
const mailsToOne = defineLimit('contact-point.mail', 5, 3_600);

export const verifyContactPointLink = defineLink<{ contactPointId: string }>('contact-point.verify', '/verify-address');

/** Goes to an address that nobody has proved to own yet: so it says nothing of the patient, not even a name. */
export const verificationMail = defineMail<{ contactPointId: string }>('contact-point.verification', {
  purpose: 'verification',
  stream: 'transactional',
  template: new URL('./mails/verify-contact-point.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '請確認您的電子郵件地址',
      lead: '有人將這個地址提供給我們，作為聯絡之用。若是您本人，請按下方按鈕確認。',
      button: '確認這個地址',
      code: '或將此驗證碼告訴櫃檯：',
      ignore: '若不是您，請忽略這封信，我們不會再寄信到這裡。',
    },
    'zh-Hans': {
      subject: '请确认您的电子邮件地址',
      lead: '有人将这个地址提供给我们，作为联系之用。如果是您本人，请点击下方按钮确认。',
      button: '确认这个地址',
      code: '或将此验证码告诉前台：',
      ignore: '如果不是您，请忽略这封邮件，我们不会再发送到这里。',
    },
    en: {
      subject: 'Please confirm your e-mail address',
      lead: 'Someone gave us this address to stay in touch. If it was you, please confirm it.',
      button: 'Confirm this address',
      code: 'Or tell the front desk this code:',
      ignore: 'If it was not you, ignore this mail: we will not write here again.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    code: '204871',
    link: 'https://clinic.example/plugins/core/verify-address/sample',
  },
  fields: async ({ contactPointId }, context) => {
    const contact = await context.em.findOne(ContactPoint, contactPointId);
    const { verificationCode: code, verificationExpiresAt: expiresAt } = contact ?? {};
    if (!contact || !code || !expiresAt) return withheld('ALREADY_VERIFIED');
    if (expiresAt <= context.now) return withheld('VERIFICATION_EXPIRED');
    const link = context.link(verifyContactPointLink, { contactPointId }, { patientId: contact.patient.id, expiresAt });
    return { clinic: { name: (await clinicOf(context)).name }, code, link };
  },
});

/** Mails a code and a link to the address. Throws RATE_LIMITED where patients had five sent there within the hour. */
export async function askToVerify(contact: ContactPoint, locale: Locale, context: Context): Promise<void> {
  const { verificationExpiresAt: expiresAt } = contact;
  // Asking again while a code stands would let anyone fill a stranger's mailbox.
  if (expiresAt && expiresAt > context.now) return;
  if (context.actor.patientIds !== '*') await context.spend(mailsToOne, contact.value.toLowerCase());
  contact.verificationCode = String(randomInt(1_000_000)).padStart(6, '0');
  contact.verificationExpiresAt = new Date(context.now.getTime() + codeLifetime);
  contact.verificationAttempts = 0;
  await context.em.flush();
  await context.send(verificationMail, { address: contact.value, locale }, { contactPointId: contact.id });
}

/**
 * Marks an address as the patient's if the code is right; answers whether it is. A wrong one is counted, which an error
 * would roll back: after five the address has to be added anew.
 */
export async function verifyByCode(contact: ContactPoint, code: string, context: Context): Promise<boolean> {
  const { em, now } = context;
  await context.spend(triesAtCode, contact.id);
  // Of tries at once each counts beside the others.
  await em.refresh(contact, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const { verificationCode, verificationExpiresAt: expiresAt, verificationAttempts: attempts } = contact;
  if (contact.verifiedAt) return true;
  if (!verificationCode || !expiresAt || expiresAt <= now || attempts >= mostAttempts) return false;
  contact.verificationAttempts++;
  if (sameCode(verificationCode, code.normalize('NFKC').trim())) await markVerified(contact, context);
  await em.flush();
  return contact.verifiedAt != null;
}

/** Marks an address as the patient's, and tells it the first time. */
export async function markVerified(contact: ContactPoint, { em, now, publish }: Context): Promise<void> {
  em.assign(contact, { verificationCode: null, verificationExpiresAt: null });
  if (contact.verifiedAt) return;
  contact.verifiedAt = now;
  const { id: patientId, version } = await em.findOneOrFail(Patient, contact.patient.id);
  publish(patientUpdated, { patientId, version });
}

const sameCode = (right: string, given: string): boolean =>
  right.length === given.length && timingSafeEqual(Buffer.from(right), Buffer.from(given, 'latin1'));

/** The page behind the mailed link. Opening it changes nothing: mail scanners follow links. */
export const verificationRoutes: Route[] = follows(verifyContactPointLink, {
  get: async ({ contactPointId }, _request, context) => {
    const contact = await find(ContactPoint, contactPointId, context);
    return verificationPage(contact.verifiedAt ? 'done' : 'ask', await languageOf(contact, context));
  },
  post: async ({ contactPointId }, _request, context) => {
    const contact = await find(ContactPoint, contactPointId, context);
    await markVerified(contact, context);
    return verificationPage('done', await languageOf(contact, context));
  },
});

const languageOf = async (contact: ContactPoint, context: Context): Promise<Locale> =>
  (await find(Patient, contact.patient.id, context)).language;
