import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  defineLoader,
  anyOf,
  DateTime,
  defineEvent,
  definePermission,
  listOf,
  Related,
  type Context,
  type Page,
} from 'clinic-rapport';
import { NoticeVersion, noticeRead } from './notice.ts';
import { Patient } from './patient.ts';
import { RelatedPerson, relatedPersonRead } from './related-person.ts';

export const consentRead = definePermission('consent.read', 'See what patients agreed to', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
  'emergency',
]);

/** Why a message is sent, or data used. A mail's purpose is one of these in lower case: `health-data-marketing`. */
export const Purpose = {
  CARE: 'CARE',
  ACCOUNT: 'ACCOUNT',
  REMINDER: 'REMINDER',
  MARKETING: 'MARKETING',
  HEALTH_DATA_MARKETING: 'HEALTH_DATA_MARKETING',
  TRACKING: 'TRACKING',
  TESTIMONIAL: 'TESTIMONIAL',
  REFERRAL_DISCLOSURE: 'REFERRAL_DISCLOSURE',
  PARTNER_SHARING: 'PARTNER_SHARING',
} as const;
export type Purpose = keyof typeof Purpose;

/** What a patient is written to about without having been asked, until it is withdrawn. */
export const assumed: ReadonlySet<Purpose> = new Set<Purpose>(['CARE', 'ACCOUNT', 'REMINDER']);

registerEnumType(Purpose, {
  name: 'Purpose',
  description: 'Why a message is sent, or data used.',
  valuesConfig: {
    CARE: { description: 'Care of the patient: instructions, results, recovery checks. Assumed until withdrawn.' },
    ACCOUNT: { description: 'The patient’s own account and its safety. Assumed until withdrawn.' },
    REMINDER: { description: 'Reminders of appointments. Assumed until withdrawn.' },
    MARKETING: { description: 'News and offers of the clinic.' },
    HEALTH_DATA_MARKETING: { description: 'News and offers that are chosen by the patient’s health data.' },
    TRACKING: { description: 'Measuring whether mails are opened and links followed.' },
    TESTIMONIAL: { description: 'Publishing what the patient says of the clinic.' },
    REFERRAL_DISCLOSURE: { description: 'Telling who referred the patient how far the patient has come.' },
    PARTNER_SHARING: { description: 'Giving data to a partner of the clinic.' },
  },
});

export const Channel = { EMAIL: 'EMAIL', SMS: 'SMS', PHONE: 'PHONE', POST: 'POST', LINE: 'LINE' } as const;
export type Channel = keyof typeof Channel;

registerEnumType(Channel, {
  name: 'Channel',
  description: 'A way of reaching a patient.',
  valuesConfig: {
    EMAIL: { description: 'E-mail.' },
    SMS: { description: 'Text message.' },
    PHONE: { description: 'Phone call.' },
    POST: { description: 'Letter.' },
    LINE: { description: 'LINE message.' },
  },
});

export const ConsentDecision = { GIVEN: 'GIVEN', WITHDRAWN: 'WITHDRAWN' } as const;
export type ConsentDecision = keyof typeof ConsentDecision;

registerEnumType(ConsentDecision, {
  name: 'ConsentDecision',
  description: 'What a patient chose.',
  valuesConfig: {
    GIVEN: { description: 'The patient agreed.' },
    WITHDRAWN: { description: 'The patient refused, or agrees no more.' },
  },
});

export const ConsentSource = {
  ONLINE: 'ONLINE',
  DESK: 'DESK',
  PAPER: 'PAPER',
  PHONE: 'PHONE',
  MAIL_LINK: 'MAIL_LINK',
  IMPORT: 'IMPORT',
  MERGE: 'MERGE',
} as const;
export type ConsentSource = keyof typeof ConsentSource;

registerEnumType(ConsentSource, {
  name: 'ConsentSource',
  description: 'How the clinic learned of the choice.',
  valuesConfig: {
    ONLINE: { description: 'The patient, on a page or in an app.' },
    DESK: { description: 'Told to staff in person.' },
    PAPER: { description: 'A signed form.' },
    PHONE: { description: 'Told on the phone.' },
    MAIL_LINK: { description: 'The patient, by a link in a mail.' },
    IMPORT: { description: 'Taken over from another system.' },
    MERGE: { description: 'Taken over from another record of the same patient. Never asked for by a client.' },
  },
});

export const ConsentActor = {
  PATIENT: 'PATIENT',
  GUARDIAN: 'GUARDIAN',
  STAFF: 'STAFF',
  IMPORT: 'IMPORT',
  SYSTEM: 'SYSTEM',
} as const;
export type ConsentActor = keyof typeof ConsentActor;

registerEnumType(ConsentActor, {
  name: 'ConsentActor',
  description: 'Who recorded a choice.',
  valuesConfig: {
    PATIENT: { description: 'The patient, logged in or by a link to the own address.' },
    GUARDIAN: { description: 'Who acts for the patient.' },
    STAFF: {
      description: 'Someone of the clinic, for the patient who was there or on the phone; `actorId` is the user.',
    },
    IMPORT: { description: 'It was taken over from another system.' },
    SYSTEM: { description: 'A program of the clinic.' },
  },
});

export const Touchpoint = {
  COUNTER: 'COUNTER',
  CONSULTATION: 'CONSULTATION',
  NURSING_EDUCATION: 'NURSING_EDUCATION',
  PHONE: 'PHONE',
  EVENT: 'EVENT',
  REGISTRATION: 'REGISTRATION',
  BOOKING: 'BOOKING',
  PREFERENCES: 'PREFERENCES',
} as const;
export type Touchpoint = keyof typeof Touchpoint;

registerEnumType(Touchpoint, {
  name: 'Touchpoint',
  description: 'Where a patient is asked for a choice.',
  valuesConfig: {
    COUNTER: { description: 'At the counter.' },
    CONSULTATION: { description: 'By the practitioner, during a visit.' },
    NURSING_EDUCATION: { description: 'By a nurse who explains what to do after a visit.' },
    PHONE: { description: 'On the phone.' },
    EVENT: { description: 'At a lecture or another event.' },
    REGISTRATION: { description: 'When registering online, or as a member.' },
    BOOKING: { description: 'When booking online.' },
    PREFERENCES: { description: 'On the page where one chooses which mails to get.' },
  },
});

@ObjectType({
  description: 'A recorded choice of a patient. Never changed: the newest of a purpose and channel counts.',
})
@Entity({ tableName: 'consent' })
export class Consent {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Purpose, { description: 'For what.' })
  @Property({ type: 'text' })
  purpose: Purpose;

  @Field(() => Channel, { description: 'By which way.' })
  @Property({ type: 'text' })
  channel: Channel;

  @Field(() => ConsentDecision, { description: 'What the patient chose.' })
  @Property({ type: 'text' })
  decision: ConsentDecision;

  @Field(() => ConsentSource, { description: 'How the clinic learned of it.' })
  @Property({ type: 'text' })
  source: ConsentSource;

  @Field(() => ConsentActor, {
    nullable: true,
    description: 'Who recorded it; null for one that is older than the field.',
  })
  @Property({ type: 'text', nullable: true })
  recordedBy?: ConsentActor | null;

  @Field(() => Touchpoint, { nullable: true, description: 'Where the patient was asked, as far as it is known.' })
  @Property({ type: 'text', nullable: true })
  touchpoint?: Touchpoint | null;

  @Field(() => String, { description: 'What recorded it: `user`, `job`, `link`, `system`.' })
  @Property({ type: 'text' })
  actorKind: string;

  @Field(() => String, { description: 'Id of the user who recorded it, or the name of what did.' })
  @Property({ type: 'text' })
  actorId: string;

  @Field(() => String, {
    nullable: true,
    description: 'Name of a notice that was not published here, as of another system.',
  })
  @Property({ type: 'text', nullable: true })
  notice?: string | null;

  @Authorized(noticeRead)
  @Field(() => NoticeVersion, { nullable: true, description: 'The published notice that was in force, and shown.' })
  @ManyToOne(() => NoticeVersion, { nullable: true })
  noticeVersion?: NoticeVersion | null;

  @Field(() => String, { nullable: true, description: 'What proves the choice: where a signed form lies, which page.' })
  @Property({ type: 'text', nullable: true })
  evidence?: string | null;

  @Authorized(relatedPersonRead)
  @Field(() => RelatedPerson, { nullable: true, description: 'The guardian who chose; null for the patient.' })
  @ManyToOne(() => RelatedPerson, { nullable: true })
  relatedPerson?: RelatedPerson | null;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;

  /** The order in which choices were written, which a clock cannot tell for two at once. */
  @Property({ type: 'bigint', autoincrement: true, persist: false })
  position: Opt<string>;
}

/** A patient gave or withdrew a consent. */
export interface ConsentChange {
  consentId: string;
  patientId: string;
  purpose: Purpose;
  channel: Channel;
}

const aboutConsent = ({ patientId }: ConsentChange) => ({ type: 'patient', id: patientId, patientId });

export const consentGiven = defineEvent<ConsentChange>('consent.given', aboutConsent);
export const consentWithdrawn = defineEvent<ConsentChange>('consent.withdrawn', aboutConsent);

export interface PresentConsent {
  readonly id: string;
  readonly decision: ConsentDecision;
}

/** What the patient chose last; undefined if the patient was never asked. */
export async function presentConsent(
  patientId: string,
  purpose: Purpose,
  channel: Channel,
  { em, clinicId }: Context,
): Promise<PresentConsent | undefined> {
  const rows = await em.execute<PresentConsent[]>(
    `select id, decision from consent where clinic_id = ? and patient_id = ? and purpose = ? and channel = ?
     order by position desc limit 1`,
    [clinicId, patientId, purpose, channel],
  );
  return rows[0];
}

/** What was decided last by e-mail for a purpose, by `<purpose> <patient's id>`; for many patients in one statement. */
export const presentEmailConsent = defineLoader<string, PresentConsent | undefined>(async (keys, { em, clinicId }) => {
  const rows = await em.execute<(PresentConsent & { key: string })[]>(
    `select distinct on (c.patient_id, c.purpose) c.purpose || ' ' || c.patient_id as key, c.id, c.decision
     from consent c
     where c.clinic_id = ? and c.patient_id = any(?::uuid[]) and c.purpose = any(?::text[]) and c.channel = 'EMAIL'
     order by c.patient_id, c.purpose, c.position desc`,
    [clinicId, ...arraysOf(keys)],
  );
  const byKey = new Map(rows.map(row => [row.key, row]));
  return keys.map(key => byKey.get(key));
});

/** The patients and the purposes that stand in such keys, as PostgreSQL writes arrays. */
function arraysOf(keys: readonly string[]): [patients: string, purposes: string] {
  const parts = keys.map(key => key.split(' ') as [purpose: string, patient: string]);
  const list = (at: 0 | 1): string => `{${[...new Set(parts.map(part => part[at]))].join()}}`;
  return [list(1), list(0)];
}

export const ConsentList = listOf(() => Consent, {
  name: 'Consent',
  filter: { purpose: anyOf(Purpose), channel: anyOf(Channel), decision: anyOf(ConsentDecision) },
  orderBy: { RECORDED_AT: 'recordedAt' },
  defaultOrder: { recordedAt: 'desc' },
});

@Resolver(() => Patient)
export class PatientConsents {
  @Authorized(consentRead)
  @Related(() => ConsentList, {
    inverse: 'patient',
    nullable: true,
    description: 'Every choice that was recorded, the newest first.',
  })
  consents: Page<Consent> | null;
}
