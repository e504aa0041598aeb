import { badInput, RapportError, type Context } from 'clinic-rapport';
import { Appointment } from './appointment.ts';
import { publishChange } from './appointment-change.ts';
import { stateAfter, type AppointmentTransition } from './appointment-transitions.ts';
import { dayOf, leadDays } from './clinic-day.ts';
import { clinicOf } from './clinic.ts';
import { find, findIfGiven, findToChange } from './find.ts';
import { findPatient } from './find-patient.ts';
import { keptFrom } from './kept-time.ts';
import { Location, Room } from './location.ts';
import { Practitioner } from './practitioner.ts';
import { Service } from './service.ts';
import { offers, scheduleAt } from './slot.ts';
import { optionalText } from './text.ts';

const furthestAhead = 2 * 366 * 86_400_000;

export interface BookAppointment {
  patientId: string;
  serviceId: string;
  practitionerId: string;
  startsAt: Date;
  /** Staff only; where the practitioner's schedule says so, if not given. */
  locationId?: string | null;
  roomId?: string | null;
  note?: string | null;
  /** What led to it, as `recall.flu`. */
  origin?: string | null;
}

export interface RescheduleAppointment {
  id: string;
  expectedVersion?: number | null;
  startsAt: Date;
  /** The same as before, if not given. */
  practitionerId?: string | null;
  locationId?: string | null;
  roomId?: string | null;
}

type Plan = Pick<RescheduleAppointment, 'startsAt' | 'locationId' | 'roomId'> & {
  patientId: string;
  serviceId?: string;
  practitioner: Practitioner;
  minutes: number;
};

/**
 * Books a time of a practitioner, and of the room that the schedule names, for a patient. Throws SLOT_TAKEN where either
 * is taken, BAD_USER_INPUT for a time in the past or, for a patient, outside the practitioner's hours.
 */
export async function bookAppointment(input: BookAppointment, context: Context): Promise<Appointment> {
  const patient = await findPatient(input.patientId, context);
  const service = await find(Service, input.serviceId, context);
  const practitioner = await find(Practitioner, input.practitionerId, context);
  if (!service.active) throw badInput('input.serviceId', 'This service cannot be booked any more.');
  await refuseNotOffered(practitioner.id, service.id, context);
  const appointment = context.em.create(Appointment, {
    patient,
    service,
    practitioner,
    note: optionalText(input.note, 'input.note', 2_000),
    origin: optionalText(input.origin, 'input.origin', 100),
    bookedAt: context.now,
    status: 'BOOKED',
    ...(await placeAndTime({ ...input, practitioner, minutes: service.durationMinutes }, context)),
  });
  await takeSlot(context);
  publishChange(appointment, 'BOOKED', context);
  return appointment;
}

/** Moves an appointment to another time, practitioner or room, all or nothing; it has to be confirmed anew. */
export async function rescheduleAppointment(input: RescheduleAppointment, context: Context): Promise<Appointment> {
  const appointment = await findToChange(Appointment, input.id, input.expectedVersion, context);
  const former = appointment.practitioner?.id;
  const practitioner = await findIfGiven(Practitioner, input.practitionerId ?? former, context);
  if (!practitioner) throw badInput('input.practitionerId', 'This appointment has no practitioner yet: name one.');
  const service = await findIfGiven(Service, appointment.service?.id, context);
  if (service && practitioner.id !== former) await refuseNotOffered(practitioner.id, service.id, context);
  const minutes = service?.durationMinutes ?? minutesOf(appointment) ?? 30;
  const status = stateAfter('RESCHEDULED', appointment.status);
  const of = { patientId: appointment.patient.id, serviceId: service?.id };
  const place = await placeAndTime({ ...input, ...of, practitioner, minutes }, context);
  context.em.assign(appointment, { ...place, practitioner, status, confirmedAt: null });
  await takeSlot(context);
  publishChange(appointment, 'RESCHEDULED', context, former === practitioner.id ? undefined : former);
  return appointment;
}

/** The patient will come. Confirming once more changes nothing, so that the link of an older reminder is no error. */
export async function confirmAppointment(
  id: string,
  expectedVersion: number | null | undefined,
  context: Context,
): Promise<Appointment> {
  const appointment = await findToChange(Appointment, id, expectedVersion, context);
  if (appointment.status === 'CONFIRMED') return appointment;
  refuseWhenOver(appointment, context);
  appointment.confirmedAt = context.now;
  return change(appointment, 'CONFIRMED', context);
}

export interface CancelAppointment {
  id: string;
  expectedVersion?: number | null;
  reason?: string | null;
}

/** Calls an appointment off; its time is free at once. */
export async function cancelAppointment(input: CancelAppointment, context: Context): Promise<Appointment> {
  const appointment = await findToChange(Appointment, input.id, input.expectedVersion, context);
  appointment.cancelledAt = context.now;
  appointment.cancellationReason = optionalText(input.reason, 'input.reason', 500);
  return change(appointment, 'CANCELLED', context);
}

/** The patient is here. */
export async function checkInAppointment(
  id: string,
  expectedVersion: number | null | undefined,
  context: Context,
): Promise<Appointment> {
  return change(await findToChange(Appointment, id, expectedVersion, context), 'ARRIVED', context);
}

/** The patient did not come. Throws CONFLICT before the appointment has begun. */
export async function recordNoShow(
  id: string,
  expectedVersion: number | null | undefined,
  context: Context,
): Promise<Appointment> {
  const appointment = await findToChange(Appointment, id, expectedVersion, context);
  const { timeZone } = await clinicOf(context);
  const { startsAt, day } = appointment;
  const isAhead = startsAt ? startsAt > context.now : day > dayOf(context.now, timeZone);
  if (isAhead) throw new RapportError('CONFLICT', 'It has not begun yet: the patient may still come.');
  return change(appointment, 'MISSED', context);
}

/** Brings an appointment into the state after `transition`, and tells everyone. */
export async function change(
  appointment: Appointment,
  transition: AppointmentTransition,
  context: Context,
): Promise<Appointment> {
  appointment.status = stateAfter(transition, appointment.status);
  await takeSlot(context);
  publishChange(appointment, transition, context);
  return appointment;
}

async function placeAndTime(plan: Plan, context: Context) {
  const { practitioner, startsAt, minutes, locationId, roomId } = plan;
  if (!practitioner.active) throw badInput('input.practitionerId', 'This practitioner takes no appointments any more.');
  if (startsAt <= context.now) throw badInput('input.startsAt', '`startsAt` lies in the past.');
  if (startsAt.getTime() > context.now.getTime() + furthestAhead) {
    throw badInput('input.startsAt', '`startsAt` lies more than two years ahead.');
  }
  const endsAt = new Date(startsAt.getTime() + minutes * 60_000);
  const schedule = await scheduleAt(practitioner, { startsAt, endsAt }, context);
  const staff = context.actor.patientIds === '*';
  if (!schedule && !staff) throw badInput('input.startsAt', 'The practitioner cannot be booked at this time.');
  if (!staff) await refuseKept(plan, context);
  const room = (staff ? await findIfGiven(Room, roomId, context) : undefined) ?? schedule?.room ?? null;
  const location =
    (staff ? await findIfGiven(Location, locationId, context) : undefined) ?? room?.location ?? schedule?.location;
  const { timeZone } = await clinicOf(context);
  const when = {
    startsAt,
    endsAt,
    day: dayOf(startsAt, timeZone),
    leadDays: leadDays(context.now, startsAt, timeZone),
  };
  return { ...when, room, location: location ?? null };
}

/** Patients have a service from who offers it; staff may arrange something else. */
async function refuseNotOffered(practitionerId: string, serviceId: string, context: Context): Promise<void> {
  if (context.actor.patientIds !== '*' && !(await offers(practitionerId, serviceId, context)))
    throw badInput('input.practitionerId', 'This practitioner does not offer the service.');
}

/** Of a time that is kept for others a patient learns no more than that it is taken. */
async function refuseKept({ patientId, serviceId, practitioner, startsAt }: Plan, context: Context): Promise<void> {
  if (serviceId === undefined) return;
  const to = new Date(startsAt.getTime() + 1);
  const isKept = await keptFrom({ serviceId, patientId, from: startsAt, to }, context);
  if (isKept({ startsAt, practitionerId: practitioner.id }))
    throw new RapportError('SLOT_TAKEN', 'This time is kept for others.');
}

/**
 * Writes what has changed. The database keeps two appointments from one time of a practitioner or a room (`taken_time`),
 * however many ask at once: asking first and writing then stored 49 bookings in one slot.
 */
async function takeSlot({ em }: Context): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if ((error as { code?: string }).code !== '23P01') throw error;
    throw new RapportError('SLOT_TAKEN', 'The practitioner or the room is taken at that time.', { cause: error });
  }
}

function refuseWhenOver({ startsAt }: Appointment, { now }: Context): void {
  if (startsAt && startsAt <= now)
    throw new RapportError('CONFLICT', 'It has begun or is over: it cannot be confirmed.');
}

const minutesOf = ({ startsAt, endsAt }: Appointment): number | undefined =>
  startsAt && endsAt ? (endsAt.getTime() - startsAt.getTime()) / 60_000 : undefined;
