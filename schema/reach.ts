import { defineLoader, type Addressee, type Context, type Locale, type Mail, type Recipient } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { presentEmailConsent, Purpose } from './consent.ts';
import { verificationMail } from './contact-verification.ts';
import { invitationMail } from './invitation-mail.ts';
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
  const patient = await context.load(patientsToReach, to.patientId);
  if (!patient) return 'PATIENT_UNKNOWN';
  if (patient.deceased) return 'PATIENT_DECEASED';
  if (!patient.address) return 'NO_ADDRESS';
  if (!patient.verified) return 'ADDRESS_UNVERIFIED';
  const purpose = purposeOf(mail);
  if (!purpose) return 'PURPOSE_UNKNOWN';
  const consent = await context.load(presentEmailConsent, `${purpose} ${to.patientId}`);
  if (consent?.decision === 'WITHDRAWN') return 'CONSENT_WITHDRAWN';
  return consent || (assumed.has(purpose) && mail.stream === 'transactional') ? undefined : 'CONSENT_MISSING';
}

async function addressOfPatient(patientId: string, mail: Mail<any>, context: Context): Promise<Addressee | undefined> {
  const patient = await context.load(patientsToReach, patientId);
  if (!patient?.address) return undefined;
  const purpose = purposeOf(mail);
  const consent = purpose && (await context.load(presentEmailConsent, `${purpose} ${patientId}`));
  const basis = consent?.decision === 'GIVEN' ? `consent:${consent.id}` : 'message-class:care';
  const { address, name, language: locale, verified } = patient;
  return { address, name, locale, verified, basis };
}

async function addressOfUser(userId: string, { em }: Context): Promise<Addressee | undefined> {
  const user = await em.findOne(User, userId);
  if (!user?.email || user.disabledAt) return undefined;
  return { address: user.email, name: user.name, locale: user.locale as Locale, verified: true, basis: 'user' };
}

interface PatientToReach {
  readonly id: string;
  readonly name: string;
  readonly language: Locale;
  readonly deceased: boolean;
  readonly address: string | null;
  readonly verified: boolean;
}

/** With the preferred e-mail address of each, a verified one before any other; read for all that are written to together. */
const patientsToReach = defineLoader<string, PatientToReach | undefined>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<PatientToReach[]>(
    `select p.id, p.name, p.language, p.deceased_on is not null as deceased, e.value as address,
       e.verified_at is not null as verified
     from patient p left join lateral (
       select c.value, c.verified_at from contact_point c
       where c.clinic_id = p.clinic_id and c.patient_id = p.id and c.system = 'EMAIL'
       order by c.verified_at is null, c.rank, c.created_at limit 1) e on true
     where p.clinic_id = ? and p.id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [clinicId, JSON.stringify(ids)],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id));
});

/** A mail names its purpose in lower case: `health-data-marketing`. */
function purposeOf({ purpose }: Mail<any>): Purpose | undefined {
  const name = purpose.toUpperCase().replaceAll('-', '_');
  return name in Purpose ? (name as Purpose) : undefined;
}
