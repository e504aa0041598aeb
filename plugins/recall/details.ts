import type { Context, Locale } from 'clinic-rapport';
import { clinicOf, textIn, type Appointment, type Localized, type Practitioner } from 'clinic-rapport/schema';

/** What a patient has to know to come, in the patient's words. Not what for: a mail is read over shoulders. */
export type Details = {
  readonly date: string;
  readonly time: string;
  readonly practitioner?: string;
  readonly room?: string;
  readonly location: Readonly<{ name: string; address?: string; directions?: string; parking?: string }>;
  readonly clinic: Readonly<{ name: string; phone?: string }>;
  readonly patient: string;
};

/** What is read together with an appointment to describe it. */
export const withDetails = ['patient', 'practitioner', 'location', 'room'] as const;

/** Of an appointment that has a time; in the clinic's time zone, where the patient is to be. */
export async function detailsOf(appointment: Appointment, locale: Locale, context: Context): Promise<Details> {
  const clinic = await clinicOf(context);
  await context.em.populate(appointment, withDetails);
  const { patient, practitioner, location, room, startsAt } = appointment;
  const known = (text: Localized | null | undefined) => textIn(text, locale) || undefined;
  return {
    ...dateAndTime(startsAt!, locale, clinic.timeZone),
    practitioner: practitioner ? addressed(practitioner) : undefined,
    room: room?.name,
    location: {
      name: textIn(location?.name, locale) || clinic.name,
      address: known(location?.address),
      directions: known(location?.directions),
      parking: known(location?.parking),
    },
    clinic: { name: clinic.name, phone: location?.phone ?? clinic.phone ?? undefined },
    patient: patient.name,
  };
}

/** As `2026年6月3日 星期三` and `上午10:30`, or `Wednesday, June 3, 2026` and `10:30 AM`. */
export const dateAndTime = (instant: Date, locale: Locale, timeZone: string): { date: string; time: string } => ({
  date: new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone }).format(instant),
  time: new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone }).format(instant),
});

/** A Han title follows the name (`林怡君醫師`), a Latin one precedes it (`Dr. Lin`). */
const addressed = ({ name, title }: Practitioner): string => {
  if (!title) return name;
  return /\p{Script=Han}/u.test(title) ? `${name}${title}` : `${title} ${name}`;
};
