import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Ctx,
  Authorized,
  Field,
  ID,
  Info,
  InputType,
  ObjectType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { DateTime, defineEvent, follow, type Context, type Event, type Occurrence, type Row } from 'clinic-rapport';
import { Appointment, appointmentRead } from './appointment.ts';
import { AppointmentChangeKind } from './appointment-transitions.ts';

/** What happened to an appointment. Ids only: the rest is read under the rights of who follows it. */
export interface AppointmentChange {
  appointmentId: string;
  patientId: string;
  /** Of the appointment, after the change. */
  version: number;
  practitionerId?: string;
  /** Whose it was before a change that gave it to another. */
  formerPractitionerId?: string;
  change: AppointmentChangeKind;
}

const appointmentEvent = (name: string): Event<AppointmentChange> =>
  defineEvent<AppointmentChange>(name, ({ appointmentId, patientId, version }) => ({
    type: 'appointment',
    id: appointmentId,
    version,
    patientId,
  }));

export const appointmentBooked = appointmentEvent('appointment.booked');
export const appointmentConfirmed = appointmentEvent('appointment.confirmed');
export const appointmentRescheduled = appointmentEvent('appointment.rescheduled');
export const appointmentCancelled = appointmentEvent('appointment.cancelled');
export const appointmentArrived = appointmentEvent('appointment.arrived');
export const appointmentFulfilled = appointmentEvent('appointment.fulfilled');
export const appointmentMissed = appointmentEvent('appointment.missed');

const events: Readonly<Record<AppointmentChangeKind, Event<AppointmentChange>>> = {
  BOOKED: appointmentBooked,
  CONFIRMED: appointmentConfirmed,
  RESCHEDULED: appointmentRescheduled,
  CANCELLED: appointmentCancelled,
  ARRIVED: appointmentArrived,
  FULFILLED: appointmentFulfilled,
  MISSED: appointmentMissed,
};

export const appointmentEvents: readonly Event<AppointmentChange>[] = Object.values(events);

/** Tells everyone of a change that has been written: `version` is the one after it. */
export function publishChange(
  appointment: Appointment,
  change: AppointmentChangeKind,
  { publish }: Context,
  formerPractitionerId?: string,
): void {
  publish(events[change], {
    appointmentId: appointment.id,
    patientId: appointment.patient.id,
    version: appointment.version,
    ...(appointment.practitioner && { practitionerId: appointment.practitioner.id }),
    ...(formerPractitionerId && { formerPractitionerId }),
    change,
  });
}

@ObjectType({ description: 'A change of an appointment, as it happens.' })
export class AppointmentChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => AppointmentChangeKind, { description: 'What happened.' })
  change: AppointmentChangeKind;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => Appointment, { description: 'The appointment as it is now.' })
  appointment: Row<Appointment>;
}

@InputType({ description: 'Which changes to follow; all parts that are given must hold.' })
export class AppointmentChangeFilter {
  @Field(() => [AppointmentChangeKind], { nullable: true, description: 'Any of these kinds of change.' })
  change?: AppointmentChangeKind[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of appointments that are, or were until this change, with any of these practitioners.',
  })
  practitionerId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of appointments of any of these patients.' })
  patientId?: string[] | null;
}

function wanted(filter: AppointmentChangeFilter | null | undefined, payload: AppointmentChange): boolean {
  const { change, patientId, practitionerId, formerPractitionerId } = payload;
  const isOneOf = (wantedOnes: readonly string[] | null | undefined, ...values: (string | undefined)[]): boolean =>
    wantedOnes == null || values.some(value => value !== undefined && wantedOnes.includes(value));
  return (
    isOneOf(filter?.change, change) &&
    isOneOf(filter?.patientId, patientId) &&
    isOneOf(filter?.practitionerId, practitionerId, formerPractitionerId)
  );
}

@Resolver()
export class AppointmentChangeResolver {
  @Authorized(appointmentRead)
  @Subscription(() => AppointmentChanged, {
    ...follow(appointmentEvents),
    description: 'Appointments as they are booked, confirmed, moved, called off, and kept or missed.',
  })
  async appointmentChanged(
    @Root() { payload, cursor, at }: Occurrence<AppointmentChange>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
    @Arg('filter', () => AppointmentChangeFilter, { nullable: true, description: 'Which changes; all if not given.' })
    filter?: AppointmentChangeFilter | null,
  ): Promise<AppointmentChanged | null> {
    if (!wanted(filter, payload)) return null;
    const appointment = await read.one(Appointment, info, { id: payload.appointmentId }, 'appointment');
    return appointment && { cursor, change: payload.change, at, appointment };
  }
}
