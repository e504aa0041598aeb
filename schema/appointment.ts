import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  LocalDate,
  range,
  Related,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { AppointmentStatus } from './appointment-transitions.ts';
import { orNotFound } from './find.ts';
import { Location, Room } from './location.ts';
import { Patient, patientRead } from './patient.ts';
import { Practitioner } from './practitioner.ts';
import { Service } from './service.ts';

export const appointmentRead = definePermission('appointment.read', 'See appointments', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
  'emergency',
]);

@ObjectType({ description: 'A booking: an agreed time at which a patient is to come.' })
@Entity({ tableName: 'appointment' })
export class Appointment {
  @Field(() => ID, { description: 'Id of the appointment.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who is to come.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Service, { nullable: true, description: 'What for; unknown for some imported ones.' })
  @ManyToOne(() => Service, { nullable: true })
  service?: Service | null;

  @Field(() => Practitioner, { nullable: true, description: 'With whom; unknown for some imported ones.' })
  @ManyToOne(() => Practitioner, { nullable: true })
  practitioner?: Practitioner | null;

  @Field(() => Location, { nullable: true, description: 'Where.' })
  @ManyToOne(() => Location, { nullable: true })
  location?: Location | null;

  @Field(() => Room, { nullable: true, description: 'In which room.' })
  @ManyToOne(() => Room, { nullable: true })
  room?: Room | null;

  @Field(() => LocalDate, { description: 'The day, in the clinic’s time zone.' })
  @Property({ type: 'date' })
  day: string;

  @Field(() => DateTime, { nullable: true, description: 'When it begins; null if only the day is known (imported).' })
  @Property({ type: 'datetime', nullable: true })
  startsAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is over; null together with `startsAt`.' })
  @Property({ type: 'datetime', nullable: true })
  endsAt?: Date | null;

  @Field(() => DateTime, { description: 'When it was booked.' })
  @Property({ type: 'datetime' })
  bookedAt: Date;

  @Field(() => Int, {
    description: 'Days from the booking to the appointment, by the clinic’s calendar; never negative.',
  })
  @Property({ type: 'integer' })
  leadDays: number;

  @Field(() => AppointmentStatus, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  status: AppointmentStatus;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the patient said to come; null if not, or not to this time.',
  })
  @Property({ type: 'datetime', nullable: true })
  confirmedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was called off.' })
  @Property({ type: 'datetime', nullable: true })
  cancelledAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was called off.' })
  @Property({ type: 'text', nullable: true })
  cancellationReason?: string | null;

  @Field(() => String, { nullable: true, description: 'What the patient or the desk wrote when booking.' })
  @Property({ type: 'text', nullable: true })
  note?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What led to it, as the mail whose link the patient booked by says: `recall.flu`.',
  })
  @Property({ type: 'text', nullable: true })
  origin?: string | null;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  /** Where an imported one comes from: unique together with `externalId`. */
  @Property({ type: 'text', nullable: true })
  source?: string | null;

  @Property({ type: 'text', nullable: true })
  externalId?: string | null;
}

export const AppointmentList = listOf(() => Appointment, {
  name: 'Appointment',
  filter: {
    status: anyOf(AppointmentStatus),
    patient: anyOfIds(),
    practitioner: anyOfIds(),
    service: anyOfIds(),
    location: anyOfIds(),
    room: anyOfIds(),
    startsAt: range(DateTime),
    day: range(LocalDate),
    bookedAt: range(DateTime),
  },
  orderBy: { STARTS_AT: 'startsAt', DAY: 'day', BOOKED_AT: 'bookedAt' },
  defaultOrder: { startsAt: 'asc' },
});

@Resolver(() => Appointment)
export class AppointmentResolver {
  @Authorized(appointmentRead)
  @Query(() => Appointment, {
    description: 'One appointment; NOT_FOUND if there is none with this id that the actor may see.',
  })
  async appointment(
    @Arg('id', () => ID, { description: 'Id of the appointment.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Appointment>> {
    return orNotFound(Appointment, await read.one(Appointment, info, { id }));
  }

  @Authorized(appointmentRead)
  @Query(() => AppointmentList.Connection, {
    description: 'Appointments, the earliest first unless ordered otherwise.',
  })
  appointments(
    @Args(() => AppointmentList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Appointment>> {
    return read.page(AppointmentList, info, page);
  }
}

@Resolver(() => Patient)
export class PatientAppointments {
  @Authorized(appointmentRead)
  @Related(() => AppointmentList, { inverse: 'patient', nullable: true, description: 'The patient’s appointments.' })
  appointments: Page<Appointment> | null;
}
