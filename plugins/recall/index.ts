import { definePlugin, on, type Context } from 'clinic-rapport';
import {
  Appointment,
  appointmentBooked,
  appointmentCancelled,
  appointmentRescheduled,
  clinicZoneChanged,
  type AppointmentChange,
} from 'clinic-rapport/schema';
import { bookedMail, cancelledMail, changedMail } from './appointment-mails.ts';
import { changeLink, changeRoutes } from './change.ts';
import { confirmLink, confirmRoutes } from './confirm.ts';
import { Reminders } from './migrations/0001-reminders.ts';
import { moveReminders } from './moving.ts';
import { dropReminders, planReminders, Reminder, reminderMail } from './reminder.ts';
import { AppointmentReminders, reminderRead, ReminderResolver } from './resolvers.ts';
import { RecallSettings } from './settings.ts';
import { agreed, isExpected } from './standing.ts';
import { subjectData } from './subject-data.ts';

export { Reminder } from './reminder.ts';

const appointmentMails = { BOOKED: bookedMail, RESCHEDULED: changedMail, CANCELLED: cancelledMail } as const;
const changes = [appointmentBooked, appointmentRescheduled, appointmentCancelled];

async function tellPatient(
  { appointmentId, patientId, version, change }: AppointmentChange,
  context: Context,
): Promise<void> {
  const appointment = await context.em.findOneOrFail(Appointment, appointmentId);
  const mail = appointmentMails[change as keyof typeof appointmentMails];
  if (!appointment.startsAt) return;
  await context.send(mail, { patientId }, agreed(appointment), { key: `${appointmentId}:${version}` });
}

async function keepReminders({ appointmentId, version, change }: AppointmentChange, context: Context): Promise<void> {
  const appointment = await context.em.findOneOrFail(Appointment, appointmentId, { populate: ['patient'] });
  if (change === 'CANCELLED') await dropReminders(appointmentId, context);
  else if (isExpected(appointment)) await planReminders(appointment, version, context);
}

export default definePlugin({
  name: 'recall',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  settings: RecallSettings,
  entities: [Reminder],
  migrations: [Reminders],
  resolvers: [ReminderResolver, AppointmentReminders],
  permissions: [reminderRead],
  handlers: [on(changes, tellPatient), on(changes, keepReminders), on(clinicZoneChanged, moveReminders)],
  mails: [bookedMail, changedMail, cancelledMail, reminderMail],
  links: [confirmLink, changeLink],
  routes: [...confirmRoutes, ...changeRoutes],
  subjectData,
});
