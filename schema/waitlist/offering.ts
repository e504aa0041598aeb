import { DateTime } from 'luxon';
import { defineJob, on, type Context, type Job } from 'clinic-rapport';
import {
  appointmentBooked,
  appointmentCancelled,
  appointmentRescheduled,
  type AppointmentChange,
} from '../appointment-change.ts';
import { Appointment } from '../appointment.ts';
import { dayOf } from '../clinic-day.ts';
import { clinicOf } from '../clinic.ts';
import { CoreSettings } from '../core-settings.ts';
import { quietUntil } from '../quiet-hours.ts';
import { freeSlots, type FreeSlot } from '../slot.ts';
import { publishEntry } from './change.ts';
import { WaitlistEntry, WaitlistOffer } from './entry.ts';
import { waitlistOfferMail } from './mail.ts';
import { prioritiesOf } from './priority.ts';

/** Entries that one run looks at: more than wait in one clinic. */
const batch = 1_000;
/** Offers to one patient in a day. */
const mostOffers = 3;
/** Who is offered a time has to be able to come: milliseconds. */
const notice = 2 * 3_600_000;
const day = 86_400_000;
/** An offer wants an answer within the hour, and nobody wants that at night. */
const night = { from: '21:00', to: '08:00' };

/** A time may have become free. */
async function offerFreedTimes(_: AppointmentChange, context: Context): Promise<void> {
  await context.enqueue(offerTimes, undefined, { key: 'offer' });
}

/** Who has an appointment for it waits no more. */
async function endWaiting({ appointmentId, patientId }: AppointmentChange, context: Context): Promise<void> {
  const { em } = context;
  const appointment = await em.findOne(Appointment, appointmentId);
  if (!appointment?.service) return;
  const waiting = {
    patient: patientId,
    service: appointment.service,
    status: { $in: ['WAITING', 'OFFERED'] },
  } as const;
  for (const entry of await em.find(WaitlistEntry, waiting)) {
    await em.nativeUpdate(WaitlistOffer, { entry, state: 'OPEN' }, { state: 'ACCEPTED' });
    em.assign(entry, { status: 'BOOKED', appointment });
    await em.flush();
    publishEntry(entry, context);
  }
}

export const handlers = [
  on([appointmentCancelled, appointmentRescheduled], offerFreedTimes),
  on(appointmentBooked, endWaiting),
];

/**
 * Ends offers that nobody answered, and offers what is free: the clinical need first, then, where there is none, whom a plugin
 * brings forward, then who has waited longest.
 */
export const offerTimes: Job<void> = defineJob('waitlist.offer', {
  every: '*/15 * * * *',
  timeout: 120_000,
  async run(_, context) {
    // Two runs at once would offer one time twice, and wait for each other.
    await context.em.execute(`select pg_advisory_xact_lock(hashtextextended('waitlist ' || ?, 0))`, [context.clinicId]);
    await endOffers(context);
    const { timeZone } = await clinicOf(context);
    await endEntries(dayOf(context.now, timeZone), context);
    if (quietUntil(context.now, night, timeZone)) return;
    for (const entry of await inTheirOrder(context)) await offerTo(entry, timeZone, context);
  },
});

async function inTheirOrder(context: Context): Promise<WaitlistEntry[]> {
  const waiting = await context.em.find(
    WaitlistEntry,
    { status: 'WAITING' },
    { orderBy: { urgency: 'desc', joinedAt: 'asc' }, limit: batch },
  );
  const usual = waiting.filter(({ urgency }) => urgency === 0);
  const priorities = await prioritiesOf([...new Set(usual.map(({ patient }) => patient.id))], context);
  const priorityOf = ({ patient }: WaitlistEntry): number => priorities.get(patient.id)!;
  return [...waiting.filter(({ urgency }) => urgency > 0), ...usual.toSorted((a, b) => priorityOf(b) - priorityOf(a))];
}

async function endOffers(context: Context): Promise<void> {
  const { em, now } = context;
  const late = await em.find(
    WaitlistOffer,
    { state: 'OPEN', expiresAt: { $lte: now } },
    { populate: ['entry'], limit: 1_000 },
  );
  for (const offer of late) {
    offer.state = 'EXPIRED';
    offer.entry.status = 'WAITING';
  }
  await em.flush();
  for (const { entry } of late) publishEntry(entry, context);
}

async function endEntries(today: string, context: Context): Promise<void> {
  const { em } = context;
  const over = await em.find(WaitlistEntry, { status: 'WAITING', toDay: { $lt: today } }, { limit: 1_000 });
  for (const entry of over) entry.status = 'EXPIRED';
  await em.flush();
  for (const entry of over) publishEntry(entry, context);
}

async function offerTo(entry: WaitlistEntry, timeZone: string, context: Context): Promise<void> {
  const { em, now } = context;
  const offers = await em.find(WaitlistOffer, {
    patient: entry.patient,
    createdAt: { $gt: new Date(now.getTime() - day) },
  });
  if (offers.length >= mostOffers) return;
  const slot = await slotFor(entry, offers, timeZone, context);
  if (!slot) return;
  const { waitlistOfferMinutes } = await context.settings(CoreSettings);
  const offer = em.create(WaitlistOffer, {
    entry,
    patient: entry.patient,
    practitioner: slot.practitionerId,
    startsAt: slot.startsAt,
    state: 'OPEN',
    expiresAt: new Date(Math.min(now.getTime() + waitlistOfferMinutes * 60_000, slot.startsAt.getTime())),
    createdAt: now,
  });
  entry.status = 'OFFERED';
  await em.flush();
  publishEntry(entry, context);
  await context.send(waitlistOfferMail, { patientId: entry.patient.id }, { offerId: offer.id }, { key: offer.id });
}

/** The first free time that the patient wished for, was not offered before, and nobody else is thinking about. */
async function slotFor(
  entry: WaitlistEntry,
  offered: readonly WaitlistOffer[],
  timeZone: string,
  context: Context,
): Promise<FreeSlot | undefined> {
  const begin = DateTime.fromISO(entry.fromDay, { zone: timeZone }).toMillis();
  const from = new Date(Math.max(begin, context.now.getTime() + notice));
  const end = DateTime.fromISO(entry.toDay, { zone: timeZone }).plus({ days: 1 }).toMillis();
  const to = new Date(Math.min(end, from.getTime() + 31 * day));
  if (to <= from) return undefined;
  const asked = {
    serviceId: entry.service.id,
    practitionerId: entry.practitioner?.id,
    patientId: entry.patient.id,
    from,
    to,
    first: 200,
  };
  const slots = await freeSlots(asked, context);
  const open = await context.em.find(WaitlistOffer, { state: 'OPEN' }, { limit: 1_000 });
  const taken = new Set([...open, ...offered].map(offer => `${offer.practitioner.id} ${offer.startsAt.getTime()}`));
  return slots.find(
    slot => isWished(slot, entry, timeZone) && !taken.has(`${slot.practitionerId} ${slot.startsAt.getTime()}`),
  );
}

function isWished({ startsAt }: FreeSlot, { fromTime, toTime }: WaitlistEntry, zone: string): boolean {
  const time = DateTime.fromJSDate(startsAt, { zone }).toFormat('HH:mm:ss');
  return (!fromTime || time >= fromTime) && (!toTime || time <= toTime);
}
