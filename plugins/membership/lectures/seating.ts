import { v7 as newId } from 'uuid';
import { conflict, notFound, type Context } from 'clinic-rapport';
import { findPatient } from 'clinic-rapport/schema';
import { isId } from '../points/reward.ts';
import { recordEngagement } from '../program/engagement.ts';
import { tierOfPatient } from '../program/member.ts';
import { MembershipLecture } from './lecture.ts';
import { MembershipSeat } from './seat.ts';

/**
 * Takes a seat for a patient, or answers the one that the patient has. The statement that takes it is the one that looks whether
 * there is any left. Throws NOT_FOUND, and CONFLICT where none is left, the lecture has begun or was called off, or the patient's
 * tier is too low.
 */
export async function takeSeat(
  { lectureId, patientId }: { lectureId: string; patientId: string },
  context: Context,
): Promise<MembershipSeat> {
  const { clinicId, em, now } = context;
  await findPatient(patientId, context);
  const lecture = isId(lectureId) ? await em.findOne(MembershipLecture, lectureId, { populate: ['tier'] }) : null;
  if (!lecture) throw notFound('This lecture');
  const tier = await context.load(tierOfPatient, patientId);
  if (tier === undefined || tier.rank < lecture.tier.rank)
    throw conflict('This lecture is for members of a higher tier.');
  await em.flush();
  const free = await em.execute<unknown[]>(
    `update membership_lecture set taken = taken + 1
     where clinic_id = ? and id = ? and state = 'PLANNED' and starts_at > ? and taken < capacity
       and not exists (select from membership_seat s where s.clinic_id = membership_lecture.clinic_id
         and s.lecture_id = membership_lecture.id and s.patient_id = ? and s.state = 'TAKEN') returning 1`,
    [clinicId, lectureId, now.toISOString(), patientId],
  );
  const [taken] =
    free.length === 0
      ? []
      : await em.execute<unknown[]>(
          `insert into membership_seat (clinic_id, id, patient_id, lecture_id, state, registered_at)
           values (?, ?, ?, ?, 'TAKEN', ?)
           on conflict (clinic_id, lecture_id, patient_id) where state = 'TAKEN' do nothing returning 1`,
          [clinicId, newId(), patientId, lectureId, now.toISOString()],
        );
  // Of two requests of one patient the second has counted a seat that it did not get.
  if (free.length > 0 && !taken) await giveBack(lectureId, context);
  const seat = await em.findOne(
    MembershipSeat,
    { lecture: lectureId, patient: patientId, state: 'TAKEN' },
    { refresh: true },
  );
  if (!seat) throw conflict('There is no seat left in this lecture.');
  return seat;
}

/** Somebody else can have it. Throws NOT_FOUND, and CONFLICT where it was given back, or the lecture has begun. */
export async function cancelSeat(id: string, context: Context): Promise<MembershipSeat> {
  const { clinicId, em, now } = context;
  const at = now.toISOString();
  const freed = isId(id)
    ? await em.execute<{ lectureId: string }[]>(
        `update membership_seat s set state = 'CANCELLED', cancelled_at = ? from membership_lecture l
         where s.clinic_id = ? and s.id = ? and s.state = 'TAKEN' and l.clinic_id = s.clinic_id and l.id = s.lecture_id
           and l.starts_at > ? returning s.lecture_id as "lectureId"`,
        [at, clinicId, id, at],
      )
    : [];
  const seat = await findSeat(id, context);
  if (!freed[0]) throw conflict('This seat cannot be given back any more.');
  await giveBack(freed[0].lectureId, context);
  return seat;
}

/** The patient came; it counts for the tier, once. Throws NOT_FOUND, and CONFLICT before the day or for a seat given back. */
export async function recordAttendance(id: string, context: Context): Promise<MembershipSeat> {
  const { clinicId, em, now } = context;
  const seat = await findSeat(id, context);
  await em.populate(seat, ['lecture']);
  if (seat.state !== 'TAKEN') throw conflict('This seat was given back.');
  // People come before it begins, and not a day before.
  if (seat.lecture.startsAt.getTime() - now.getTime() > earliest) throw conflict('This lecture has not begun yet.');
  await em.execute('update membership_seat set attended_at = coalesce(attended_at, ?) where clinic_id = ? and id = ?', [
    ...[now.toISOString(), clinicId, id],
  ]);
  const patientId = seat.patient.id;
  await recordEngagement({ patientId, kind: 'ATTENDED', key: `membership.lecture:${id}` }, context);
  return findSeat(id, context);
}

/** Milliseconds before it begins at which somebody can have come. */
const earliest = 3 * 3_600_000;

const giveBack = (lectureId: string, { clinicId, em }: Context): Promise<unknown> =>
  em.execute('update membership_lecture set taken = taken - 1 where clinic_id = ? and id = ?', [clinicId, lectureId]);

async function findSeat(id: string, { em }: Context): Promise<MembershipSeat> {
  const seat = isId(id) ? await em.findOne(MembershipSeat, id, { refresh: true }) : null;
  if (!seat) throw notFound('This seat');
  return seat;
}
