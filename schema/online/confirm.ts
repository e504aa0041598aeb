import { LockMode } from '@mikro-orm/postgresql';
import {
  defineLink,
  defineMail,
  follows,
  html,
  RapportError,
  seeingAllPatients,
  withheld,
  type Context,
  type Html,
  type Route,
} from 'clinic-rapport';
import { bookAppointment } from '../booking.ts';
import { clinicOf } from '../clinic.ts';
import { giveConsent } from '../consent-change.ts';
import { orNotFound } from '../find.ts';
import { isMinor } from '../guardian.ts';
import { noticeInForce } from '../notice.ts';
import { noticeAsHtml } from '../notice-page.ts';
import { formOf } from '../page-parts.ts';
import type { Patient } from '../patient.ts';
import { calendarLink } from './calendar-link.ts';
import { patientOf } from './known.ts';
import { show } from './look.ts';
import { purposesAsked, type FurtherPurpose } from './person.ts';
import { BookingRequest } from './request.ts';
import { onlineTexts } from './texts.ts';
import { instantOf, isFree, timeOf, timesField, whenText } from './times.ts';

/** Opens no patient's data: whose it is turns out when it is confirmed. */
export const confirmBookingLink = defineLink<{ requestId: string }>('booking.confirm', '/confirm-booking');

/** Goes to an address that nobody has proved to own yet: so it says nothing of the person, not even a name. */
export const confirmBookingMail = defineMail<{ requestId: string }>('booking.confirm', {
  purpose: 'verification',
  stream: 'transactional',
  template: new URL('../mails/confirm-booking.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '請確認您的線上登記',
      lead: '有人在我們的網頁上填寫了這個地址。若是您本人，請按下方按鈕完成：',
      button: '確認並完成',
      ignore: '連結 24 小時內有效。若不是您，請忽略這封信，什麼都不會發生。',
    },
    'zh-Hans': {
      subject: '请确认您的在线登记',
      lead: '有人在我们的网页上填写了这个地址。如果是您本人，请点击下方按钮完成：',
      button: '确认并完成',
      ignore: '链接 24 小时内有效。如果不是您，请忽略这封邮件，什么都不会发生。',
    },
    en: {
      subject: 'Please confirm what you asked for online',
      lead: 'Someone gave this address on our page. If it was you, the button completes it:',
      button: 'Confirm and complete',
      ignore: 'The link is good for 24 hours. If it was not you, ignore this mail, and nothing happens.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    when: '2026年6月10日 星期三 上午10:30',
    link: 'https://clinic.example/plugins/core/confirm-booking/sample',
  },
  fields: async ({ requestId }, context, locale) => {
    const request = await context.em.findOne(BookingRequest, requestId);
    if (!request || request.doneAt) return withheld('ALREADY_CONFIRMED');
    const { expiresAt, startsAt } = request;
    if (expiresAt <= context.now) return withheld('REQUEST_EXPIRED');
    const { name, timeZone } = await clinicOf(context);
    const link = context.link(confirmBookingLink, { requestId }, { expiresAt });
    return { clinic: { name }, when: startsAt ? whenText(startsAt, locale, timeZone) : undefined, link };
  },
});

/** GET shows what will be done and changes nothing: mail scanners follow links. POST does all of it, or nothing; once. */
export const confirmBookingRoutes: Route[] = follows(confirmBookingLink, {
  get: async ({ requestId }, request, context) => {
    const asked = await read(requestId, context);
    return isOpen(asked, context) ? ask(asked, request, context) : closed(asked, context);
  },
  post: async ({ requestId }, request, context) => {
    const form = await formOf(request);
    // The bearer has proved to own the address, and is nobody's patient yet; what is looked at is checked by `patientOf`.
    return seeingAllPatients(context, async () => {
      const asked = await read(requestId, context, LockMode.PESSIMISTIC_WRITE);
      if (!isOpen(asked, context)) return closed(asked, context);
      const time = timeOf(form.get('time'));
      // Of the times that were offered: what is sent here has passed no other check.
      if (time && asked.service && !(await isFree(asked.service.id, time, context)))
        return ask(asked, request, context, true);
      const chosen =
        time && asked.service ? { ...asked, ...time } : { ...asked, practitionerId: asked.practitioner?.id };
      const done = await complete(asked, chosen, context);
      return done ? finished(asked, done, context) : ask(await read(requestId, context), request, context, true);
    });
  },
});

async function read(id: string, { em }: Context, lockMode?: LockMode): Promise<BookingRequest> {
  const found = await em.findOne(BookingRequest, id, lockMode === undefined ? {} : { lockMode, refresh: true });
  const asked = orNotFound<BookingRequest, BookingRequest>(BookingRequest, found);
  // Not together with it: the lock would be on these rows too.
  await em.populate(asked, ['noticeVersion', 'service']);
  return asked;
}

const isOpen = ({ doneAt, expiresAt }: BookingRequest, { now }: Context): boolean => !doneAt && expiresAt > now;

interface Done {
  readonly patient: Patient;
  readonly appointmentId?: string;
  readonly startsAt?: Date;
}

/** Registers, books and records the choices in one go; undefined where the time is taken by now, and nothing is kept then. */
async function complete(
  asked: BookingRequest,
  { startsAt, practitionerId }: { startsAt?: Date | null; practitionerId?: string },
  context: Context,
): Promise<Done | undefined> {
  const { em, now } = context;
  try {
    return await em.transactional(async () => {
      const patient = await patientOf(asked, context);
      await recordChoices(asked, patient, context);
      const done = asked.service
        ? await book(asked, { patient, startsAt: startsAt!, practitionerId: practitionerId! }, context)
        : { patient };
      // Nothing of it is needed any more: it is the patient's record now.
      em.assign(asked, { doneAt: now, name: '—', birthDate: '1900-01-01', phone: null, email: '—' });
      return done;
    });
  } catch (error) {
    const isTaken = error instanceof RapportError && (error.code === 'SLOT_TAKEN' || error.code === 'BAD_USER_INPUT');
    if (!isTaken || !asked.service) throw error;
    // PostgreSQL went back to the savepoint of the nested transaction; what is in memory was not written.
    em.clear();
    return undefined;
  }
}

async function book(
  { service, origin }: BookingRequest,
  { patient, startsAt, practitionerId }: { patient: Patient; startsAt: Date; practitionerId: string },
  context: Context,
): Promise<Done> {
  const input = { patientId: patient.id, serviceId: service!.id, practitionerId, startsAt, origin };
  const { id } = await bookAppointment(input, context);
  return { patient, appointmentId: id, startsAt };
}

/** What the boxes were ticked for, with the notice that stood beside them, as long as that is in force and the patient of age. */
async function recordChoices(asked: BookingRequest, patient: Patient, context: Context): Promise<void> {
  if (asked.purposes.length === 0 || !(await isInForce(asked, context)) || (await isMinor(patient, context))) return;
  const page = asked.service ? 'book' : 'register';
  const evidence = `Page /${page}/${(await clinicOf(context)).slug} (${asked.language}), sent ${asked.createdAt.toISOString()}, confirmed by the link that was mailed to the address`;
  for (const { purpose } of await agreedTo(asked, context)) {
    const choice = { patientId: patient.id, purpose, channel: 'EMAIL', source: 'ONLINE', evidence } as const;
    const touchpoint = asked.service ? 'BOOKING' : 'REGISTRATION';
    await giveConsent({ ...choice, noticeVersionId: asked.noticeVersion!.id, touchpoint }, context);
  }
}

const isInForce = async ({ noticeVersion }: BookingRequest, context: Context): Promise<boolean> =>
  noticeVersion != null && (await noticeInForce(noticeVersion.name, context))?.id === noticeVersion.id;

/** What one is about to confirm: the time, or others where it is taken by now, and to what one agrees. */
async function ask(asked: BookingRequest, request: Request, context: Context, isTaken = false): Promise<Response> {
  const locale = asked.language;
  const text = onlineTexts[locale];
  const { timeZone } = await clinicOf(context);
  const ticked = (await isInForce(asked, context)) ? await agreedTo(asked, context) : [];
  const isYoung = await isMinor(asked, context);
  const agreed = isYoung ? [] : ticked;
  const from = new URL(request.url).searchParams.get('from');
  const others = isTaken || from !== null;
  const body = html`${isTaken && html`<p role="alert">${text.taken}</p>`}
    ${asked.startsAt && !others && html`<p><strong>${whenText(asked.startsAt, locale, timeZone)}</strong></p>`}
    <p>${text.confirmHint}</p>
    <form method="post">
      ${others && asked.service && (await timesField({ serviceId: asked.service.id, from: instantOf(from, context), href: next => (next ? `?from=${next.toISOString()}` : '?from=') }, locale, context))}
      ${agreed.length > 0 && agreement(agreed, asked, text.youAgree)}
      ${isYoung && ticked.length > 0 && html`<p>${text.minor}</p>`}
      <p><button>${text.confirm}</button></p>
    </form>`;
  return show({ title: text.confirmTitle, body, status: isTaken ? 409 : 200 }, locale, context);
}

const agreedTo = async ({ origin, purposes }: BookingRequest, context: Context): Promise<FurtherPurpose[]> =>
  (await purposesAsked(origin, context)).filter(({ purpose }) => purposes.includes(purpose));

const agreement = (agreed: readonly FurtherPurpose[], asked: BookingRequest, lead: string): Html =>
  html`<p>${lead}</p>
    <ul>
      ${agreed.map(({ words }) => {
        const [name, what] = words[asked.language];
        return html`<li><strong>${name}</strong><br /><span class="quiet">${what}</span></li>`;
      })}
    </ul>
    <details>
      <summary>${onlineTexts[asked.language].notice}</summary>
      ${noticeAsHtml(asked.noticeVersion!, asked.language)}
    </details>`;

async function finished(asked: BookingRequest, done: Done, context: Context): Promise<Response> {
  const text = onlineTexts[asked.language];
  const { timeZone } = await clinicOf(context);
  const { appointmentId, startsAt, patient } = done;
  const calendar =
    appointmentId && context.link(calendarLink, { appointmentId }, { patientId: patient.id, expiresAt: startsAt! });
  const body = html`<p role="status">
      ${startsAt && html`<strong>${whenText(startsAt, asked.language, timeZone)}</strong><br />`}
      ${startsAt && text.doneHint}
    </p>
    ${calendar && html`<p><a href="${calendar}">${text.calendar}</a></p>`}`;
  return show({ title: startsAt ? text.booked : text.registered, body }, asked.language, context);
}

async function closed(asked: BookingRequest, context: Context): Promise<Response> {
  const text = onlineTexts[asked.language];
  const title = asked.doneAt ? (asked.service ? text.booked : text.registered) : text.confirmTitle;
  return show({ title, body: html`<p>${text.closed}</p>`, status: 410 }, asked.language, context);
}
