import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  DateTime,
  defineFact,
  definePermission,
  equals,
  listOf,
  RelatedAll,
  sql,
  type Context,
  type Fact,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { LocalizedText, type Localized } from './localized-text.ts';
import { Patient } from './patient.ts';

export const interestRead = definePermission('interest.read', 'See what patients care about', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

/** The most interests of one patient. */
export const mostInterests = 50;

export const InterestSource = {
  PATIENT: 'PATIENT',
  STAFF: 'STAFF',
  SURVEY: 'SURVEY',
  INFERRED: 'INFERRED',
} as const;
export type InterestSource = keyof typeof InterestSource;

registerEnumType(InterestSource, {
  name: 'InterestSource',
  description:
    'How the clinic knows that a patient cares about something. The earlier in the list, the better it is known.',
  valuesConfig: {
    PATIENT: { description: 'The patient said so.' },
    STAFF: { description: 'Staff heard the patient say so.' },
    SURVEY: { description: 'From the answers to a questionnaire.' },
    INFERRED: { description: 'From what was clicked, of who agreed to `TRACKING`.' },
  },
});

@ObjectType({ description: 'Something that patients of the clinic care about: weight, anti-ageing, child health.' })
@Entity({ tableName: 'interest' })
export class Interest {
  @Field(() => ID, { description: 'Id of the interest.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'What rules call it: `child-health`.' })
  @Property({ type: 'text' })
  code: string;

  @Field(() => LocalizedText, { description: 'What people call it.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  name: Localized;

  @Field(() => Boolean, { description: 'Whether it can be recorded still.' })
  @Property({ type: 'boolean' })
  active: Opt<boolean> = true;
}

@ObjectType({ description: 'That a patient cares about something.' })
@Entity({ tableName: 'patient_interest' })
export class PatientInterest {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Interest, { description: 'What the patient cares about.' })
  @ManyToOne(() => Interest)
  interest: Interest;

  @Field(() => InterestSource, { description: 'How the clinic knows.' })
  @Property({ type: 'text' })
  source: InterestSource;

  @Field(() => DateTime, { description: 'Since when it is known so well.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;
}

export const InterestList = listOf(() => Interest, {
  name: 'Interest',
  filter: { active: equals(Boolean) },
  orderBy: { CODE: 'code' },
  defaultOrder: { code: 'asc' },
});

@Resolver(() => Interest)
export class InterestResolver {
  @Authorized(interestRead)
  @Query(() => InterestList.Connection, { description: 'What the patients of this clinic can care about.' })
  interests(
    @Args(() => InterestList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Interest>> {
    return read.page(InterestList, info, page);
  }
}

@Resolver(() => Patient)
export class PatientInterests {
  @Authorized(interestRead)
  @RelatedAll(() => PatientInterest, {
    inverse: 'patient',
    orderBy: { recordedAt: 'desc' },
    limit: mostInterests,
    nullable: true,
    description: 'What the patient cares about, the newest first.',
  })
  interests: Row<PatientInterest>[] | null;
}

/** Some interests say something of health: weight, skin. */
export const interestFact: Fact = defineFact('patient.interests', {
  description: 'Codes of what the patient cares about, declared or inferred.',
  type: 'TEXTS',
  sensitive: true,
  value: () =>
    sql`(select array_agg(i.code) from patient_interest t join interest i on i.clinic_id = t.clinic_id and i.id = t.interest_id
      where t.clinic_id = ${sql.row}.clinic_id and t.patient_id = ${sql.row}.id)`,
});
