import type { Addressee, Context, Locale, Mail, Recipient } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { presentConsent, Purpose } from './consent.ts';
import { verificationMail } from './contact-verification.ts';
import { invitationMail } from './invitation-mail.ts';
import { Patient } from './patient.ts';
import { signInMail } from './sign-in-link.ts';
import { User } from './user.ts';

/** What a patient is written to about without having been asked, until it is withdrawn. */
const assumed: ReadonlySet<Purpose> = new Set<Purpose>(['CARE', 'ACCOUNT', 'REMINDER']);

/** What goes to an address because someone asks who owns it. */
const toAnyAddress: ReadonlySet<string> = new Set([verificationMail.name, invitationMail.name, signInMail.name]);

/** Where the core's own people can be reached by e-mail: patients and users; a bare address is what it is. */
export async function address(to: Recipient, mail: Mail<any>, context: Context): Promise<Addressee | undefined> {
  if ('patientId' in to) return addressOfPatient(to.patientId, mail, context);
  if ('userId' in to) return addressOfUser(to.userId, context);
  if (!('address' in to)) return undefined;
  const locale = to.locale ?? (await clinicOf(context)).locale;
  return { address: to.address, name: to.name, locale, verified: false };
}

/** Why a mail must not be sent: nobody proved to own the address, or the patient said no, or was never asked, or died. */
export async function withhold(mail: Mail<any>, to: Recipient, context: Context): Promise<string | undefined> {
  if ('address' in to) return toAnyAddress.has(mail.name) ? undefined : 'ADDRESS_UNVERIFIED';
  if (!('patientId' in to)) return undefined;
  const patient = await context.em.findOne(Patient, to.patientId);
  if (!patient) return 'PATIENT_UNKNOWN';
  if (patient.deceasedOn) return 'PATIENT_DECEASED';
  const email = await emailOf(to.patientId, context);
  if (!email) return 'NO_ADDRESS';
  if (!email.verified_at) return 'ADDRESS_UNVERIFIED';
  const purpose = purposeOf(mail);
  if (!purpose) return 'PURPOSE_UNKNOWN';
  const consent = await presentConsent(to.patientId, purpose, 'EMAIL', context);
  if (consent?.decision === 'WITHDRAWN') return 'CONSENT_WITHDRAWN';
  return consent || (assumed.has(purpose) && mail.stream === 'transactional') ? undefined : 'CONSENT_MISSING';
}

async function addressOfPatient(patientId: string, mail: Mail<any>, context: Context): Promise<Addressee | undefined> {
  const patient = await context.em.findOne(Patient, patientId);
  const email = patient && (await emailOf(patientId, context));
  if (!email) return undefined;
  const purpose = purposeOf(mail);
  const consent = purpose && (await presentConsent(patientId, purpose, 'EMAIL', context));
  const basis = consent?.decision === 'GIVEN' ? `consent:${consent.id}` : 'message-class:care';
  return {
    address: email.value,
    name: patient.name,
    locale: patient.language,
    verified: email.verified_at != null,
    basis,
  };
}

async function addressOfUser(userId: string, { em }: Context): Promise<Addressee | undefined> {
  const user = await em.findOne(User, userId);
  if (!user?.email || user.disabledAt) return undefined;
  return { address: user.email, name: user.name, locale: user.locale as Locale, verified: true, basis: 'user' };
}

/** The preferred e-mail address of a patient, a verified one before any other. */
async function emailOf(
  patientId: string,
  { em, clinicId }: Context,
): Promise<{ value: string; verified_at: unknown } | undefined> {
  const rows = await em.execute<{ value: string; verified_at: unknown }[]>(
    `select value, verified_at from contact_point where clinic_id = ? and patient_id = ? and system = 'EMAIL'
     order by verified_at is null, rank, created_at limit 1`,
    [clinicId, patientId],
  );
  return rows[0];
}

/** A mail names its purpose in lower case: `health-data-marketing`. */
function purposeOf({ purpose }: Mail<any>): Purpose | undefined {
  const name = purpose.toUpperCase().replaceAll('-', '_');
  return name in Purpose ? (name as Purpose) : undefined;
}
