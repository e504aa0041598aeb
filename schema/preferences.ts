import { v7 as newId } from 'uuid';
import { suppressionsOf, unsuppress, type Context } from 'clinic-rapport';
import { assumed, type ConsentDecision, type Purpose } from './consent.ts';
import { giveConsent, withdrawConsent } from './consent-change.ts';
import type { PreferencesOf } from './preferences-link.ts';
import { stopMail } from './stop-mail.ts';
import type { LeavingReason, LeavingWay } from './unsubscribe.ts';

/** What a patient chooses of, in the order of the page. */
export const usualTopics = ['CARE', 'REMINDER', 'MARKETING', 'HEALTH_DATA_MARKETING', 'TRACKING'] as const;
/** Asked for elsewhere, and listed as long as the patient agrees: to withdraw is as easy as to give (GDPR art. 7(3)). */
export const furtherTopics = ['REFERRAL_DISCLOSURE', 'TESTIMONIAL', 'PARTNER_SHARING'] as const;
export const topics = [...usualTopics, ...furtherTopics] as const;
export type Topic = (typeof topics)[number];

export interface Standing {
  readonly chosen: Readonly<Record<Topic, boolean>>;
  /** The mailbox to which the link was sent; undefined once the patient is erased. */
  readonly address: string | undefined;
  /** Its owner wants no mail at all. */
  readonly isStopped: boolean;
}

/** The only patient whose data the bearer of the link sees. */
const patientOf = ({ actor }: Context): string => actor.patientIds[0]!;

/** What the patient gets now: what was chosen last, and what needs no choice. */
export async function standing({ deliveryId }: PreferencesOf, context: Context): Promise<Standing> {
  const { em, clinicId } = context;
  const decisions = await em.execute<{ purpose: Purpose; decision: ConsentDecision }[]>(
    `select distinct on (purpose) purpose, decision from consent
     where clinic_id = ? and patient_id = ? and channel = 'EMAIL' order by purpose, position desc`,
    [clinicId, patientOf(context)],
  );
  const byPurpose = new Map(decisions.map(({ purpose, decision }) => [purpose, decision === 'GIVEN']));
  const chosen = Object.fromEntries(topics.map(topic => [topic, byPurpose.get(topic) ?? assumed.has(topic)]));
  const address = await addressOf(deliveryId, context);
  const stops = address === undefined ? [] : await suppressionsOf([address], context);
  return { chosen: chosen as Standing['chosen'], address, isStopped: stops[0]?.includes('UNSUBSCRIBED') ?? false };
}

async function addressOf(deliveryId: string, { em, clinicId }: Context): Promise<string | undefined> {
  const [row] = await em.execute<{ address: string | null }[]>(
    'select address from delivery where clinic_id = ? and id = ?',
    [clinicId, deliveryId],
  );
  return row?.address ?? undefined;
}

export interface Leaving {
  readonly way: LeavingWay;
  readonly reason?: LeavingReason;
}

/** Withdraws one purpose by the link; a second time changes nothing. */
export async function leave(purpose: Purpose, from: PreferencesOf, leaving: Leaving, context: Context): Promise<void> {
  if ((await lastDecision(purpose, context)) === 'WITHDRAWN') return;
  await withdrawConsent(choiceOf(purpose, context), context);
  await record(purpose, from, leaving, context);
}

/** Gives it again, having been shown a notice where one is needed, with the link as evidence of who did. */
export async function takeUp(purpose: Purpose, noticeVersionId: string | undefined, context: Context): Promise<void> {
  const decision = await lastDecision(purpose, context);
  if (decision === 'GIVEN' || (!decision && assumed.has(purpose))) return;
  await giveConsent({ ...choiceOf(purpose, context), noticeVersionId }, context);
}

/** Stops all mail to the mailbox that the link was sent to, whoever it is of. */
export async function stopAddress(from: PreferencesOf, leaving: Leaving, context: Context): Promise<void> {
  const { address, isStopped } = await standing(from, context);
  if (address === undefined || isStopped) return;
  await stopMail({ address, reason: 'UNSUBSCRIBED', deliveryId: from.deliveryId }, context);
  await record(null, from, leaving, context);
}

export async function restartAddress(from: PreferencesOf, context: Context): Promise<void> {
  const address = await addressOf(from.deliveryId, context);
  if (address !== undefined) await unsuppress({ address, reason: 'UNSUBSCRIBED' }, context);
}

const choiceOf = (purpose: Purpose, context: Context) =>
  ({ patientId: patientOf(context), purpose, channel: 'EMAIL', source: 'MAIL_LINK' }) as const;

/** One after the other, so that a click that comes twice at once is recorded once. */
async function lastDecision(purpose: Purpose, context: Context): Promise<ConsentDecision | undefined> {
  const { em, clinicId } = context;
  const patientId = patientOf(context);
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`preferences ${clinicId} ${patientId}`]);
  const [last] = await em.execute<{ decision: ConsentDecision }[]>(
    `select decision from consent where clinic_id = ? and patient_id = ? and purpose = ? and channel = 'EMAIL'
     order by position desc limit 1`,
    [clinicId, patientId, purpose],
  );
  return last?.decision;
}

async function record(
  purpose: Purpose | null,
  { deliveryId }: PreferencesOf,
  { way, reason }: Leaving,
  context: Context,
): Promise<void> {
  const { em, clinicId, now } = context;
  await em.execute(
    `insert into unsubscribe (clinic_id, id, patient_id, purpose, way, reason, delivery_id, recorded_at)
     values (?, ?, ?, ?, ?, ?, (select id from delivery where clinic_id = ? and id = ?), ?)`,
    [clinicId, newId(), patientOf(context), purpose, way, reason ?? null, clinicId, deliveryId, now.toISOString()],
  );
}
