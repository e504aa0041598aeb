import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { conflict, defineLimit, definePermission, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { phoneCountryOf } from './contact-point.ts';
import { country } from './country.ts';
import { refuseGone } from './find-patient.ts';
import { find, findToChange } from './find.ts';
import { checkedIdentifier, type IdentifierValue } from './identifier-value.ts';
import { IdentifierUse, reasonFor } from './identifier-use.ts';
import { maskedIdentifier, PatientIdentifier, PatientIdentifierKind, placeOf, useOf } from './identifier.ts';
import { Patient } from './patient.ts';

export const identifierWrite = definePermission(
  'patient.identifier.write',
  'Record and remove national ids, insurance and chart numbers of patients',
  ['owner', 'frontDesk', 'practitioner'],
);
export const identifierFind = definePermission(
  'patient.identifier.find',
  'Find a patient by a national id, insurance or chart number',
  ['owner', 'frontDesk', 'practitioner'],
);
export const identifierReveal = definePermission(
  'patient.identifier.reveal',
  'See a national id, insurance or chart number in clear, for a reason that is kept',
  ['owner', 'practitioner'],
);

/** A busy counter finds one a minute; who tries numbers needs millions. */
const finds = defineLimit('identifier.find', 60, 600);
const reveals = defineLimit('identifier.reveal', 20, 3600);

@InputType({ description: 'A number of a patient, to record.' })
export class SetPatientIdentifierInput {
  @Field(() => ID, { description: 'Whose number it is.' })
  patientId: string;

  @Field(() => PatientIdentifierKind, { description: 'What number it is.' })
  kind: PatientIdentifierKind;

  @Field(() => String, {
    nullable: true,
    description:
      'The country that gave it, ISO 3166-1; if not given, that of the patient’s residence, or of the clinic. Without meaning for a chart number.',
  })
  country?: string | null;

  @Field(() => String, {
    description:
      'The number, 1 to 40 letters and digits, and what separates them. Those of `TW` and `CN` are checked by their check digit.',
  })
  value: string;
}

@InputType({ description: 'A number of a patient, to remove.' })
export class RemovePatientIdentifierInput {
  @Field(() => ID, { description: 'Id of the record.' })
  id: string;
}

@InputType({ description: 'A number by which to find a patient.' })
export class FindPatientByIdentifierInput {
  @Field(() => PatientIdentifierKind, { description: 'What number it is.' })
  kind: PatientIdentifierKind;

  @Field(() => String, { description: 'The whole number; case, width, spaces and hyphens do not matter.' })
  value: string;
}

@InputType({ description: 'A number to see in clear, and why.' })
export class RevealPatientIdentifierInput {
  @Field(() => ID, { description: 'Id of the record.' })
  id: string;

  @Field(() => String, { description: 'For what it is needed, 5 to 500 characters, without the number. Kept.' })
  reason: string;
}

@ObjectType({ description: 'A number of a patient in clear. Show it, and keep it nowhere.' })
export class RevealedIdentifier {
  @Field(() => ID, { description: 'Id of the record.' })
  id: string;

  @Field(() => PatientIdentifierKind, { description: 'What number it is.' })
  kind: PatientIdentifierKind;

  @Field(() => String, { description: 'The number, as it was recorded.' })
  value: string;
}

@Resolver()
export class IdentifierOperations {
  @Authorized(identifierWrite)
  @Mutation(() => PatientIdentifier, {
    description:
      'Records a number of a patient; one of the same kind and country gives way. CONFLICT where another patient of the clinic has it.',
  })
  setPatientIdentifier(
    @Arg('input', () => SetPatientIdentifierInput, { description: 'The number.' }) input: SetPatientIdentifierInput,
    @Ctx() context: Context,
  ): Promise<PatientIdentifier> {
    return setPatientIdentifier(input, context);
  }

  @Authorized(identifierWrite)
  @Mutation(() => Patient, { description: 'Removes a number of a patient; answers the patient.' })
  async removePatientIdentifier(
    @Arg('input', () => RemovePatientIdentifierInput, { description: 'Which one.' })
    { id }: RemovePatientIdentifierInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    const identifier = await find(PatientIdentifier, id, context);
    const patient = await find(Patient, identifier.patient.id, context);
    context.em.remove(identifier);
    return patient;
  }

  @Authorized(identifierFind)
  @Mutation(() => Patient, {
    nullable: true,
    description:
      'The patient of the clinic who has exactly this number; null if there is none. A mutation, as it is written down and a number has no place in a URL; 60 in ten minutes for each user.',
  })
  async findPatientByIdentifier(
    @Arg('input', () => FindPatientByIdentifierInput, { description: 'The number.' })
    { kind, value }: FindPatientByIdentifierInput,
    @Ctx() context: Context,
  ): Promise<Patient | null> {
    await context.spend(finds, bearerOf(context));
    const lookup = await lookupOf({ kind, value }, context);
    const identifier = await context.em.findOne(PatientIdentifier, { kind, lookup });
    if (!identifier) return null;
    note(identifier, { act: 'FOUND' }, context);
    return find(Patient, identifier.patient.id, context);
  }

  @Authorized(identifierReveal)
  @Mutation(() => RevealedIdentifier, {
    description: 'A number of a patient in clear. Written down with its reason; 20 in an hour for each user.',
  })
  async revealPatientIdentifier(
    @Arg('input', () => RevealPatientIdentifierInput, { description: 'Which one, and why.' })
    input: RevealPatientIdentifierInput,
    @Ctx() context: Context,
  ): Promise<RevealedIdentifier> {
    await context.spend(reveals, bearerOf(context));
    const identifier = await find(PatientIdentifier, input.id, context);
    const { id, kind, sealed } = identifier;
    const value = await context.vault.open(sealed, placeOf(id));
    note(identifier, { act: 'REVEALED', reason: reasonFor(input.reason, value) }, context);
    return { id, kind, value };
  }
}

const bearerOf = ({ actor }: Context): string => `${actor.kind} ${actor.id}`;

function note(
  { id: identifierId, kind, patient }: PatientIdentifier,
  use: Pick<IdentifierUse, 'act' | 'reason'>,
  context: Context,
): void {
  const { em, now } = context;
  em.create(IdentifierUse, { ...use, identifierId, kind, patient, usedBy: bearerOf(context), usedAt: now });
}

async function lookupOf(identifier: IdentifierValue, { vault }: Context): Promise<string> {
  return (await vault.indexer(useOf(identifier.kind)))(checkedIdentifier(identifier, 'input.value'));
}

/**
 * Records a number of a patient, encrypted. Throws BAD_USER_INPUT for one that is none, and CONFLICT where another patient of
 * the clinic has it.
 */
export async function setPatientIdentifier(
  { patientId, kind, country: given, value }: SetPatientIdentifierInput,
  context: Context,
): Promise<PatientIdentifier> {
  const { em, now, vault } = context;
  // Two who record the same at once take turns.
  const patient = await findToChange(Patient, patientId, undefined, context);
  refuseGone(patient);
  const of = kind === 'CHART_NUMBER' ? null : await countryOf(patient, given, context);
  const lookup = await lookupOf({ kind, country: of, value }, context);
  const holder = await em.findOne(PatientIdentifier, { kind, lookup });
  if (holder) {
    if (holder.patient.id !== patient.id) throw taken();
    return holder;
  }
  for (const before of await em.find(PatientIdentifier, { patient, kind, country: of })) em.remove(before);
  const masked = maskedIdentifier(checkedIdentifier({ kind, country: of, value }, 'input.value'));
  const identifier = em.create(PatientIdentifier, {
    ...{ patient, kind, country: of, lookup, masked, recordedAt: now, recordedBy: bearerOf(context) },
    sealed: Buffer.alloc(0),
  });
  identifier.sealed = await vault.seal(value.normalize('NFC').trim(), patient.id, placeOf(identifier.id));
  await em.flush().catch(refuseTaken);
  return identifier;
}

async function countryOf(
  { residence }: Patient,
  given: string | null | undefined,
  context: Context,
): Promise<string | null> {
  const home = phoneCountryOf((await clinicOf(context)).timeZone);
  return country(given, 'input.country') ?? residence ?? home ?? null;
}

const taken = () => conflict('Another patient of the clinic has this number.');

/** Someone else has recorded it at the same time. */
function refuseTaken(error: unknown): never {
  throw error instanceof UniqueConstraintViolationException ? taken() : error;
}
