import type { SubjectData } from 'clinic-rapport';
import { Reminder } from './reminder.ts';

/** What is stored of a patient here: the times of the reminders. Their mails are deliveries, which the platform keeps. */
export const subjectData: SubjectData = {
  async export(patientId, { em }) {
    const reminders = await em.find(Reminder, { patient: patientId }, { orderBy: { dueAt: 'asc' } });
    return {
      reminders: reminders.map(({ offset, channel, startsAt, dueAt, dropped }) => ({
        offset,
        channel,
        startsAt,
        dueAt,
        dropped,
      })),
    };
  },

  async erase(patientId, { em }) {
    await em.nativeDelete(Reminder, { patient: patientId, held: false });
  },

  async hold(patientId, on, { em }) {
    await em.nativeUpdate(Reminder, { patient: patientId }, { held: on });
  },
};
