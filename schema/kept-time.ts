import { defineQuestion, type Context } from 'clinic-rapport';

/** Whose free times are looked at, and for whom. */
export interface KeptTimeAsked {
  readonly serviceId: string;
  /** Undefined for someone who is not known yet. */
  readonly patientId?: string;
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive, at most 31 days after `from`. */
  readonly to: Date;
}

/** A time that is kept for others than this patient: no slot that begins in it is offered. */
export interface KeptTime {
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** Everyone's, if not given. */
  readonly practitionerId?: string;
}

/**
 * Which times are kept for others, as for members of a tier; at most 1,000 of them are looked at. Asked where a patient chooses
 * and where a patient books; staff may book any time.
 */
export const keptTimes = defineQuestion<KeptTimeAsked, readonly KeptTime[]>('slot.kept');

const most = 1_000;

/** Whether a time of a practitioner is kept for others. Nothing is for staff, unless they ask for a patient. */
export async function keptFrom(
  asked: KeptTimeAsked,
  context: Context,
): Promise<(slot: { startsAt: Date; practitionerId: string }) => boolean> {
  const { patientIds } = context.actor;
  if (patientIds === '*' && asked.patientId === undefined) return () => false;
  const patientId = asked.patientId ?? (patientIds === '*' ? undefined : patientIds[0]);
  const answers = await context.ask(keptTimes, { ...asked, patientId });
  const kept = answers.flatMap(times => times.slice(0, most));
  return ({ startsAt, practitionerId }) =>
    kept.some(
      time =>
        (time.practitionerId ?? practitionerId) === practitionerId &&
        time.startsAt <= startsAt &&
        startsAt < time.endsAt,
    );
}
