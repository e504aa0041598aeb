import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  defineEvent,
  definePermission,
  equals,
  listOf,
  LocalDate,
  Needs,
  range,
  type Context,
  type Locale,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { ageOn } from './age.ts';
import { clinicOf } from './clinic.ts';
import { Department } from './department.ts';
import { orNotFound } from './find.ts';
import { Language } from './localized-text.ts';
import { noticeRead, NoticeVersion } from './notice.ts';
import { searchPatients } from './patient-search.ts';

export const patientRead = definePermission('patient.read', 'See patients: name, age, sex, language', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
  'emergency',
]);

/** Not of patients: who registers with the name and the day of birth of somebody would learn who is a patient here. */
export const duplicateRead = definePermission(
  'patient.duplicate.read',
  'See which records of patients may be of one person',
  ['owner', 'frontDesk', 'practitioner'],
);

export const subjectRequestRead = definePermission(
  'subject-request.read',
  'See who exported, erased or held the data of patients, and why',
);

/** What happened to a patient's record. */
export interface PatientChange {
  patientId: string;
  version: number;
}

const aboutPatient = ({ patientId, version }: PatientChange) => ({
  type: 'patient',
  id: patientId,
  version,
  patientId,
});

export const patientRegistered = defineEvent<PatientChange>('patient.registered', aboutPatient);
export const patientUpdated = defineEvent<PatientChange>('patient.updated', aboutPatient);
/** What a plugin keeps of the patient beside its tables, as in another system, is to go too. */
export const patientErased = defineEvent<PatientChange>('patient.erased', aboutPatient);

/** Two records were made one; or one two again. */
export interface MergeChange {
  mergeId: string;
  /** The record that is kept. */
  patientId: string;
  mergedId: string;
}

const aboutMerge = ({ patientId }: MergeChange) => ({ type: 'patient', id: patientId, patientId });

export const patientMerged = defineEvent<MergeChange>('patient.merged', aboutMerge);
export const patientUnmerged = defineEvent<MergeChange>('patient.unmerged', aboutMerge);

export const Sex = { FEMALE: 'FEMALE', MALE: 'MALE', OTHER: 'OTHER' } as const;
export type Sex = keyof typeof Sex;

registerEnumType(Sex, {
  name: 'Sex',
  description: 'Sex of a patient, as far as care depends on it.',
  valuesConfig: {
    FEMALE: { description: 'Female.' },
    MALE: { description: 'Male.' },
    OTHER: { description: 'Neither of the two.' },
  },
});

@ObjectType({ description: 'A person cared for.' })
@Entity({ tableName: 'patient' })
export class Patient {
  @Field(() => ID, { description: 'Id of the patient.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'Full name in any script, as the patient writes it.' })
  @Property({ type: 'text', collation: 'zh-Hant-x-icu' })
  name: string;

  @Field(() => String, { nullable: true, description: 'The name in another script, as in a passport.' })
  @Property({ type: 'text', nullable: true })
  otherName?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Date of birth.' })
  @Property({ type: 'date', nullable: true })
  birthDate?: string | null;

  @Field(() => Boolean, { description: 'Whether only the year of `birthDate` is known, and that to about a year.' })
  @Property({ type: 'boolean' })
  birthDateApproximate: Opt<boolean> = false;

  @Field(() => Sex, { nullable: true, description: 'Sex, as far as care depends on it.' })
  @Property({ type: 'text', nullable: true })
  sex?: Sex | null;

  @Field(() => Language, { description: 'Language in which the clinic writes to the patient.' })
  @Property({ type: 'text' })
  language: Locale;

  @Field(() => Department, { nullable: true, description: 'The department that the patient prefers.' })
  @ManyToOne(() => Department, { nullable: true })
  preferredDepartment?: Department | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Country of residence, ISO 3166-1: `TW`. Its law counts beside that of the clinic; null if it is the same.',
  })
  @Property({ type: 'character', length: 2, nullable: true })
  residence?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone in which the patient lives: `Asia/Taipei`; null if it is that of the clinic.',
  })
  @Property({ type: 'text', nullable: true })
  timeZone?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What led the patient to register online: `recall.flu`; null where nothing is known.',
  })
  @Property({ type: 'text', nullable: true })
  origin?: string | null;

  @Authorized(noticeRead)
  @Field(() => NoticeVersion, {
    nullable: true,
    description: 'The notice that the patient was told of when registering; null where nobody wrote it down.',
  })
  @ManyToOne(() => NoticeVersion, { nullable: true })
  toldNoticeVersion?: NoticeVersion | null;

  @Authorized(duplicateRead)
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether another record may be of the same person; staff should look.',
  })
  @Property({ type: 'boolean' })
  possibleDuplicate: Opt<boolean> = false;

  @Field(() => LocalDate, { nullable: true, description: 'Day of death. Nothing is sent any more.' })
  @Property({ type: 'date', nullable: true })
  deceasedOn?: string | null;

  @Authorized(subjectRequestRead)
  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when a legal hold stands, under which nothing of the patient may be erased.',
  })
  @Property({ type: 'datetime', nullable: true })
  heldSince?: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the patient’s data was erased; what is left is anonymous.',
  })
  @Property({ type: 'datetime', nullable: true })
  erasedAt?: Date | null;

  @Authorized(patientRead)
  @Field(() => Patient, {
    nullable: true,
    description: 'The record that this one was merged into; null for one that stands by itself.',
  })
  @ManyToOne(() => Patient, { nullable: true, fieldName: 'merged_into' })
  mergedInto?: Patient | null;

  /** Where an imported record comes from: unique together with `externalId`. */
  @Property({ type: 'text', nullable: true })
  source?: string | null;

  @Property({ type: 'text', nullable: true })
  externalId?: string | null;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the patient was registered.' })
  @Property({ type: 'datetime' })
  createdAt: Opt<Date> = new Date();

  @Field(() => DateTime, { description: 'When the record was last changed.' })
  @Property({ type: 'datetime' })
  updatedAt: Opt<Date> = new Date();
}

export const PatientList = listOf(() => Patient, {
  name: 'Patient',
  filter: {
    sex: anyOf(Sex),
    language: anyOf(Language),
    preferredDepartment: anyOfIds(),
    birthDate: range(LocalDate),
    possibleDuplicate: equals(Boolean),
  },
  orderBy: { NAME: 'name', BIRTH_DATE: 'birthDate', CREATED_AT: 'createdAt' },
  defaultOrder: { name: 'asc' },
  search: {
    description:
      'Words that a name begins with, any part of a name in Han characters, the end of a phone number, or a birth date ' +
      '(`1985-03-09`).',
    properties: ['name', 'birthDate'],
    where: searchPatients,
  },
});

@Resolver(() => Patient)
export class PatientResolver {
  @Needs('birthDate')
  @FieldResolver(() => Int, { nullable: true, description: 'Age today in full years, in the clinic’s time zone.' })
  async age(@Root() { birthDate }: Row<Patient>, @Ctx() context: Context): Promise<number | null> {
    if (!birthDate) return null;
    const { timeZone } = await clinicOf(context);
    return ageOn(birthDate, context.now, timeZone);
  }

  @Authorized(patientRead)
  @Query(() => Patient, { description: 'One patient; NOT_FOUND if there is none with this id that the actor may see.' })
  async patient(
    @Arg('id', () => ID, { description: 'Id of the patient.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Patient>> {
    return orNotFound(Patient, await read.one(Patient, info, { id }));
  }

  @Authorized(patientRead)
  @Query(() => PatientList.Connection, {
    description: 'Patients, by name unless ordered otherwise; without records that were merged into others.',
  })
  patients(
    @Args(() => PatientList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Patient>> {
    return read.page(PatientList, info, page, { mergedInto: null });
  }
}
