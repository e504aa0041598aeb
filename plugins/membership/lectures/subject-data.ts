import type { Context, SubjectData } from 'clinic-rapport';
import { MembershipSeat } from './seat.ts';

/** Which lectures a patient has taken a seat in, and come to. */
export const lecturesOfSubject: SubjectData = {
  async export(patientId, { em }) {
    const seats = await em.find(
      MembershipSeat,
      { patient: patientId },
      { orderBy: { registeredAt: 'asc' }, populate: ['lecture'] },
    );
    return {
      lectures: seats.map(({ lecture, state, registeredAt, cancelledAt, attendedAt }) => ({
        ...{ lecture: lecture.name, startsAt: lecture.startsAt, state, registeredAt, cancelledAt, attendedAt },
      })),
    };
  },

  async erase(patientId, context) {
    const { em, clinicId } = context;
    if ((await em.count(MembershipSeat, { patient: patientId, held: true })) > 0) return;
    await giveBack(patientId, context);
    await em.execute('delete from membership_seat where clinic_id = ? and patient_id = ?', [clinicId, patientId]);
  },

  async hold(patientId, held, { em }) {
    await em.nativeUpdate(MembershipSeat, { patient: patientId }, { held });
  },

  /** What was left behind the other record has already: one of the two seats in a lecture is free. */
  async merge(fromId, toId, context) {
    await giveBack(fromId, context, toId);
  },
};

/** Those of lectures to come; only where the other one has a seat too, if there is another. */
async function giveBack(patientId: string, { clinicId, em, now }: Context, otherId?: string): Promise<void> {
  const at = now.toISOString();
  await em.flush();
  await em.execute(
    `with freed as (update membership_seat s set state = 'CANCELLED', cancelled_at = ? from membership_lecture l
       where s.clinic_id = ? and s.patient_id = ? and s.state = 'TAKEN' and l.clinic_id = s.clinic_id and l.id = s.lecture_id
         and l.starts_at > ?
         and (?::uuid is null or exists (select from membership_seat o where o.clinic_id = s.clinic_id
           and o.lecture_id = s.lecture_id and o.patient_id = ?::uuid and o.state = 'TAKEN')) returning s.lecture_id)
     update membership_lecture l set taken = l.taken - 1 from freed f where l.clinic_id = ? and l.id = f.lecture_id`,
    [at, clinicId, patientId, at, otherId ?? null, otherId ?? null, clinicId],
  );
}
