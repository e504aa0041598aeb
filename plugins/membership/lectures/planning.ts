import { badInput, conflict, notFound, type Context } from 'clinic-rapport';
import { approvedOrThrow, type Localized } from 'clinic-rapport/schema';
import { isId } from '../points/reward.ts';
import { nameOf } from '../benefits/benefit-input.ts';
import { Tier } from '../program/tier.ts';
import type { PlanMembershipLectureInput } from './lecture-input.ts';
import { MembershipLecture } from './lecture.ts';
import { lectureCancelledMail } from './mails.ts';

/** Everybody is told in one go where it is called off. */
const mostSeats = 500;
const longestHours = 24;

/** Throws BAD_USER_INPUT, NOT_FOUND for an unknown tier, and COMPLIANCE_BLOCKED for words that must not be said. */
export async function planLecture(input: PlanMembershipLectureInput, context: Context): Promise<MembershipLecture> {
  const { em, now } = context;
  const { tierId, startsAt, endsAt, capacity } = input;
  const tier = isId(tierId) ? await em.findOne(Tier, { id: tierId, retiredAt: null }) : null;
  if (!tier) throw notFound('This tier');
  if (startsAt <= now) throw badInput('input.startsAt', 'A lecture begins in the future.');
  const hours = (endsAt.getTime() - startsAt.getTime()) / 3_600_000;
  if (hours <= 0 || hours > longestHours)
    throw badInput('input.endsAt', `A lecture takes at most ${longestHours} hours.`);
  if (capacity < 1 || capacity > mostSeats)
    throw badInput('input.capacity', `\`input.capacity\` must be 1 to ${mostSeats}.`);
  const [name, place] = [nameOf(input.name, 'input.name'), nameOf(input.place, 'input.place')];
  for (const text of wordsOf(name, place)) await approvedOrThrow({ kind: 'TEXT', text }, context);
  const lecture = em.create(MembershipLecture, { tier, name, place, startsAt, endsAt, capacity, state: 'PLANNED' });
  await em.flush();
  return lecture;
}

const wordsOf = (...texts: readonly Localized[]): string[] =>
  texts.flatMap(text => Object.values(text)).filter(text => text !== undefined);

/** Calls it off, and tells everybody who has a seat. Throws NOT_FOUND, and CONFLICT for one that began or is called off. */
export async function cancelLecture(id: string, context: Context): Promise<MembershipLecture> {
  const { clinicId, em, now } = context;
  const at = now.toISOString();
  const called = isId(id)
    ? await em.execute<unknown[]>(
        `update membership_lecture set state = 'CANCELLED', taken = 0
         where clinic_id = ? and id = ? and state = 'PLANNED' and starts_at > ? returning 1`,
        [clinicId, id, at],
      )
    : [];
  const lecture = isId(id) ? await em.findOne(MembershipLecture, id, { refresh: true }) : null;
  if (!lecture) throw notFound('This lecture');
  if (called.length === 0) throw conflict('This lecture cannot be called off any more.');
  const seats = await em.execute<{ id: string; patientId: string }[]>(
    `update membership_seat set state = 'CANCELLED', cancelled_at = ?
     where clinic_id = ? and lecture_id = ? and state = 'TAKEN' returning id, patient_id as "patientId"`,
    [at, clinicId, id],
  );
  for (const { id: seatId, patientId } of seats) {
    await context.send(
      lectureCancelledMail,
      { patientId },
      { lectureId: id },
      { key: `membership.lecture-off:${seatId}` },
    );
  }
  return lecture;
}
