import { notFound, type Context } from 'clinic-rapport';
import { Appointment } from 'clinic-rapport/schema';
import { withDetails } from './details.ts';

/** An appointment as it was when a mail or a link was made. At another time it is not what the patient was told. */
export interface Agreed {
  readonly appointmentId: string;
  /** RFC 3339. */
  readonly startsAt: string;
}

export type Obstacle = 'APPOINTMENT_CANCELLED' | 'APPOINTMENT_CHANGED' | 'APPOINTMENT_CLOSED' | 'TOO_LATE';

export interface Standing {
  readonly appointment: Appointment;
  /** Why nothing is to be said or done about it any more; undefined while it stands as agreed. */
  readonly obstacle: Obstacle | undefined;
}

export const agreed = ({ id, startsAt }: Pick<Appointment, 'id' | 'startsAt'>): Agreed => ({
  appointmentId: id,
  startsAt: startsAt!.toISOString(),
});

/** Whether the patient is to come, at a time that is known (of an imported appointment often only the day is). */
export const isExpected = ({ status, startsAt }: Pick<Appointment, 'status' | 'startsAt'>): boolean =>
  startsAt != null && (status === 'BOOKED' || status === 'CONFIRMED');

/** The appointment as it is now, and whether it still stands as agreed. */
export async function standingOf(agreement: Agreed, context: Context): Promise<Standing> {
  const appointment = await readAppointment(agreement.appointmentId, context);
  return { appointment, obstacle: obstacleOf(appointment, agreement, context.now) };
}

/** With all that describes it. Throws NOT_FOUND also for one of a patient whose rows this context does not see. */
export async function readAppointment(id: string, { em }: Context): Promise<Appointment> {
  const appointment = await em.findOne(Appointment, id, { populate: withDetails });
  if (!appointment) throw notFound('This appointment');
  return appointment;
}

/**
 * The version of the appointment would not do: it goes up also when the patient confirms, and the reminders and links
 * that were sent before must stay good then.
 */
export function obstacleOf(
  { status, startsAt }: Pick<Appointment, 'status' | 'startsAt'>,
  agreement: Agreed,
  now: Date,
): Obstacle | undefined {
  if (status === 'CANCELLED') return 'APPOINTMENT_CANCELLED';
  if (startsAt?.getTime() !== Date.parse(agreement.startsAt)) return 'APPOINTMENT_CHANGED';
  if (!isExpected({ status, startsAt })) return 'APPOINTMENT_CLOSED';
  return startsAt <= now ? 'TOO_LATE' : undefined;
}
