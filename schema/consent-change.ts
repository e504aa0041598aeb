import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { badInput, definePermission, Idempotent, type Context } from 'clinic-rapport';
import {
  Channel,
  Consent,
  consentGiven,
  ConsentSource,
  Touchpoint,
  type ConsentActor,
  consentWithdrawn,
  Purpose,
  type ConsentDecision,
} from './consent.ts';
import { findIfGiven } from './find.ts';
import { findPatient } from './find-patient.ts';
import { guardians, guardianshipOver, isMinor } from './guardian.ts';
import { noticeInForce, NoticeVersion } from './notice.ts';
import type { Patient } from './patient.ts';
import { RelatedPerson } from './related-person.ts';
import { optionalText } from './text.ts';
import { endWhatRestedOn } from './withdrawal.ts';

export const consentWrite = definePermission('consent.write', 'Record what patients agree to and withdraw', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

@InputType({ description: 'A choice of a patient to record.' })
export class ConsentInput {
  @Field(() => ID, { description: 'Whose choice it is.' })
  patientId: string;

  @Field(() => Purpose, { description: 'For what.' })
  purpose: Purpose;

  @Field(() => Channel, { description: 'By which way.' })
  channel: Channel;

  @Field(() => ConsentSource, { description: 'How the clinic learned of it; for a patient it is always `ONLINE`.' })
  source: ConsentSource;

  @Field(() => Touchpoint, {
    nullable: true,
    description:
      'Where the patient was asked. If not given: `COUNTER` for what was said at the desk, `PHONE` on the phone. Of a patient only `REGISTRATION`, `BOOKING` and `PREFERENCES` are taken.',
  })
  touchpoint?: Touchpoint | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of a notice that was not published here, as of another system.',
  })
  notice?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The notice that the patient was shown: the version in force. Needed to agree to anything but `CARE`, `ACCOUNT` and `REMINDER`, unless imported.',
  })
  noticeVersionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What proves the choice: where a signed form lies, which page; 1 to 2000 characters. Needed for an `IMPORT`.',
  })
  evidence?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The guardian who chooses for the patient, if not the patient. A minor agrees to nothing but `CARE`, `ACCOUNT` and `REMINDER` alone.',
  })
  relatedPersonId?: string | null;
}

@Resolver()
export class ConsentResolver {
  @Authorized(consentWrite)
  @Idempotent()
  @Mutation(() => Consent, { description: 'Records that a patient agreed.' })
  giveConsent(
    @Arg('input', () => ConsentInput, { description: 'The choice.' }) input: ConsentInput,
    @Ctx() context: Context,
  ): Promise<Consent> {
    return giveConsent(input, context);
  }

  @Authorized(consentWrite)
  @Idempotent()
  @Mutation(() => Consent, { description: 'Records that a patient refused, or agrees no more. It counts at once.' })
  withdrawConsent(
    @Arg('input', () => ConsentInput, { description: 'The choice.' }) input: ConsentInput,
    @Ctx() context: Context,
  ): Promise<Consent> {
    return withdrawConsent(input, context);
  }
}

export const giveConsent = (input: ConsentInput, context: Context): Promise<Consent> => decide('GIVEN', input, context);

export const withdrawConsent = (input: ConsentInput, context: Context): Promise<Consent> =>
  decide('WITHDRAWN', input, context);

async function decide(decision: ConsentDecision, input: ConsentInput, context: Context): Promise<Consent> {
  const { em, actor, now } = context;
  const patient = await findPatient(input.patientId, context);
  const { purpose, channel } = input;
  if (input.source === 'MERGE') throw badInput('input.source', '`MERGE` is recorded by merging two records alone.');
  // A patient cannot say to have signed a form at the desk.
  const source = isPatient(actor) ? 'ONLINE' : input.source;
  const noticeVersion = await findIfGiven(NoticeVersion, input.noticeVersionId, context);
  const evidence = optionalText(input.evidence, 'input.evidence', 2_000);
  if (decision === 'GIVEN') await refuseUnproved({ purpose, source, noticeVersion, evidence }, context);
  const relatedPerson = await guardianOf(patient, input, context);
  if (decision === 'GIVEN' && !relatedPerson) await refuseMinor(patient, { purpose, source }, context);
  const consent = em.create(Consent, {
    patient,
    purpose,
    channel,
    decision,
    source,
    noticeVersion,
    evidence,
    relatedPerson,
    notice: optionalText(input.notice, 'input.notice'),
    recordedBy: recorderOf(actor, source),
    touchpoint: touchpointOf(input, actor) ?? touchpoints[source],
    actorKind: actor.kind,
    actorId: actor.id,
    recordedAt: now,
  });
  await em.flush();
  if (decision === 'WITHDRAWN') await endWhatRestedOn(consent, context);
  const event = decision === 'GIVEN' ? consentGiven : consentWithdrawn;
  context.publish(event, { consentId: consent.id, patientId: patient.id, purpose, channel });
  return consent;
}

const isPatient = ({ kind, patientIds }: Context['actor']): boolean => kind === 'user' && patientIds !== '*';

function recorderOf(actor: Context['actor'], source: ConsentSource): ConsentActor {
  if (source === 'IMPORT') return 'IMPORT';
  if (isPatient(actor) || actor.kind === 'link') return 'PATIENT';
  return actor.kind === 'user' || actor.kind === 'key' ? 'STAFF' : 'SYSTEM';
}

/** Nor to have been asked at the desk, or on the phone. */
const touchpointOf = ({ touchpoint }: ConsentInput, actor: Context['actor']): Touchpoint | null | undefined =>
  isPatient(actor) && touchpoint != null && !online.has(touchpoint) ? undefined : touchpoint;

const online: ReadonlySet<Touchpoint> = new Set<Touchpoint>(['REGISTRATION', 'BOOKING', 'PREFERENCES']);

/** Where who says nothing else was asked. */
const touchpoints: Readonly<Partial<Record<ConsentSource, Touchpoint>>> = {
  DESK: 'COUNTER',
  PHONE: 'PHONE',
  MAIL_LINK: 'PREFERENCES',
};

const withoutNotice: ReadonlySet<Purpose> = new Set<Purpose>(['CARE', 'ACCOUNT', 'REMINDER']);

/** To agree is to know to what: to the words in force, or, taken over from elsewhere, with a proof from there. */
async function refuseUnproved(
  { purpose, source, noticeVersion, evidence }: Pick<Consent, 'purpose' | 'source' | 'noticeVersion' | 'evidence'>,
  context: Context,
): Promise<void> {
  if (source === 'IMPORT' && !evidence) throw badInput('input.evidence', 'What is taken over comes with its proof.');
  if (!noticeVersion) {
    if (source === 'IMPORT' || withoutNotice.has(purpose)) return;
    throw badInput('input.noticeVersionId', `To agree to ${purpose}, the patient has to be shown a notice.`);
  }
  const inForce = await noticeInForce(noticeVersion.name, context);
  if (inForce?.id !== noticeVersion.id) {
    throw badInput('input.noticeVersionId', 'This version of the notice is not in force any more.');
  }
}

/** Who chooses in the patient’s place: the person who is named, or a guardian who has signed in. */
async function guardianOf(
  patient: Patient,
  { relatedPersonId }: ConsentInput,
  context: Context,
): Promise<RelatedPerson | undefined> {
  const { actor } = context;
  const isOther = actor.kind === 'user' && actor.patientIds !== '*' && actor.id !== patient.id;
  const id = relatedPersonId ?? (isOther ? await guardianshipOver(patient.id, actor.id, context) : undefined);
  const person = await findIfGiven(RelatedPerson, id, context);
  if (!person) return undefined;
  if (person.patient.id !== patient.id || !(await context.load(guardians, person.id)))
    throw badInput('input.relatedPersonId', 'This person may not act for the patient today.');
  return person;
}

/** What was agreed to elsewhere was agreed to under the rules of there. */
async function refuseMinor(
  patient: Patient,
  { purpose, source }: Pick<Consent, 'purpose' | 'source'>,
  context: Context,
): Promise<void> {
  if (withoutNotice.has(purpose) || source === 'IMPORT' || !(await isMinor(patient, context))) return;
  throw badInput('input.relatedPersonId', `A minor does not agree to ${purpose} alone: name the guardian who does.`);
}
