import ical, { ICalCalendarMethod, ICalEventBusyStatus, ICalEventStatus } from 'ical-generator';
import type { Calendar, Context, Locale } from 'clinic-rapport';
import type { Appointment } from './appointment.ts';
import { clinicOf } from './clinic.ts';
import { textIn } from './localized-text.ts';
import type { Location } from './location.ts';

/** As much of an appointment as an entry in a calendar says. */
export interface CalendarEntry extends Pick<Appointment, 'id' | 'version' | 'status'> {
  readonly startsAt?: Date | null;
  readonly endsAt?: Date | null;
  readonly location?: Pick<Location, 'name' | 'address' | 'directions' | 'parking'> | null;
}

/**
 * An appointment for the patient's own calendar (RFC 5545); undefined for one of which only the day is known. It is called by the
 * clinic's name and never by what it is for: calendars are shared with families and employers. The UID stays, and SEQUENCE goes up
 * with each change, so that a later mail moves the entry; METHOD is PUBLISH and not REQUEST, as nobody reads answers.
 */
export async function calendarOf(
  appointment: CalendarEntry,
  locale: Locale,
  context: Context,
): Promise<Calendar | undefined> {
  const { id, version, startsAt, endsAt, status, location } = appointment;
  if (!startsAt || !endsAt) return undefined;
  const { name, timeZone, senderAddress } = await clinicOf(context);
  const isCancelled = status === 'CANCELLED';
  const method = isCancelled ? 'CANCEL' : 'PUBLISH';
  const calendar = ical({ prodId: { company: 'Clinic Rapport', product: 'appointments' } });
  calendar.method(ICalCalendarMethod[method]);
  calendar.createEvent({
    id: `${id}@${senderAddress.split('@').at(-1)}`,
    sequence: version,
    stamp: context.now,
    // In UTC: every program shows that in its reader's zone, and no VTIMEZONE can be wrong.
    start: startsAt,
    end: endsAt,
    summary: name,
    location: [textIn(location?.name, locale), textIn(location?.address, locale)].filter(Boolean).join(', ') || name,
    description: [textIn(location?.directions, locale), textIn(location?.parking, locale), timeZone]
      .filter(Boolean)
      .join('\n'),
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    busystatus: isCancelled ? ICalEventBusyStatus.FREE : ICalEventBusyStatus.BUSY,
  });
  return { method, text: calendar.toString() };
}
