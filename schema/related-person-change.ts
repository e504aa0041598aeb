import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { badInput, definePermission, Idempotent, LocalDate, type Context, type Locale } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { normalAddress, phoneCountryOf } from './contact-point.ts';
import { findToChange, find } from './find.ts';
import { findPatient } from './find-patient.ts';
import { isMinor, reviewGuardianships } from './guardian.ts';
import { Language } from './localized-text.ts';
import { Patient } from './patient.ts';
import { Guardianship, mostRelatedPersons, RelatedPerson, Relationship } from './related-person.ts';
import { askRelatedPerson } from './related-person-verification.ts';
import { optionalText, requiredText } from './text.ts';

export const relatedPersonWrite = definePermission(
  'related-person.write',
  'Record who belongs to a patient, and who may act for one',
  ['owner', 'frontDesk', 'practitioner'],
);

@InputType({ description: 'By what right a person acts for a patient.' })
export class GuardianshipInput {
  @Field(() => Guardianship, { description: 'By what right; `PARENTAL` is over a minor only.' })
  kind: Guardianship;

  @Field(() => LocalDate, { description: 'First day.' })
  from: string;

  @Field(() => LocalDate, { nullable: true, description: 'Last day; none if not given.' })
  until?: string | null;

  @Field(() => String, { description: 'What proves it: which document was seen, 1 to 2000 characters.' })
  evidence: string;
}

@InputType({ description: 'A person who belongs to a patient.' })
export class AddRelatedPersonInput {
  @Field(() => ID, { description: 'To whom the person belongs.' })
  patientId: string;

  @Field(() => String, { description: 'Full name in any script, 1 to 200 characters.' })
  name: string;

  @Field(() => Relationship, { description: 'What the person is to the patient.' })
  relationship: Relationship;

  @Field(() => Language, { nullable: true, description: 'Language to write in; that of the patient if not given.' })
  language?: Locale | null;

  @Field(() => String, { nullable: true, description: 'E-mail address; a mail asks to confirm it.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number, with its country code unless it is a local one.' })
  phone?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the same person as a patient of the clinic: a guardian then sees the patient’s data.',
  })
  personId?: string | null;

  @Field(() => GuardianshipInput, { nullable: true, description: 'For who may act for the patient.' })
  guardianship?: GuardianshipInput | null;
}

@InputType({ description: 'What changes of a related person; what is left out stays, what is null is taken away.' })
export class UpdateRelatedPersonInput {
  @Field(() => ID, { description: 'Id of the record.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: 'E-mail address; a mail asks to confirm a new one.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number, with its country code unless it is a local one.' })
  phone?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the same person as a patient of the clinic.' })
  personId?: string | null;

  @Field(() => GuardianshipInput, {
    nullable: true,
    description: 'For who may act for the patient; null ends a guardianship at once.',
  })
  guardianship?: GuardianshipInput | null;
}

@InputType({ description: 'Who belongs to a patient no more.' })
export class EndRelatedPersonInput {
  @Field(() => ID, { description: 'Id of the record.' })
  id: string;
}

@Resolver()
export class RelatedPersonOperations {
  @Authorized(relatedPersonWrite)
  @Idempotent()
  @Mutation(() => RelatedPerson, { description: 'Records a person who belongs to a patient, or may act for one.' })
  async addRelatedPerson(
    @Arg('input', () => AddRelatedPersonInput, { description: 'The person.' }) input: AddRelatedPersonInput,
    @Ctx() context: Context,
  ): Promise<RelatedPerson> {
    const { em, now } = context;
    const patient = await findPatient(input.patientId, context);
    if ((await em.count(RelatedPerson, { patient, endedAt: null })) >= mostRelatedPersons)
      throw badInput('input.patientId', `At most ${mostRelatedPersons} persons belong to a patient.`);
    const person = em.create(RelatedPerson, {
      patient,
      name: requiredText(input.name, 'input.name'),
      relationship: input.relationship,
      language: input.language ?? patient.language,
      createdAt: now,
    });
    await change(person, patient, input, context);
    return person;
  }

  @Authorized(relatedPersonWrite)
  @Mutation(() => RelatedPerson, {
    description: 'Changes how a related person is reached, and by what right the person acts. It counts at once.',
  })
  async updateRelatedPerson(
    @Arg('input', () => UpdateRelatedPersonInput, { description: 'What changes.' }) input: UpdateRelatedPersonInput,
    @Ctx() context: Context,
  ): Promise<RelatedPerson> {
    const person = await findToChange(RelatedPerson, input.id, input.expectedVersion, context);
    await change(person, await find(Patient, person.patient.id, context), input, context);
    return person;
  }

  @Authorized(relatedPersonWrite)
  @Mutation(() => RelatedPerson, {
    description: 'Records that a person has to do with the patient no more: sees nothing and is written to no more.',
  })
  async endRelatedPerson(
    @Arg('input', () => EndRelatedPersonInput, { description: 'Who.' }) { id }: EndRelatedPersonInput,
    @Ctx() context: Context,
  ): Promise<RelatedPerson> {
    const person = await findToChange(RelatedPerson, id, undefined, context);
    person.endedAt ??= context.now;
    await reviewGuardianships(context, person.id);
    return person;
  }
}

type Change = Pick<UpdateRelatedPersonInput, 'email' | 'phone' | 'personId' | 'guardianship'>;

async function change(person: RelatedPerson, patient: Patient, input: Change, context: Context): Promise<void> {
  const { timeZone } = await clinicOf(context);
  if (input.phone !== undefined)
    person.phone = input.phone && normalAddress('PHONE', input.phone, 'input.phone', phoneCountryOf(timeZone));
  if (input.personId !== undefined) person.personId = await recordOf(input.personId, patient, context);
  if (input.guardianship !== undefined) await appoint(person, patient, input.guardianship, context);
  if (input.email !== undefined) {
    const email = input.email && normalAddress('EMAIL', input.email, 'input.email');
    if (email !== person.email) context.em.assign(person, { email, emailVerifiedAt: null });
  }
  await askRelatedPerson(person, context);
  await reviewGuardianships(context, person.id);
}

async function recordOf(personId: string | null, patient: Patient, context: Context): Promise<string | null> {
  if (personId === null) return null;
  const { id } = await find(Patient, personId, context);
  if (id === patient.id) throw badInput('input.personId', 'Nobody is a relative of oneself.');
  return id;
}

async function appoint(
  person: RelatedPerson,
  patient: Patient,
  guardianship: GuardianshipInput | null,
  context: Context,
): Promise<void> {
  if (guardianship?.kind === 'PARENTAL' && !(await isMinor(patient, context))) {
    throw badInput('input.guardianship.kind', 'Parental care is over a minor, whose date of birth is known.');
  }
  if (guardianship?.until != null && guardianship.until < guardianship.from) {
    throw badInput('input.guardianship.until', 'It ends before it begins.');
  }
  context.em.assign(person, {
    guardianship: guardianship?.kind ?? null,
    guardianFrom: guardianship?.from ?? null,
    guardianUntil: guardianship?.until ?? null,
    evidence: optionalText(guardianship?.evidence ?? null, 'input.guardianship.evidence', 2_000),
  });
}
