import { badInput, notFound, RapportError, type Context } from 'clinic-rapport';
import { checkReward, findPatient, packsFor } from 'clinic-rapport/schema';
import { lockBalances } from './balance.ts';
import { LedgerEntry, mostPoints } from './ledger-entry.ts';
import { PointsLot } from './lot.ts';
import { expiryOf } from './open-lots.ts';
import { post } from './posting.ts';
import { settle } from './settling.ts';
import type { LedgerEntryKind } from './words.ts';

export interface Award {
  readonly patientId: string;
  /** Whole, 1 to 1,000,000,000. */
  readonly points: number;
  /** Of what they are for, over all plugins, as `referrals.reward:<id>`: a second award with it gives nothing. */
  readonly key: string;
  /** For the patient's statement, a code that begins with a plugin's name: `referrals.reward`. */
  readonly reason: string;
  /** They cannot be spent until `releasePoints`; they can be at once if not given. */
  readonly pending?: boolean;
  /** Pending ones are released when this visit is completed, and all of them taken back when it is cancelled. */
  readonly visitId?: string | null;
}

/**
 * Gives points to a patient, once for one key: a second call answers the entry of the first. What the patient owes is made up
 * for first. Throws BAD_USER_INPUT for another number of points, NOT_FOUND for an unknown patient, CONFLICT for one whose
 * record was erased or merged, and COMPLIANCE_BLOCKED where the law that counts for the patient forbids points.
 */
export async function awardPoints(award: Award, context: Context): Promise<LedgerEntry> {
  const { patientId, points } = award;
  wholePoints(points, 'points');
  await findPatient(patientId, context);
  await refuseForbidden(patientId, context);
  return give({ ...award, kind: 'EARN', expiresOn: award.pending ? null : await expiryOf(context) }, context);
}

/** Pending points can be spent from now on. Done again it changes nothing. Throws NOT_FOUND for an unknown key. */
export async function releasePoints(key: string, context: Context): Promise<void> {
  const lot = await lockLot(key, context);
  if (lot.pending === 0) return;
  const patientId = lot.patient.id;
  lot.expiresOn = await expiryOf(context);
  await context.em.flush();
  const { reason } = await firstEntry(lot.id, context);
  const line = { patientId, lotId: lot.id, kind: 'RELEASE', points: lot.pending, reason } as const;
  await post([{ ...line, from: 'PENDING', to: 'AVAILABLE' }], context);
  await settle(patientId, context);
}

interface Gift extends Award {
  readonly kind: LedgerEntryKind;
  readonly expiresOn: string | null;
  readonly note?: string | null;
}

/** Makes a lot, or finds the one that was made of the key before. */
export async function give(gift: Gift, context: Context): Promise<LedgerEntry> {
  const { patientId, points, key, kind, pending = false, visitId, expiresOn, reason, note } = gift;
  await lockBalances([patientId], context);
  const known = await context.em.findOne(PointsLot, { key });
  if (known) return firstEntry(known.id, context);
  const lot = context.em.create(PointsLot, { patient: patientId, key, points, expiresOn, visit: visitId });
  await context.em.flush();
  const line = { patientId, lotId: lot.id, kind, points, reason, note };
  await post([{ ...line, from: 'ISSUED', to: pending ? 'PENDING' : 'AVAILABLE' }], context);
  await settle(patientId, context);
  return firstEntry(lot.id, context);
}

/** As it is now, and nobody else posts of its patient until the transaction ends. */
export async function lockLot(key: string, context: Context): Promise<PointsLot> {
  const { em } = context;
  const found = await em.findOne(PointsLot, { key });
  if (!found) throw notFound('What these points were given for');
  await lockBalances([found.patient.id], context);
  return em.findOneOrFail(PointsLot, found.id, { refresh: true });
}

const firstEntry = (lotId: string, { em }: Context): Promise<LedgerEntry> =>
  em.findOneOrFail(LedgerEntry, { lot: lotId, from: 'ISSUED' }, { orderBy: { id: 'asc' } });

export function wholePoints(points: number, field: string, least = 1): void {
  if (Number.isInteger(points) && points >= least && points <= mostPoints) return;
  throw badInput(field, `\`${field}\` must be a whole number from ${least} to ${mostPoints}.`);
}

async function refuseForbidden(patientId: string, context: Context): Promise<void> {
  const { verdict, findings } = checkReward({ kind: 'POINTS', announced: false }, await packsFor(patientId, context));
  if (verdict !== 'BLOCK') return;
  const { id, citation, words } = findings[0]!.rule;
  throw new RapportError('COMPLIANCE_BLOCKED', `No points for this patient: ${words.en} (${id}: ${citation})`);
}
