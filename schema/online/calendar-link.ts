import { defineLink, follows, notFound, type Context, type Route } from 'clinic-rapport';
import { Appointment } from '../appointment.ts';
import { calendarOf } from '../calendar.ts';
import { languageOfLink } from '../page-parts.ts';

/** Gives its bearer the entry for a calendar, as the appointment is now. */
export const calendarLink = defineLink<{ appointmentId: string }>('appointment.calendar', '/calendar');

/** Where a page or a mail of a plugin leads to for it; good until the appointment begins. */
export const calendarUrl = (
  { id, patient, startsAt }: Pick<Appointment, 'id' | 'patient' | 'startsAt'>,
  { link }: Context,
): string => link(calendarLink, { appointmentId: id }, { patientId: patient.id, expiresAt: startsAt ?? new Date(0) });

export const calendarRoutes: Route[] = follows(calendarLink, {
  get: async ({ appointmentId }, _request, context) => {
    const appointment = await context.em.findOne(Appointment, appointmentId, { populate: ['location'] });
    const calendar = appointment && (await calendarOf(appointment, await languageOfLink(context), context));
    if (!calendar) throw notFound('This appointment');
    return new Response(calendar.text, {
      headers: {
        'content-type': `text/calendar; charset=utf-8; method=${calendar.method}`,
        'content-disposition': 'attachment; filename="appointment.ics"',
      },
    });
  },
});
