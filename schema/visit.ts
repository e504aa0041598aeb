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
  defineLoader,
  definePermission,
  listOf,
  range,
  Related,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { Appointment, appointmentRead } from './appointment.ts';
import { Department } from './department.ts';
import { orNotFound } from './find.ts';
import { Patient, patientRead } from './patient.ts';
import { Practitioner } from './practitioner.ts';

export const visitRead = definePermission('visit.read', 'See visits, what was done and what it cost', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
  'emergency',
]);

export const VisitStatus = { IN_PROGRESS: 'IN_PROGRESS', COMPLETED: 'COMPLETED', CANCELLED: 'CANCELLED' } as const;
export type VisitStatus = keyof typeof VisitStatus;

registerEnumType(VisitStatus, {
  name: 'VisitStatus',
  description: 'Where a visit stands.',
  valuesConfig: {
    IN_PROGRESS: { description: 'The patient is being seen.' },
    COMPLETED: { description: 'The patient was seen.' },
    CANCELLED: { description: 'Broken off, or recorded by mistake.' },
  },
});

@ObjectType({ description: 'What happened: a patient was seen. Follows an appointment, or a patient who just came.' })
@Entity({ tableName: 'visit' })
export class Visit {
  @Field(() => ID, { description: 'Id of the visit.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who was seen.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Authorized(appointmentRead)
  @Field(() => Appointment, {
    nullable: true,
    description: 'The appointment that the patient came for; null without one.',
  })
  @ManyToOne(() => Appointment, { nullable: true })
  appointment?: Appointment | null;

  @Field(() => Practitioner, { nullable: true, description: 'By whom.' })
  @ManyToOne(() => Practitioner, { nullable: true })
  practitioner?: Practitioner | null;

  @Field(() => Department, { nullable: true, description: 'In which department.' })
  @ManyToOne(() => Department, { nullable: true })
  department?: Department | null;

  @Field(() => VisitStatus, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  status: VisitStatus;

  @Field(() => DateTime, { description: 'When it began.' })
  @Property({ type: 'datetime' })
  startedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was over; null until then.' })
  @Property({ type: 'datetime', nullable: true })
  completedAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'What it cost in all, in minor units of `currency` (cents).' })
  @Property({ type: 'integer', nullable: true })
  amount?: number | null;

  @Field(() => Int, { description: 'What was paid back of it, in the same units; 0 if nothing was.' })
  @Property({ type: 'integer', default: 0 })
  refundedAmount: Opt<number> = 0;

  @Field(() => String, { description: 'ISO 4217 currency of the amounts.' })
  @Property({ type: 'character', length: 3 })
  currency: string;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;
}

export const VisitList = listOf(() => Visit, {
  name: 'Visit',
  filter: {
    status: anyOf(VisitStatus),
    patient: anyOfIds(),
    practitioner: anyOfIds(),
    department: anyOfIds(),
    startedAt: range(DateTime),
    completedAt: range(DateTime),
  },
  orderBy: { STARTED_AT: 'startedAt', COMPLETED_AT: 'completedAt' },
  defaultOrder: { startedAt: 'desc' },
});

@Resolver(() => Visit)
export class VisitResolver {
  @Authorized(visitRead)
  @Query(() => Visit, { description: 'One visit; NOT_FOUND if there is none with this id that the actor may see.' })
  async visit(
    @Arg('id', () => ID, { description: 'Id of the visit.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Visit>> {
    return orNotFound(Visit, await read.one(Visit, info, { id }));
  }

  @Authorized(visitRead)
  @Query(() => VisitList.Connection, { description: 'Visits, the latest first unless ordered otherwise.' })
  visits(
    @Args(() => VisitList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Visit>> {
    return read.page(VisitList, info, page);
  }
}

@Resolver(() => Patient)
export class PatientVisits {
  @Authorized(visitRead)
  @Related(() => VisitList, {
    inverse: 'patient',
    nullable: true,
    description: 'Present and past visits of the patient.',
  })
  visits: Page<Visit> | null;

  @Authorized(visitRead)
  @FieldResolver(() => DateTime, { nullable: true, description: 'When the patient was last seen; null if never.' })
  lastVisitAt(@Root() { id }: Row<Patient>, @Ctx() { load }: Context): Promise<Date | null> {
    return load(lastVisit, id);
  }
}

const lastVisit = defineLoader(async (patientIds: readonly string[], { em, clinicId }: Context) => {
  const rows = await em.execute<{ patient_id: string; at: number }[]>(
    `select patient_id, extract(epoch from max(completed_at))::float8 * 1000 as at from visit
     where clinic_id = ? and completed_at is not null
       and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb)) group by patient_id`,
    [clinicId, JSON.stringify(patientIds)],
  );
  const lastOf = new Map(rows.map(({ patient_id, at }) => [patient_id, new Date(at)]));
  return patientIds.map(id => lastOf.get(id) ?? null);
});
