import { randomInt } from 'node:crypto';
import { LockMode } from '@mikro-orm/postgresql';
import { DateTime } from 'luxon';
import { conflict, notFound, type Context } from 'clinic-rapport';
import { findPatient } from 'clinic-rapport/schema';
import { lockBalances } from './balance.ts';
import { expireDue } from './expiry.ts';
import { LedgerEntry } from './ledger-entry.ts';
import { today } from './open-lots.ts';
import { post, type Line } from './posting.ts';
import { MembershipRedemption } from './redemption.ts';
import { rewardReadyMail } from './reward-ready-mail.ts';
import { approvedFor } from './reward-rules.ts';
import { findReward, isId, type MembershipReward } from './reward.ts';
import { settle } from './settling.ts';
import { spend } from './spending.ts';

/** Without those that look or sound like another one. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const codeLength = 8;

/**
 * Spends points of a patient on a reward, and tells the patient the code for it. Throws NOT_FOUND, COMPLIANCE_BLOCKED, and
 * CONFLICT where there is none left or the points do not suffice; nothing is written then.
 */
export async function redeem(
  { rewardId, patientId }: { rewardId: string; patientId: string },
  context: Context,
): Promise<MembershipRedemption> {
  const { em, now } = context;
  const patient = await findPatient(patientId, context);
  const reward = await findReward(rewardId, context);
  await approvedFor(reward, patientId, context);
  await lockBalances([patientId], context);
  await takeFromStock(reward, context);
  const { points, validDays } = reward;
  const [first] = await spend(
    { patientId, points, kind: 'REDEEM', to: 'REDEEMED', reason: 'membership.redeemed' },
    context,
  );
  const { postingId } = await em.findOneOrFail(LedgerEntry, first!);
  const redemption = em.create(MembershipRedemption, {
    ...{ patient, reward, points, code: newCode(), state: 'OPEN', postingId, redeemedAt: now },
    validUntil: validDays == null ? null : after(await today(context), validDays),
  });
  await em.flush();
  await context.send(rewardReadyMail, { patientId }, { redemptionId: redemption.id }, { key: redemption.id });
  return redemption;
}

/** The patient gets the reward. Throws NOT_FOUND for a code of none, CONFLICT for one that is not open, or is over. */
export async function use(code: string, context: Context): Promise<MembershipRedemption> {
  const redemption = await open({ code: code.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase() }, context);
  if (redemption.validUntil != null && redemption.validUntil < (await today(context))) {
    throw conflict(`The reward could be fetched until ${redemption.validUntil}.`);
  }
  context.em.assign(redemption, { state: 'USED', endedAt: context.now });
  return redemption;
}

/** Calls it off: the points go back to the lots that they came from, and expire when these do. Throws as `use` does. */
export async function cancel(id: string, note: string, context: Context): Promise<MembershipRedemption> {
  const { em, now } = context;
  const redemption = await open({ id: isId(id) ? id : null }, context);
  const patientId = redemption.patient.id;
  await lockBalances([patientId], context);
  const spent = await em.find(LedgerEntry, { postingId: redemption.postingId, kind: 'REDEEM' });
  const line = { patientId, kind: 'RETURN', from: 'REDEEMED', to: 'AVAILABLE', reason: 'membership.redeemed' } as const;
  await post(
    spent.map(({ lot, points }): Line => ({ ...line, lotId: lot.id, points, note })),
    context,
  );
  await expireDue([patientId], context);
  await settle(patientId, context);
  await em.execute('update membership_reward set stock = stock + 1 where clinic_id = ? and id = ?', [
    context.clinicId,
    redemption.reward.id,
  ]);
  em.assign(redemption, { state: 'CANCELLED', endedAt: now });
  return redemption;
}

/** Of several who want the last one, one gets it. */
async function takeFromStock({ id }: MembershipReward, { em, clinicId }: Context): Promise<void> {
  const taken = await em.execute<unknown[]>(
    `update membership_reward set stock = stock - 1
     where clinic_id = ? and id = ? and active and not needs_approval and (stock is null or stock > 0) returning 1`,
    [clinicId, id],
  );
  if (taken.length === 0) throw conflict('This reward cannot be redeemed any more.');
}

async function open(which: { id: string | null } | { code: string }, { em }: Context): Promise<MembershipRedemption> {
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
  const redemption = await em.findOne(MembershipRedemption, which as { id: string }, options);
  if (!redemption) throw notFound('This redemption');
  if (redemption.state !== 'OPEN')
    throw conflict(`A redemption that is ${redemption.state} cannot be changed any more.`);
  return redemption;
}

const newCode = (): string => Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('');
const after = (day: string, days: number): string => DateTime.fromISO(day).plus({ days }).toISODate()!;
