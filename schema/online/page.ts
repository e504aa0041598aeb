import { defineLimit, html, landing, type Context, type Html, type Locale, type Route } from 'clinic-rapport';
import { find, findIfGiven } from '../find.ts';
import { textIn } from '../localized-text.ts';
import { noticeOfPages } from '../notice-page.ts';
import { formOf } from '../page-parts.ts';
import { hrefOf, languagesOf, queryOf, readerOf } from '../public-page.ts';
import { Practitioner } from '../practitioner.ts';
import { Service } from '../service.ts';
import { confirmBookingMail } from './confirm.ts';
import { show } from './look.ts';
import { personFields, personOf, purposesAsked } from './person.ts';
import { BookingRequest, requestHours } from './request.ts';
import { practitionersOf, priceOf, serviceList } from './services.ts';
import { onlineTexts, type Fault } from './texts.ts';
import { instantOf, isFree, timeOf, timesField, type ChosenTime } from './times.ts';

/** Mails to one address in an hour, and of one clinic: nobody's mailbox is to be filled from here. */
const mailsToOne = defineLimit('booking.address', 5, 3_600);
const mailsOfClinic = defineLimit('booking.clinic', 300, 3_600);

/**
 * The clinic's own pages for people who are no patients yet, or no longer sure: `/book/<slug>` and `/register/<slug>`. They ask
 * the same of everyone and answer the same to everyone; who is a patient already turns out behind the mailed link.
 */
export const onlineRoutes: Route[] = [
  ...landing('book', {
    get: (_, request, context) => informed(request, context, () => bookingPage({ request }, context)),
    post: (_, request, context) => informed(request, context, () => take(request, context, true)),
  }),
  ...landing('register', {
    get: (_, request, context) => informed(request, context, () => registerPage({ request }, context)),
    post: (_, request, context) => informed(request, context, () => take(request, context, false)),
  }),
];

/** No page takes what someone is called before it tells what becomes of that: without a notice in force there is none yet. */
async function informed(request: Request, context: Context, page: () => Promise<Response>): Promise<Response> {
  if (await noticeOfPages(context)) return page();
  const locale = await readerOf(request, context);
  const { notOpen, notOpenHint } = onlineTexts[locale];
  const body = html`<p>${notOpenHint}</p>`;
  return show({ title: notOpen, body, status: 404, languages: languagesOf(request) }, locale, context);
}

interface Asked {
  readonly request: Request;
  readonly form?: URLSearchParams;
  readonly faults?: readonly Fault[];
}

async function bookingPage(asked: Asked, context: Context): Promise<Response> {
  const { request, form, faults } = asked;
  const locale = await readerOf(request, context);
  const text = onlineTexts[locale];
  const query = queryOf(request);
  const service = await findIfGiven(Service, query.get('service'), context);
  if (!service?.active) {
    const list = await serviceList(id => hrefOf(request, { service: id }), locale, context);
    return show({ title: text.book, body: list, languages: languagesOf(request) }, locale, context);
  }
  const practitioner = await findIfGiven(Practitioner, query.get('practitioner'), context);
  const from = instantOf(query.get('from'), context);
  const times = await timesField(
    {
      ...{ serviceId: service.id, practitionerId: practitioner?.id, from, chosen: form?.get('time') ?? undefined },
      href: next => hrefOf(request, { from: next?.toISOString() }),
    },
    locale,
    context,
  );
  const body = html`<p>
      <strong>${textIn(service.name, locale)}</strong> · ${text.minutes(service.durationMinutes)}
      ${priceOf(service, locale)}<br />
      <a href="${hrefOf(request, { service: undefined, practitioner: undefined, from: undefined })}"
        >${text.otherService}</a
      >
    </p>
    ${summary(faults, locale)} ${await whom(asked, service, practitioner?.id, locale, context)}
    <form method="post">
      <h2>${text.chooseTime}</h2>
      ${times} ${personFields({ form, faults, ...(await asking(request, context)) }, locale)}
      <p><button>${text.send}</button></p>
    </form>`;
  const status = faults ? 422 : 200;
  return show({ title: text.book, body, status, languages: languagesOf(request) }, locale, context);
}

async function registerPage({ request, form, faults }: Asked, context: Context): Promise<Response> {
  const locale = await readerOf(request, context);
  const text = onlineTexts[locale];
  const body = html`${summary(faults, locale)}
    <form method="post">
      ${personFields({ form, faults, ...(await asking(request, context)) }, locale)}
      <p><button>${text.send}</button></p>
    </form>`;
  const status = faults ? 422 : 200;
  return show({ title: text.register, body, status, languages: languagesOf(request) }, locale, context);
}

const asking = async (request: Request, context: Context) => ({
  notice: await noticeOfPages(context),
  purposes: await purposesAsked(originOf(request), context),
});

const summary = (faults: readonly Fault[] | undefined, locale: Locale): Html | undefined =>
  faults &&
  html`<div role="alert">
    ${onlineTexts[locale].wrong}
    <ul>
      ${faults.map(fault => html`<li>${onlineTexts[locale].faults[fault]}</li>`)}
    </ul>
  </div>`;

async function whom(
  { request }: Asked,
  service: Service,
  chosen: string | undefined,
  locale: Locale,
  context: Context,
): Promise<Html | undefined> {
  const practitioners = await practitionersOf(service.id, context);
  if (practitioners.length === 0) return undefined;
  const text = onlineTexts[locale];
  const option = (id: string | undefined, name: string): Html =>
    id === chosen
      ? html`<strong>${name}</strong>`
      : html`<a href="${hrefOf(request, { practitioner: id, from: undefined })}">${name}</a>`;
  return html`<p class="who">
    ${text.withWhom}: ${option(undefined, text.anyone)} ${practitioners.map(({ id, name }) => option(id, name))}
  </p>`;
}

/** Keeps what is asked for, and mails a link by which the owner of the address confirms it. Nothing else is written yet. */
async function take(request: Request, context: Context, withTime: boolean): Promise<Response> {
  const form = await formOf(request);
  const locale = await readerOf(request, context);
  const { notice, purposes } = await asking(request, context);
  const { person, faults } = await personOf(form, purposes, context);
  if (person.purposes.length > 0 && form.get('notice') !== notice?.id) faults.push('NOTICE');
  const service = withTime ? await find(Service, queryOf(request).get('service') ?? '', context) : undefined;
  const time = timeOf(form.get('time'));
  const fault = service && (await faultOfTime(service.id, time, context));
  if (fault) faults.unshift(fault);
  if (faults.length > 0) return (withTime ? bookingPage : registerPage)({ request, form, faults }, context);
  await context.spend(mailsToOne, person.email.toLowerCase());
  await context.spend(mailsOfClinic, context.clinicId);
  const { em, now } = context;
  const asked = em.create(BookingRequest, {
    ...{ ...person, purposes: [...person.purposes], language: locale },
    origin: originOf(request),
    noticeVersion: notice,
    ...(service && {
      service,
      practitioner: em.getReference(Practitioner, time!.practitionerId),
      startsAt: time!.startsAt,
    }),
    createdAt: now,
    expiresAt: new Date(now.getTime() + requestHours * 3_600_000),
  });
  await em.flush();
  await context.send(confirmBookingMail, { address: person.email, locale }, { requestId: asked.id });
  const text = onlineTexts[locale];
  return show({ title: text.sent, body: html`<p role="status">${text.sentHint}</p>` }, locale, context);
}

/** `?origin=recall.flu` of the page's own address; what is no such word counts as nothing. */
function originOf(request: Request): string | null {
  const origin = queryOf(request).get('origin');
  return origin !== null && /^[\w.:-]{1,100}$/.test(origin) ? origin : null;
}

async function faultOfTime(
  serviceId: string,
  time: ChosenTime | undefined,
  context: Context,
): Promise<Fault | undefined> {
  if (!time) return 'TIME';
  return (await isFree(serviceId, time, context)) ? undefined : 'TAKEN';
}
