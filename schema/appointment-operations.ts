import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { DateTime, definePermission, Idempotent, type Context, type Role } from 'clinic-rapport';
import { Appointment } from './appointment.ts';
import {
  bookAppointment,
  cancelAppointment,
  checkInAppointment,
  confirmAppointment,
  recordNoShow,
  rescheduleAppointment,
} from './booking.ts';

const everyone: readonly Role[] = ['owner', 'frontDesk', 'practitioner', 'patient'];
const staff: readonly Role[] = ['owner', 'frontDesk', 'practitioner'];

export const appointmentBook = definePermission('appointment.book', 'Book appointments', everyone);
export const appointmentConfirm = definePermission('appointment.confirm', 'Confirm appointments', everyone);
export const appointmentReschedule = definePermission('appointment.reschedule', 'Move appointments', everyone);
export const appointmentCancel = definePermission('appointment.cancel', 'Call appointments off', everyone);
export const appointmentCheckIn = definePermission('appointment.check-in', 'Check patients in', staff);
export const appointmentNoShow = definePermission('appointment.record-no-show', 'Record who did not come', staff);

const expectedVersion = 'The version that was read; CONFLICT if it was changed since.';

@InputType({ description: 'An appointment to book.' })
export class BookAppointmentInput {
  @Field(() => ID, { description: 'Who is to come.' })
  patientId: string;

  @Field(() => ID, { description: 'What for; it decides how long the appointment is.' })
  serviceId: string;

  @Field(() => ID, { description: 'With whom.' })
  practitionerId: string;

  @Field(() => DateTime, {
    description: 'When it begins: in the future, at most two years ahead; for a patient one of `freeSlots`.',
  })
  startsAt: Date;

  @Field(() => ID, { nullable: true, description: 'Where. Only for staff; as the schedule says if not given.' })
  locationId?: string | null;

  @Field(() => ID, { nullable: true, description: 'In which room. Only for staff; as the schedule says if not given.' })
  roomId?: string | null;

  @Field(() => String, { nullable: true, description: 'What the practitioner should know, at most 2,000 characters.' })
  note?: string | null;
}

@InputType({
  description: 'An appointment that is to be at another time, with another practitioner or in another room.',
})
export class RescheduleAppointmentInput {
  @Field(() => ID, { description: 'Id of the appointment.' })
  id: string;

  @Field(() => Int, { nullable: true, description: expectedVersion })
  expectedVersion?: number | null;

  @Field(() => DateTime, { description: 'When it begins now.' })
  startsAt: Date;

  @Field(() => ID, { nullable: true, description: 'With whom; the same as before if not given.' })
  practitionerId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Where. Only for staff; as the schedule says if not given.' })
  locationId?: string | null;

  @Field(() => ID, { nullable: true, description: 'In which room. Only for staff; as the schedule says if not given.' })
  roomId?: string | null;
}

@InputType({ description: 'An appointment to call off.' })
export class CancelAppointmentInput {
  @Field(() => ID, { description: 'Id of the appointment.' })
  id: string;

  @Field(() => Int, { nullable: true, description: expectedVersion })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;
}

@InputType({ description: 'An appointment, as it was read.' })
export class AppointmentInput {
  @Field(() => ID, { description: 'Id of the appointment.' })
  id: string;

  @Field(() => Int, { nullable: true, description: expectedVersion })
  expectedVersion?: number | null;
}

@Resolver()
export class AppointmentOperations {
  @Authorized(appointmentBook)
  @Idempotent()
  @Mutation(() => Appointment, {
    description: 'Books an appointment; SLOT_TAKEN if the practitioner or the room is taken.',
  })
  bookAppointment(
    @Arg('input', () => BookAppointmentInput, { description: 'The appointment.' }) input: BookAppointmentInput,
    @Ctx() context: Context,
  ): Promise<Appointment> {
    return bookAppointment(input, context);
  }

  @Authorized(appointmentConfirm)
  @Mutation(() => Appointment, { description: 'Records that the patient will come. Confirming again changes nothing.' })
  confirmAppointment(
    @Arg('input', () => AppointmentInput, { description: 'Which appointment.' }) input: AppointmentInput,
    @Ctx() context: Context,
  ): Promise<Appointment> {
    return confirmAppointment(input.id, input.expectedVersion, context);
  }

  @Authorized(appointmentReschedule)
  @Idempotent()
  @Mutation(() => Appointment, { description: 'Moves an appointment, all or nothing; it has to be confirmed anew.' })
  rescheduleAppointment(
    @Arg('input', () => RescheduleAppointmentInput, { description: 'Which one, and where to.' })
    input: RescheduleAppointmentInput,
    @Ctx() context: Context,
  ): Promise<Appointment> {
    return rescheduleAppointment(input, context);
  }

  @Authorized(appointmentCancel)
  @Mutation(() => Appointment, { description: 'Calls an appointment off; its time is free at once.' })
  cancelAppointment(
    @Arg('input', () => CancelAppointmentInput, { description: 'Which one, and why.' }) input: CancelAppointmentInput,
    @Ctx() context: Context,
  ): Promise<Appointment> {
    return cancelAppointment(input, context);
  }

  @Authorized(appointmentCheckIn)
  @Mutation(() => Appointment, { description: 'Records that the patient is here.' })
  checkInAppointment(
    @Arg('input', () => AppointmentInput, { description: 'Which appointment.' }) input: AppointmentInput,
    @Ctx() context: Context,
  ): Promise<Appointment> {
    return checkInAppointment(input.id, input.expectedVersion, context);
  }

  @Authorized(appointmentNoShow)
  @Mutation(() => Appointment, { description: 'Records that the patient did not come; CONFLICT before it has begun.' })
  recordNoShow(
    @Arg('input', () => AppointmentInput, { description: 'Which appointment.' }) input: AppointmentInput,
    @Ctx() context: Context,
  ): Promise<Appointment> {
    return recordNoShow(input.id, input.expectedVersion, context);
  }
}
