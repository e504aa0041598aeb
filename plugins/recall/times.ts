import type { Context } from 'clinic-rapport';
import { freeSlots, type Appointment, type FreeSlot } from 'clinic-rapport/schema';

const day = 86_400_000;
const offered = 40;

export interface Times {
  readonly slots: readonly FreeSlot[];
  /** Where the next page of them begins, if there may be more. */
  readonly next: Date | undefined;
}

/** The next free times of the same service with the same practitioner, beginning at `from`, within a month. */
export async function timesFrom(from: Date, appointment: Appointment, context: Context): Promise<Times> {
  const slots = await slotsBetween(from, new Date(from.getTime() + 31 * day), offered, appointment, context);
  const last = slots.at(-1);
  return { slots, next: slots.length === offered ? new Date(last!.startsAt.getTime() + 1) : undefined };
}

/** The free time that begins at this instant; undefined if there is none, or not any more. */
export async function timeAt(
  startsAt: Date,
  appointment: Appointment,
  context: Context,
): Promise<FreeSlot | undefined> {
  const [slot] = await slotsBetween(startsAt, new Date(startsAt.getTime() + 1), 1, appointment, context);
  return slot;
}

async function slotsBetween(
  from: Date,
  to: Date,
  first: number,
  appointment: Appointment,
  context: Context,
): Promise<FreeSlot[]> {
  const { service, practitioner } = appointment;
  // An imported appointment may not say what it is for: then only the clinic can find another time.
  if (!service) return [];
  return freeSlots({ serviceId: service.id, practitionerId: practitioner?.id, from, to, first }, context);
}
