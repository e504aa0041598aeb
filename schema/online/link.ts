import { defineLink, follows, html, RapportError, type Context, type Html, type Route } from 'clinic-rapport';
import { bookAppointment } from '../booking.ts';
import { clinicOf } from '../clinic.ts';
import { findIfGiven } from '../find.ts';
import { textIn } from '../localized-text.ts';
import { formOf, patientOfLink } from '../page-parts.ts';
import { Practitioner } from '../practitioner.ts';
import { Service } from '../service.ts';
import { calendarUrl } from './calendar-link.ts';
import { show } from './look.ts';
import { serviceList } from './services.ts';
import { onlineTexts } from './texts.ts';
import { instantOf, isFree, timeOf, timesField, whenText } from './times.ts';

interface Offer {
  readonly serviceId?: string;
  readonly practitionerId?: string;
  readonly origin?: string;
}

/** Lets a patient, who has proved to own the address, book without a login and without typing who that is. */
export const bookingLink = defineLink<Offer>('booking.book', '/book');

export interface BookingUrlOptions extends Offer {
  /** Days for which it is good; 30 if not given. */
  readonly days?: number;
}

/**
 * For any mail to a patient: a page where the patient books, for the service that is named or of all. `origin` is kept on the
 * appointment, as `recall.flu`, 1 to 100 characters: so it can be told what a mail brought about.
 */
export function bookingUrl(patientId: string, { days = 30, ...offer }: BookingUrlOptions, context: Context): string {
  const expiresAt = new Date(context.now.getTime() + days * 86_400_000);
  return context.link(bookingLink, offer, { patientId, expiresAt });
}

export const bookingLinkRoutes: Route[] = follows(bookingLink, {
  get: (offer, request, context) => offerTimes(offer, request, context),
  post: async (offer, request, context) => {
    const form = await formOf(request);
    const service = await serviceOf(offer, request, context);
    const time = timeOf(form.get('time'));
    if (!service || !time) return offerTimes(offer, request, context, 'TIME');
    if (!(await isFree(service.id, time, context))) return offerTimes(offer, request, context, 'TAKEN');
    return book(offer, { service, ...time }, request, context);
  },
});

async function serviceOf(offer: Offer, request: Request, context: Context): Promise<Service | undefined> {
  const id = offer.serviceId ?? new URL(request.url).searchParams.get('service');
  const service = await findIfGiven(Service, id, context);
  return service?.active ? service : undefined;
}

async function offerTimes(
  offer: Offer,
  request: Request,
  context: Context,
  fault?: 'TIME' | 'TAKEN',
): Promise<Response> {
  const { language: locale } = await patientOfLink(context);
  const text = onlineTexts[locale];
  const service = await serviceOf(offer, request, context);
  if (!service) {
    const body = await serviceList(id => `?service=${id}`, locale, context);
    return show({ title: text.book, body }, locale, context);
  }
  const practitioner = await findIfGiven(Practitioner, offer.practitionerId, context);
  const from = instantOf(new URL(request.url).searchParams.get('from'), context);
  const href = (next: Date | undefined): string =>
    `?${new URLSearchParams({ service: service.id, ...(next && { from: next.toISOString() }) })}`;
  const times = await timesField(
    { serviceId: service.id, practitionerId: practitioner?.id, from, href },
    locale,
    context,
  );
  const body: Html = html`<p>
      <strong>${textIn(service.name, locale)}</strong> · ${text.minutes(service.durationMinutes)}
    </p>
    ${fault && html`<p role="alert">${text.faults[fault]}</p>`}
    <form method="post">
      <h2>${text.chooseTime}</h2>
      ${times}
      <p><button>${text.bookNow}</button></p>
    </form>`;
  return show({ title: text.book, body, status: fault ? (fault === 'TAKEN' ? 409 : 422) : 200 }, locale, context);
}

async function book(
  offer: Offer,
  { service, practitionerId, startsAt }: { service: Service; practitionerId: string; startsAt: Date },
  request: Request,
  context: Context,
): Promise<Response> {
  const { id: patientId, language: locale } = await patientOfLink(context);
  const input = { patientId, serviceId: service.id, practitionerId, startsAt, origin: offer.origin };
  try {
    const appointment = await context.em.transactional(() => bookAppointment(input, context));
    const { timeZone } = await clinicOf(context);
    const text = onlineTexts[locale];
    const body = html`<p role="status">
        <strong>${whenText(startsAt, locale, timeZone)}</strong><br />${text.doneHint}
      </p>
      <p><a href="${calendarUrl(appointment, context)}">${text.calendar}</a></p>`;
    return await show({ title: text.booked, body }, locale, context);
  } catch (error) {
    if (!(error instanceof RapportError && error.code === 'SLOT_TAKEN')) throw error;
    context.em.clear();
    return offerTimes(offer, request, context, 'TAKEN');
  }
}
