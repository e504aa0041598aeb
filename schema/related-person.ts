import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import {
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  DateTime,
  definePermission,
  LocalDate,
  Needs,
  RelatedAll,
  type Context,
  type Locale,
  type Row,
} from 'clinic-rapport';
import { guardians } from './guardian.ts';
import { Language } from './localized-text.ts';
import { Patient } from './patient.ts';

export const relatedPersonRead = definePermission('related-person.read', 'See who belongs to a patient', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

/** The most persons of one patient. */
export const mostRelatedPersons = 20;

export const Relationship = {
  PARENT: 'PARENT',
  GUARDIAN: 'GUARDIAN',
  SPOUSE: 'SPOUSE',
  CHILD: 'CHILD',
  CAREGIVER: 'CAREGIVER',
  OTHER: 'OTHER',
} as const;
export type Relationship = keyof typeof Relationship;

registerEnumType(Relationship, {
  name: 'Relationship',
  description: 'What a person is to a patient.',
  valuesConfig: {
    PARENT: { description: 'Mother or father.' },
    GUARDIAN: { description: 'Guardian, other than a parent.' },
    SPOUSE: { description: 'Wife, husband or partner.' },
    CHILD: { description: 'Daughter or son.' },
    CAREGIVER: { description: 'Who cares for the patient day by day.' },
    OTHER: { description: 'Someone else.' },
  },
});

export const Guardianship = { PARENTAL: 'PARENTAL', LEGAL: 'LEGAL' } as const;
export type Guardianship = keyof typeof Guardianship;

registerEnumType(Guardianship, {
  name: 'Guardianship',
  description: 'By what right a person acts for a patient.',
  valuesConfig: {
    PARENTAL: { description: 'Of a minor; ends by itself when the patient comes of age.' },
    LEGAL: { description: 'By a court or a power of attorney, whatever the age of the patient.' },
  },
});

@ObjectType({ description: 'A person who belongs to a patient: a parent, a spouse, who cares for the patient.' })
@Entity({ tableName: 'related_person' })
export class RelatedPerson {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => String, { description: 'Full name in any script.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => Relationship, { description: 'What the person is to the patient.' })
  @Property({ type: 'text' })
  relationship: Relationship;

  @Field(() => Language, { description: 'Language in which the clinic writes to the person.' })
  @Property({ type: 'text' })
  language: Locale;

  @Field(() => String, { nullable: true, description: 'E-mail address; not used for who is a patient here too.' })
  @Property({ type: 'text', nullable: true })
  email?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the person proved to own `email`; null if not yet.' })
  @Property({ type: 'datetime', nullable: true })
  emailVerifiedAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'Phone number, E.164: `+886912345678`.' })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the same person as a patient of the clinic.' })
  @Property({ type: 'uuid', nullable: true })
  personId?: string | null;

  @Field(() => Guardianship, {
    nullable: true,
    description: 'By what right the person acts for the patient; null for who does not.',
  })
  @Property({ type: 'text', nullable: true })
  guardianship?: Guardianship | null;

  @Field(() => LocalDate, { nullable: true, description: 'First day of the guardianship.' })
  @Property({ type: 'date', nullable: true })
  guardianFrom?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Last day of the guardianship; null if none is set.' })
  @Property({ type: 'date', nullable: true })
  guardianUntil?: string | null;

  @Field(() => String, { nullable: true, description: 'What proves the guardianship: which document was seen.' })
  @Property({ type: 'text', nullable: true })
  evidence?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when the person has to do with the patient no more.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the person was recorded.' })
  @Property({ type: 'datetime' })
  createdAt: Date;
}

@Resolver(() => RelatedPerson)
export class RelatedPersonResolver {
  @Needs('id')
  @FieldResolver(() => Boolean, {
    description:
      'Whether the person may act for the patient today: agree, and see the patient’s data if a patient too.',
  })
  isGuardian(@Root() { id }: Row<RelatedPerson>, @Ctx() context: Context): Promise<boolean> {
    return context.load(guardians, id);
  }
}

@Resolver(() => Patient)
export class PatientRelatedPersons {
  @Authorized(relatedPersonRead)
  @RelatedAll(() => RelatedPerson, {
    inverse: 'patient',
    orderBy: { createdAt: 'asc' },
    limit: 100,
    nullable: true,
    description: 'Who belongs to the patient, with those who do no more.',
  })
  relatedPersons: Row<RelatedPerson>[] | null;
}
