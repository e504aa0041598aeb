import { LockMode } from '@mikro-orm/postgresql';
import type { Context } from 'clinic-rapport';
import {
  Appointment,
  clinicOf,
  giveConsent,
  isMinor,
  noticeOfPages,
  Patient,
  presentConsent,
  type AppointmentChange,
  type PatientChange,
} from 'clinic-rapport/schema';
import { judge } from './fraud.ts';
import { thanksMail } from './mails.ts';
import { move, Referral } from './referral.ts';
import { publishReferral } from './referral-changed.ts';
import { ReferralsSettings } from './settings.ts';

const prefix = 'referrals.';

/** What a booking or a registration that a referral led to says of itself. */
export const originOf = ({ id }: Referral): string => `${prefix}${id}`;

export async function joinByRegistration({ patientId }: PatientChange, context: Context): Promise<void> {
  const patient = await context.em.findOne(Patient, patientId);
  await joinBy(patient?.origin, patientId, context);
}

/** Who is a patient already gets no reward for coming back, and staff see that it was tried. */
export async function joinByBooking({ appointmentId, patientId }: AppointmentChange, context: Context): Promise<void> {
  const appointment = await context.em.findOne(Appointment, appointmentId);
  await joinBy(appointment?.origin, patientId, context);
}

async function joinBy(origin: string | null | undefined, friendId: string, context: Context): Promise<void> {
  const id = origin?.startsWith(prefix) ? origin.slice(prefix.length) : '';
  if (!/^[0-9a-f-]{36}$/.test(id)) return;
  const referral = await context.em.findOne(Referral, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (referral?.state !== 'INVITED') return;
  const { joinWithinDays } = await context.settings(ReferralsSettings);
  if (referral.invitedAt.getTime() < context.now.getTime() - joinWithinDays * 86_400_000) return;
  await join(referral, friendId, context);
}

/** The friend is known now: what the rules say of it, and whether the advocate may see who it is. */
export async function join(referral: Referral, friendId: string, context: Context): Promise<void> {
  const { em, now } = context;
  await lockBoth(referral.advocate.id, friendId, context);
  const other = await em.findOne(Referral, { friend: friendId, state: { $ne: 'VOID' } });
  if (other) return;
  const advocateId = referral.advocate.id;
  const { review, reason } = await judge(
    { invitedAt: referral.invitedAt, advocateId, friendId, channel: referral.channel },
    context,
  );
  em.assign(referral, { friend: friendId, review, reason: reason ?? null, joinedAt: now });
  move(referral, review === 'BLOCKED' ? 'VOID' : 'JOINED', now);
  await em.flush();
  if (review !== 'BLOCKED') {
    await recordDisclosure(referral, friendId, context);
    await context.send(thanksMail, { patientId: advocateId }, { referralId: referral.id }, { key: referral.id });
  }
  publishReferral(referral, context);
}

/**
 * Of several invitations that one friend opened, the first by which the friend came counts; and of an advocate's friends who come
 * at once each is judged with those before. In the order of their ids, as two who bring each other would wait for ever.
 */
export async function lockBoth(advocateId: string, friendId: string, { em, clinicId }: Context): Promise<void> {
  await em.execute('select 1 from patient where clinic_id = ? and id in (?, ?) order by id for update', [
    ...[clinicId, advocateId, friendId],
  ]);
}

/** What the friend ticked, beside the notice that is in force still. */
async function recordDisclosure(referral: Referral, friendId: string, context: Context): Promise<void> {
  const { discloses, noticeVersion } = referral;
  const friend = await context.em.findOneOrFail(Patient, friendId);
  const shown = noticeVersion && (await noticeOfPages(context))?.id === noticeVersion.id;
  if (discloses && shown && !(await isMinor(friend, context))) {
    const evidence = `Page /refer/${(await clinicOf(context)).slug}, sent ${referral.invitedAt.toISOString()}; the address was confirmed by the link that was mailed to it`;
    const choice = { purpose: 'REFERRAL_DISCLOSURE', channel: 'EMAIL', source: 'ONLINE' } as const;
    await giveConsent({ patientId: friendId, ...choice, noticeVersionId: noticeVersion.id, evidence }, context);
  }
  await showFriend(friendId, context);
}

/** Gives the advocates of a friend the friend's name, or takes it from them, as the friend agrees at this moment. */
export async function showFriend(friendId: string, context: Context): Promise<void> {
  const { em } = context;
  const consent = await presentConsent(friendId, 'REFERRAL_DISCLOSURE', 'EMAIL', context);
  const friend = await em.findOneOrFail(Patient, friendId);
  const shownName = consent?.decision === 'GIVEN' && !friend.erasedAt ? friend.name : null;
  await em.nativeUpdate(Referral, { friend: friendId }, { shownName });
}

export async function hideOrShowFriend(
  { patientId, purpose }: { patientId: string; purpose: string },
  context: Context,
): Promise<void> {
  if (purpose === 'REFERRAL_DISCLOSURE') await showFriend(patientId, context);
}
