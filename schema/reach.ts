import {
  defineLoader,
  suppressionsOf,
  type Addressee,
  type Context,
  type Locale,
  type Mail,
  type Preferences,
  type Recipient,
  type Sending,
} from 'clinic-rapport';
import { askedFor } from './asked-for.ts';
import { clinicOf } from './clinic.ts';
import type { CompliancePack } from './compliance/pack.ts';
import { packsOf } from './compliance/packs.ts';
import { presentEmailConsent, Purpose } from './consent.ts';
import { agesOf, isGuardianSql, isGuardianValues } from './guardian.ts';
import { imprintIn } from './imprint.ts';
import { CoreSettings } from './core-settings.ts';
import { basisOfClass, mayRestOn, needsConsent } from './message-class.ts';
import { preferencesLink } from './preferences-link.ts';
import { User } from './user.ts';

const advertising: ReadonlySet<Purpose> = new Set<Purpose>(['MARKETING', 'HEALTH_DATA_MARKETING']);

/** Where the core's own people can be reached by e-mail: patients and users; a bare address is what it is. */
export async function address(to: Recipient, mail: Mail<any>, context: Context): Promise<Addressee | undefined> {
  if ('patientId' in to) return addressOfPatient(to.patientId, mail, context);
  if ('userId' in to) return addressOfUser(to.userId, context);
  if ('relatedPersonId' in to) return addressOfRelatedPerson(to.relatedPersonId, mail, context);
  if (!('address' in to)) return undefined;
  const locale = to.locale ?? (await clinicOf(context)).locale;
  const basis = askedFor.has(mail.name)
    ? basisOfClass('asked-for', await packsOfReader(undefined, context))
    : undefined;
  return { address: to.address, name: to.name, locale, verified: false, basis };
}

/** Every reason why a mail must not be sent; none where it may. */
export async function withhold(
  mail: Mail<any>,
  to: Recipient,
  context: Context,
  { address, basis }: Pick<Addressee, 'address' | 'basis'>,
): Promise<readonly string[]> {
  const asked = [...(await refusals(mail, to, context)), await stopOfAddress(mail, address, context)];
  const reasons = asked.filter(reason => reason !== undefined);
  // A plugin may know where to reach someone; on what a mail may rest is the core's to say.
  return reasons.length > 0 || mayRestOn(basis, mail, to) ? reasons : ['BASIS_UNKNOWN'];
}

/** Whoever it is that has the address. What someone has just asked for goes out still, unless it was called spam before. */
async function stopOfAddress(mail: Mail<any>, address: string, context: Context): Promise<string | undefined> {
  if (address === '') return undefined;
  const stops = await context.load(suppressionsOf, address);
  const stop = askedFor.has(mail.name) ? stops.find(reason => reason === 'COMPLAINT') : stops[0];
  return stop && `SUPPRESSED_${stop}`;
}

/** Where a patient chooses which mails to get. Mails that rest on a consent can be left by one click (RFC 8058). */
export async function preferences(
  { mail, to, deliveryId }: Sending,
  context: Context,
): Promise<Preferences | undefined> {
  const purpose = purposeOf(mail);
  if (!('patientId' in to) || !purpose) return undefined;
  const bearer = { patientId: to.patientId, expiresAt: 'never' } as const;
  const url = context.link(preferencesLink, { purpose, deliveryId }, bearer);
  const locale =
    mail.stream === 'marketing' ? (await context.load(patientsToReach, to.patientId))?.language : undefined;
  const imprint = locale && (await imprintIn(locale, context));
  return { url, oneClick: purpose !== 'CARE' && purpose !== 'ACCOUNT', imprint };
}

/** Nobody proved to own the address, or the patient said no, or was never asked, or died. */
async function refusals(mail: Mail<any>, to: Recipient, context: Context): Promise<(string | undefined)[]> {
  if ('address' in to) return [askedFor.has(mail.name) ? undefined : 'ADDRESS_UNVERIFIED'];
  if ('relatedPersonId' in to) return refusalsOfRelatedPerson(mail, to.relatedPersonId, context);
  if (!('patientId' in to)) return [];
  const patient = await context.load(patientsToReach, to.patientId);
  if (!patient) return ['PATIENT_UNKNOWN'];
  return [
    patient.erased ? 'PATIENT_ERASED' : undefined,
    patient.merged ? 'PATIENT_MERGED' : undefined,
    patient.deceased ? 'PATIENT_DECEASED' : undefined,
    patient.address ? undefined : 'NO_ADDRESS',
    patient.address && !patient.verifiedAt ? 'ADDRESS_UNVERIFIED' : undefined,
    await refusalOfPurpose(mail, patient, context),
  ];
}

async function refusalOfPurpose(
  mail: Mail<any>,
  patient: PatientToReach,
  context: Context,
): Promise<string | undefined> {
  const purpose = purposeOf(mail);
  if (!purpose) return 'PURPOSE_UNKNOWN';
  // Else it would be sent whenever it is due, past the budget of what disturbs.
  if (advertising.has(purpose) && mail.stream !== 'marketing') return 'STREAM_NOT_MARKETING';
  const consent = await context.load(presentEmailConsent, `${purpose} ${patient.id}`);
  if (consent?.decision === 'WITHDRAWN') return 'CONSENT_WITHDRAWN';
  if (consent) return undefined;
  const isAsked = mail.stream === 'marketing' || needsConsent(purpose, await packsOfReader(patient.residence, context));
  return isAsked ? 'CONSENT_MISSING' : undefined;
}

const packsOfReader = async (residence: string | null | undefined, { settings }: Context): Promise<CompliancePack[]> =>
  packsOf((await settings(CoreSettings)).compliancePack, residence);

async function addressOfPatient(patientId: string, mail: Mail<any>, context: Context): Promise<Addressee | undefined> {
  const patient = await context.load(patientsToReach, patientId);
  if (!patient?.address) return undefined;
  const purpose = purposeOf(mail);
  const consent = purpose && (await context.load(presentEmailConsent, `${purpose} ${patientId}`));
  const { address, name, language: locale, verifiedAt, residence, snapshot } = patient;
  const basis =
    consent?.decision === 'GIVEN'
      ? `consent:${consent.id}`
      : basisOfClass(mail.purpose, await packsOfReader(residence, context));
  const since = verifiedAt === null ? undefined : new Date(verifiedAt);
  return { address, name, locale, verified: since !== undefined, verifiedAt: since, basis, snapshot };
}

/** Where the patient lives, by the law and by the clock; undefined for one whom nobody knows. */
export const readerOf = (
  patientId: string,
  { load }: Context,
): Promise<Pick<PatientToReach, 'residence' | 'timeZone'> | undefined> => load(patientsToReach, patientId);

/** Where mails to the patient go now; undefined where there is no such place. */
export const mailAddressOf = async (patientId: string, context: Context): Promise<string | undefined> =>
  (await context.load(patientsToReach, patientId))?.address ?? undefined;

/** Of a guardian who is a patient here, the patient's; else the one that is kept of the person. */
async function addressOfRelatedPerson(id: string, mail: Mail<any>, context: Context): Promise<Addressee | undefined> {
  const person = await context.load(relatedPersonsToReach, id);
  if (!person) return undefined;
  const own = person.personId ? await context.load(patientsToReach, person.personId) : undefined;
  const address = own?.address ?? person.email;
  const verifiedAt = own?.address ? own.verifiedAt : person.emailVerifiedAt;
  if (!address) return undefined;
  const since = verifiedAt === null ? undefined : new Date(verifiedAt);
  const basis = basisOfClass(mail.purpose, await packsOfReader(undefined, context));
  // The patient's choices are asked for after this.
  const snapshot = (await context.load(patientsToReach, person.patientId))?.snapshot;
  const { name, language: locale } = person;
  return { address, name, locale, verified: since !== undefined, verifiedAt: since, basis, snapshot };
}

/** The patient decides who is written to; what only a consent allows goes to the patient alone. */
async function refusalsOfRelatedPerson(mail: Mail<any>, id: string, context: Context): Promise<(string | undefined)[]> {
  const person = await context.load(relatedPersonsToReach, id);
  // Another plugin may know the person.
  if (!person) return [];
  const patient = await context.load(patientsToReach, person.patientId);
  if (!patient || patient.erased) return ['PATIENT_ERASED'];
  const purpose = purposeOf(mail);
  const isOffer = mail.stream === 'marketing' || (purpose !== undefined && advertising.has(purpose));
  return [
    person.ended ? 'RELATED_PERSON_ENDED' : undefined,
    patient.deceased ? 'PATIENT_DECEASED' : undefined,
    isOffer ? 'NOT_FOR_RELATED_PERSONS' : await refusalOfPurpose(mail, patient, context),
  ];
}

interface RelatedPersonToReach {
  readonly id: string;
  readonly patientId: string;
  readonly personId: string | null;
  readonly name: string;
  readonly language: Locale;
  readonly email: string | null;
  /** RFC 3339. */
  readonly emailVerifiedAt: string | null;
  readonly ended: boolean;
}

const relatedPersonsToReach = defineLoader<string, RelatedPersonToReach | undefined>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<RelatedPersonToReach[]>(
    `select r.id, r.patient_id as "patientId", r.person_id as "personId", r.name, r.language, r.email,
         to_json(r.email_verified_at) #>> '{}' as "emailVerifiedAt", r.ended_at is not null as ended
       from related_person r
       where r.clinic_id = ? and r.id = any(?::uuid[])`,
    [clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id));
});

async function addressOfUser(userId: string, context: Context): Promise<Addressee | undefined> {
  const user = await context.em.findOne(User, userId);
  if (!user?.email || user.disabledAt) return undefined;
  return {
    address: user.email,
    name: user.name,
    locale: user.locale as Locale,
    verified: true,
    basis: basisOfClass('staff', await packsOfReader(undefined, context)),
  };
}

interface PatientToReach {
  readonly id: string;
  readonly name: string;
  readonly language: Locale;
  readonly deceased: boolean;
  readonly residence: string | null;
  /** IANA; null for the clinic's. */
  readonly timeZone: string | null;
  readonly erased: boolean;
  readonly merged: boolean;
  readonly address: string | null;
  /** RFC 3339. */
  readonly verifiedAt: string | null;
  /** What is asked for later sees at least this. */
  readonly snapshot: string;
}

/** Of a guardian of today; one who is a patient here is reached as that. */
const guardianAddress = `
  select coalesce(c.value, r.email) as value, case when c.value is null then r.email_verified_at else c.verified_at end as verified_at
  from related_person r left join lateral (
    select c.value, c.verified_at from contact_point c
    where c.clinic_id = r.clinic_id and c.patient_id = r.person_id and c.system = 'EMAIL' and c.verified_at is not null
    order by c.rank, c.created_at limit 1) c on true
  where p.birth_date > ?::date and e.verified_at is null
    and r.clinic_id = p.clinic_id and r.patient_id = p.id and ${isGuardianSql}
    and (c.value is not null or r.email_verified_at is not null)
  order by r.created_at limit 1`;

/**
 * With the preferred e-mail address of each, a verified one before any other; of a minor who has none, that of a guardian. Read
 * for all that are written to together.
 */
const patientsToReach = defineLoader<string, PatientToReach | undefined>(async (ids, context) => {
  const { em, clinicId } = context;
  const ages = await agesOf(context);
  const rows = await em.execute<PatientToReach[]>(
    `select p.id, p.name, p.language, p.residence, p.time_zone as "timeZone", p.deceased_on is not null as deceased, p.erased_at is not null as erased,
       p.merged_into is not null as merged,
       coalesce(g.value, e.value) as address, to_json(coalesce(g.verified_at, e.verified_at)) #>> '{}' as "verifiedAt",
       pg_current_snapshot()::text as snapshot
     from patient p left join lateral (
       select c.value, c.verified_at from contact_point c
       where c.clinic_id = p.clinic_id and c.patient_id = p.id and c.system = 'EMAIL'
       order by c.verified_at is null, c.rank, c.created_at limit 1) e on true
     left join lateral (${guardianAddress}) g on true
     where p.clinic_id = ? and p.id = any(?::uuid[])`,
    [ages.minorsBornAfter, ...isGuardianValues(ages), clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id));
});

/** A mail names its purpose in lower case: `health-data-marketing`. */
function purposeOf({ purpose }: Mail<any>): Purpose | undefined {
  const name = purpose.toUpperCase().replaceAll('-', '_');
  return name in Purpose ? (name as Purpose) : undefined;
}
