import { LockMode } from '@mikro-orm/postgresql';
import { validate as isId } from 'uuid';
import type { Context } from 'clinic-rapport';
import {
  Appointment,
  Patient,
  presentConsent,
  type AppointmentChange,
  type FurtherPurpose,
  type PatientChange,
} from 'clinic-rapport/schema';
import { judge } from './fraud.ts';
import { dueAfter } from './granting.ts';
import { thanksMail } from './mails.ts';
import { move, Referral } from './referral.ts';
import { publishReferral } from './referral-changed.ts';
import { ReferralsSettings } from './settings.ts';

const prefix = 'referrals.';

/** What a booking or a registration that a referral led to says of itself. */
export const originOf = ({ id }: Referral): string => `${prefix}${id}`;

function idIn(origin: string | null | undefined): string | undefined {
  const id = origin?.startsWith(prefix) ? origin.slice(prefix.length) : '';
  return isId(id) ? id : undefined;
}

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
  const id = idIn(origin);
  if (id === undefined) return;
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
    await showFriend(friendId, context);
    // A code may have been said at the desk: the hour would tell when the friend was there.
    const at = await dueAfter(1, context);
    await context.send(thanksMail, { patientId: advocateId }, { referralId: referral.id }, { at, key: referral.id });
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

/**
 * Whether the advocate may see who came is asked on the form that the friend fills in and confirms by mail. Asked on the page before
 * it, the advocate could tick the box and hand the friend what follows it.
 */
export async function askToBeNamed({ origin }: { origin: string }): Promise<FurtherPurpose | undefined> {
  return idIn(origin) === undefined ? undefined : { purpose: 'REFERRAL_DISCLOSURE', words: disclosure };
}

const disclosure: FurtherPurpose['words'] = {
  'zh-Hant': [
    '邀請我的人可以知道我來過',
    '只會顯示您的姓名，不會顯示日期與看診內容。不勾選也能得到相同的服務，隨時可以撤回。',
  ],
  'zh-Hans': [
    '邀请我的人可以知道我来过',
    '只会显示您的姓名，不会显示日期与就诊内容。不勾选也能得到相同的服务，随时可以撤回。',
  ],
  en: [
    'Who invited me may know that I came',
    'It shows your name, and neither days nor what you came for. You get the same care without it, and can take it back at any time.',
  ],
};

/** Gives the advocates of a friend the friend's name, or takes it from them, as the friend agrees at this moment. */
export async function showFriend(friendId: string, context: Context): Promise<void> {
  const { em } = context;
  const consent = await presentConsent(friendId, 'REFERRAL_DISCLOSURE', 'EMAIL', context);
  const friend = await em.findOneOrFail(Patient, friendId);
  const discloses = consent?.decision === 'GIVEN' && !friend.erasedAt;
  await em.nativeUpdate(Referral, { friend: friendId }, { discloses, shownName: discloses ? friend.name : null });
}

export async function hideOrShowFriend(
  { patientId, purpose }: { patientId: string; purpose: string },
  context: Context,
): Promise<void> {
  if (purpose === 'REFERRAL_DISCLOSURE') await showFriend(patientId, context);
}
