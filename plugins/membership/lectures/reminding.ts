import { DateTime } from 'luxon';
import { defineJob } from 'clinic-rapport';
import { clinicOf } from 'clinic-rapport/schema';
import { lectureReminderMail } from './mails.ts';

/** Patients who are reminded in one run. */
const batch = 200;

/** In the morning of the day before, also where somebody took the seat on that day; once for a seat. */
export const remindOfLectures = defineJob('membership.remind-of-lectures', {
  every: '0 10 * * *',
  async run(_, context) {
    const { clinicId, em, now } = context;
    const { timeZone: zone } = await clinicOf(context);
    const end = DateTime.fromJSDate(now, { zone }).startOf('day').plus({ days: 2 }).toISO();
    const at = now.toISOString();
    const due = await em.execute<{ id: string; patientId: string }[]>(
      `update membership_seat set reminded_at = ? where clinic_id = ? and id in (
         select s.id from membership_lecture l join membership_seat s on s.clinic_id = l.clinic_id and s.lecture_id = l.id
         where l.clinic_id = ? and l.state = 'PLANNED' and l.starts_at > ? and l.starts_at < ?
           and s.state = 'TAKEN' and s.reminded_at is null order by s.id limit ${batch} for update of s)
       returning id, patient_id as "patientId"`,
      [at, clinicId, clinicId, at, end],
    );
    for (const { id: seatId, patientId } of due) {
      await context.send(lectureReminderMail, { patientId }, { seatId }, { key: `membership.lecture:${seatId}` });
    }
    if (due.length === batch) await context.enqueue(remindOfLectures, undefined, { key: 'more' });
  },
});
