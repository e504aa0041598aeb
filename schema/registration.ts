import { IANAZone } from 'luxon';
import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { badInput, definePermission, Idempotent, LocalDate, type Context, type Locale } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { addContactPoint } from './contact-change.ts';
import { country } from './country.ts';
import { Department } from './department.ts';
import { findIfGiven, findToChange } from './find.ts';
import { refuseGone } from './find-patient.ts';
import { Language } from './localized-text.ts';
import { NoticeVersion } from './notice.ts';
import { indexPatient } from './patient-search.ts';
import { Patient, patientRegistered, patientUpdated, Sex } from './patient.ts';
import { optionalText, requiredText } from './text.ts';
import { dayOf } from './clinic-day.ts';

export const patientWrite = definePermission('patient.write', 'Register patients and change their records', [
  'owner',
  'frontDesk',
  'practitioner',
]);

@InputType({ description: 'A patient to register.' })
export class RegisterPatientInput {
  @Field(() => String, { description: 'Full name in any script, 1 to 200 characters.' })
  name: string;

  @Field(() => String, { nullable: true, description: 'The name in another script, 1 to 200 characters.' })
  otherName?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Date of birth, not in the future.' })
  birthDate?: string | null;

  @Field(() => Sex, { nullable: true, description: 'Sex, as far as care depends on it.' })
  sex?: Sex | null;

  @Field(() => Language, { nullable: true, description: 'Language to write in; the clinic’s own if not given.' })
  language?: Locale | null;

  @Field(() => ID, { nullable: true, description: 'The department that the patient prefers.' })
  preferredDepartmentId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Country of residence, ISO 3166-1: `TW`; if not given, that of the clinic.',
  })
  residence?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone in which the patient lives: `Asia/Taipei`; if not given, that of the clinic.',
  })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: 'E-mail address; a mail asks the patient to confirm it.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number, with its country code unless it is a local one.' })
  phone?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the notice that the patient was told of.' })
  toldNoticeVersionId?: string | null;
}

@InputType({ description: 'What changes in a patient’s record; what is left out stays, what is null is taken away.' })
export class UpdatePatientInput {
  @Field(() => ID, { description: 'Id of the patient.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: 'Full name in any script, 1 to 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The name in another script, 1 to 200 characters.' })
  otherName?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Date of birth, not in the future.' })
  birthDate?: string | null;

  @Field(() => Sex, { nullable: true, description: 'Sex, as far as care depends on it.' })
  sex?: Sex | null;

  @Field(() => Language, { nullable: true, description: 'Language to write in.' })
  language?: Locale | null;

  @Field(() => ID, { nullable: true, description: 'The department that the patient prefers.' })
  preferredDepartmentId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Country of residence, ISO 3166-1: `TW`; if not given, that of the clinic.',
  })
  residence?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone in which the patient lives: `Asia/Taipei`; if not given, that of the clinic.',
  })
  timeZone?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Day of death, not in the future.' })
  deceasedOn?: string | null;
}

@Resolver()
export class RegistrationResolver {
  @Authorized(patientWrite)
  @Idempotent()
  @Mutation(() => Patient, { description: 'Registers a patient.' })
  registerPatient(
    @Arg('input', () => RegisterPatientInput, { description: 'The patient.' }) input: RegisterPatientInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    return registerPatient(input, context);
  }

  @Authorized(patientWrite)
  @Mutation(() => Patient, { description: 'Changes a patient’s record.' })
  updatePatient(
    @Arg('input', () => UpdatePatientInput, { description: 'What changes.' }) input: UpdatePatientInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    return updatePatient(input, context);
  }
}

export interface RegisterPatient extends RegisterPatientInput {
  /** What led to it, as `recall.flu`, at most 100 characters. */
  origin?: string | null;
}

/** Registers a patient, with an address and a phone number if they are given. */
export async function registerPatient(input: RegisterPatient, context: Context): Promise<Patient> {
  const { em, now } = context;
  const clinic = await clinicOf(context);
  const patient = em.create(Patient, {
    name: requiredText(input.name, 'input.name'),
    otherName: optionalText(input.otherName, 'input.otherName'),
    birthDate: notInFuture(input.birthDate, 'input.birthDate', dayOf(now, clinic.timeZone)),
    sex: input.sex,
    language: input.language ?? clinic.locale,
    preferredDepartment: await findIfGiven(Department, input.preferredDepartmentId, context),
    residence: country(input.residence, 'input.residence'),
    timeZone: zone(input.timeZone, 'input.timeZone'),
    origin: optionalText(input.origin, 'input.origin', 100),
    toldNoticeVersion: await findIfGiven(NoticeVersion, input.toldNoticeVersionId, context),
    createdAt: now,
    updatedAt: now,
  });
  await em.flush();
  if (input.phone != null) await addContactPoint(patient, 'PHONE', input.phone, 'input.phone', context);
  if (input.email != null) await addContactPoint(patient, 'EMAIL', input.email, 'input.email', context);
  await indexPatient(patient, context);
  context.publish(patientRegistered, { patientId: patient.id, version: patient.version });
  return patient;
}

/** Changes what the input names. Throws CONFLICT where the record is not of `expectedVersion` any more. */
export async function updatePatient(input: UpdatePatientInput, context: Context): Promise<Patient> {
  const patient = await findToChange(Patient, input.id, input.expectedVersion, context);
  refuseGone(patient);
  const today = dayOf(context.now, (await clinicOf(context)).timeZone);
  if (input.name === null) throw badInput('input.name', 'A patient has a name.');
  if (input.language === null) throw badInput('input.language', 'A patient is written to in some language.');
  if (input.name !== undefined) patient.name = requiredText(input.name, 'input.name');
  if (input.otherName !== undefined) patient.otherName = optionalText(input.otherName, 'input.otherName');
  if (input.birthDate !== undefined) {
    patient.birthDate = notInFuture(input.birthDate, 'input.birthDate', today);
    patient.birthDateApproximate = false;
  }
  if (input.sex !== undefined) patient.sex = input.sex;
  if (input.language !== undefined) patient.language = input.language;
  if (input.deceasedOn !== undefined) patient.deceasedOn = notInFuture(input.deceasedOn, 'input.deceasedOn', today);
  if (input.residence !== undefined) patient.residence = country(input.residence, 'input.residence');
  if (input.timeZone !== undefined) patient.timeZone = zone(input.timeZone, 'input.timeZone');
  if (input.preferredDepartmentId !== undefined) {
    patient.preferredDepartment = (await findIfGiven(Department, input.preferredDepartmentId, context)) ?? null;
  }
  patient.updatedAt = context.now;
  await indexPatient(patient, context);
  context.publish(patientUpdated, { patientId: patient.id, version: patient.version });
  return patient;
}

function zone<T extends string | null | undefined>(name: T, field: string): T {
  if (name != null && !IANAZone.isValidZone(name))
    throw badInput(field, `\`${field}\` must be a time zone, as Asia/Taipei (IANA).`);
  return name;
}

function notInFuture<T extends string | null | undefined>(day: T, field: string, today: string): T {
  if (day != null && (day > today || day < '1850-01-01')) {
    throw badInput(field, `\`${field}\` must be a day from 1850 to today.`);
  }
  return day;
}
