import { follows, html, RapportError, type Context, type Html, type Locale, type Route } from 'clinic-rapport';
import { bookAppointment } from '../booking.ts';
import { clinicOf } from '../clinic.ts';
import { findToChange, orNotFound } from '../find.ts';
import { show } from '../online/look.ts';
import { calendarUrl } from '../online/calendar-link.ts';
import { whenText } from '../online/times.ts';
import { formOf, languageOfLink } from '../page-parts.ts';
import { publishEntry } from './change.ts';
import { WaitlistEntry, WaitlistOffer } from './entry.ts';
import { waitlistOfferLink } from './mail.ts';
import { leaveWaitlist } from './operations.ts';

interface Texts {
  readonly title: string;
  readonly take: string;
  readonly pass: string;
  readonly leave: string;
  readonly taken: string;
  readonly over: string;
  readonly passed: string;
  readonly left: string;
  readonly booked: string;
  readonly calendar: string;
}

const texts: Readonly<Record<Locale, Texts>> = {
  'zh-Hant': {
    title: '空出來的時間',
    take: '我要這個時間',
    pass: '這次略過，繼續等候',
    leave: '退出等候名單',
    taken: '很抱歉，這個時間剛被預約了。您仍在等候名單上。',
    over: '這個時間已經提供給別人，或已過回覆期限。',
    passed: '好的，有其他時間空出來時會再通知您。',
    left: '您已退出等候名單。',
    booked: '預約完成',
    calendar: '加到行事曆',
  },
  'zh-Hans': {
    title: '空出来的时间',
    take: '我要这个时间',
    pass: '这次略过，继续等候',
    leave: '退出等候名单',
    taken: '很抱歉，这个时间刚被预约了。您仍在等候名单上。',
    over: '这个时间已经提供给别人，或已过回复期限。',
    passed: '好的，有其他时间空出来时会再通知您。',
    left: '您已退出等候名单。',
    booked: '预约完成',
    calendar: '加到日历',
  },
  en: {
    title: 'A time that became free',
    take: 'I take it',
    pass: 'Not this one, I go on waiting',
    leave: 'Leave the waitlist',
    taken: 'We are sorry: this time was just taken. You are on the waitlist still.',
    over: 'This time was offered to someone else meanwhile, or your answer came too late.',
    passed: 'Fine: we write again when another time becomes free.',
    left: 'You are not on the waitlist any more.',
    booked: 'Your appointment is booked',
    calendar: 'Add to your calendar',
  },
};

/** GET shows the time and changes nothing; POST does what one button says. */
export const waitlistRoutes: Route[] = follows(waitlistOfferLink, {
  get: async ({ offerId }, _request, context) => {
    const offer = orNotFound<WaitlistOffer, WaitlistOffer>(
      WaitlistOffer,
      await context.em.findOne(WaitlistOffer, offerId),
    );
    return isOpen(offer, context) ? ask(offer, context) : say('over', context, 410);
  },
  post: async ({ offerId }, request, context) => {
    const act = (await formOf(request)).get('act');
    const entry = await entryOf(offerId, context);
    // Read after the lock on its entry: of two clicks the second finds what the first has done.
    const offer = (await context.em.findOne(WaitlistOffer, offerId, { refresh: true }))!;
    if (act === 'leave') {
      await leaveWaitlist(entry, context);
      return say('left', context);
    }
    if (!isOpen(offer, context)) return say('over', context, 410);
    if (act === 'take') return take(offer, entry, context);
    await close(offer, entry, 'DECLINED', context);
    return say('passed', context);
  },
});

async function entryOf(offerId: string, context: Context): Promise<WaitlistEntry> {
  const offer = orNotFound<WaitlistOffer, WaitlistOffer>(
    WaitlistOffer,
    await context.em.findOne(WaitlistOffer, offerId),
  );
  return findToChange(WaitlistEntry, offer.entry.id, undefined, context);
}

const isOpen = ({ state, expiresAt }: WaitlistOffer, { now }: Context): boolean => state === 'OPEN' && expiresAt > now;

async function close(
  offer: WaitlistOffer,
  entry: WaitlistEntry,
  state: 'DECLINED' | 'TAKEN',
  context: Context,
): Promise<void> {
  offer.state = state;
  entry.status = 'WAITING';
  await context.em.flush();
  publishEntry(entry, context);
}

/** The time is nobody's until then: the database gives it to the first who books it. */
async function take(offer: WaitlistOffer, entry: WaitlistEntry, context: Context): Promise<Response> {
  const input = {
    ...{ patientId: offer.patient.id, serviceId: entry.service.id, practitionerId: offer.practitioner.id },
    ...{ startsAt: offer.startsAt, origin: 'waitlist' },
  };
  try {
    const appointment = await context.em.transactional(() => bookAppointment(input, context));
    const locale = await languageOfLink(context);
    const { timeZone } = await clinicOf(context);
    const body = html`<p role="status"><strong>${whenText(offer.startsAt, locale, timeZone)}</strong></p>
      <p><a href="${calendarUrl(appointment, context)}">${texts[locale].calendar}</a></p>`;
    offer.state = 'ACCEPTED';
    context.em.assign(entry, { status: 'BOOKED', appointment });
    await context.em.flush();
    publishEntry(entry, context);
    return await show({ title: texts[locale].booked, body }, locale, context);
  } catch (error) {
    // Taken by somebody, or no time of the practitioner's any more.
    const isGone = error instanceof RapportError && (error.code === 'SLOT_TAKEN' || error.code === 'BAD_USER_INPUT');
    if (!isGone) throw error;
    context.em.clear();
    const again = await entryOf(offer.id, context);
    await close((await context.em.findOne(WaitlistOffer, offer.id))!, again, 'TAKEN', context);
    return say('taken', context, 409);
  }
}

async function ask(offer: WaitlistOffer, context: Context): Promise<Response> {
  const locale = await languageOfLink(context);
  const text = texts[locale];
  const { timeZone } = await clinicOf(context);
  const button = (act: string, words: string, kind = 'plain'): Html =>
    html`<p><button class="${kind}" name="act" value="${act}">${words}</button></p>`;
  const body = html`<p><strong>${whenText(offer.startsAt, locale, timeZone)}</strong></p>
    <form method="post">
      ${button('take', text.take, '')} ${button('pass', text.pass)} ${button('leave', text.leave)}
    </form>`;
  return show({ title: text.title, body }, locale, context);
}

async function say(what: 'over' | 'taken' | 'passed' | 'left', context: Context, status = 200): Promise<Response> {
  const locale = await languageOfLink(context);
  return show(
    { title: texts[locale].title, body: html`<p role="status">${texts[locale][what]}</p>`, status },
    locale,
    context,
  );
}
