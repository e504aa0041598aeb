import type { Context, Locale } from 'clinic-rapport';
import { textIn, type Appointment, type Clinic, type Localized } from 'clinic-rapport/schema';
import type { Told } from './told.ts';

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

/** The same of an appointment that is at hand, to be shown on a page. */
export async function toldOf(appointment: Appointment, { em }: Context): Promise<Told> {
  await em.populate(appointment, withDetails);
  const { id, status, version, startsAt, endsAt, patient, practitioner, room, location } = appointment;
  return {
    id,
    status,
    version,
    startsAt: startsAt ?? null,
    endsAt: endsAt ?? null,
    patientId: patient.id,
    patient: patient.name,
    practitioner: practitioner ?? null,
    room: room?.name ?? null,
    location: location ?? null,
  };
}

/** Of an appointment that has a time; in the clinic's time zone, where the patient is to be. */
export function detailsOf({ startsAt, ...told }: Told, locale: Locale, clinic: Clinic): Details {
  const { patient, practitioner, location, room } = told;
  const known = (text: Localized | null | undefined) => textIn(text, locale) || undefined;
  return {
    ...dateAndTime(startsAt!, locale, clinic.timeZone),
    practitioner: practitioner ? addressed(practitioner) : undefined,
    room: room ?? undefined,
    location: {
      name: textIn(location?.name, locale) || clinic.name,
      address: known(location?.address),
      directions: known(location?.directions),
      parking: known(location?.parking),
    },
    clinic: { name: clinic.name, phone: location?.phone ?? clinic.phone ?? undefined },
    patient,
  };
}

/** As `2026年6月3日 星期三` and `上午10:30`, or `Wednesday, June 3, 2026` and `10:30 AM`. */
export const dateAndTime = (instant: Date, locale: Locale, timeZone: string): { date: string; time: string } => {
  const { date, time } = formatsOf(locale, timeZone);
  return { date: date.format(instant), time: time.format(instant) };
};

type Formats = Record<'date' | 'time', Intl.DateTimeFormat>;

// To make a format takes longer than all else that a mail needs. There are as many as languages and zones of clinics.
const formats = new Map<string, Formats>();

function formatsOf(locale: Locale, timeZone: string): Formats {
  const key = `${locale} ${timeZone}`;
  let known = formats.get(key);
  if (!known) {
    const format = (style: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...style, timeZone });
    formats.set(key, (known = { date: format({ dateStyle: 'full' }), time: format({ timeStyle: 'short' }) }));
  }
  return known;
}

/** A Han title follows the name (`林怡君醫師`), a Latin one precedes it (`Dr. Lin`). */
const addressed = ({ name, title }: NonNullable<Told['practitioner']>): string => {
  if (!title) return name;
  return /\p{Script=Han}/u.test(title) ? `${name}${title}` : `${title} ${name}`;
};
