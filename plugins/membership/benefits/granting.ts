import { badInput, RapportError, type Context } from 'clinic-rapport';
import { findPatient, type Localized } from 'clinic-rapport/schema';
import { checkName, verdictOn } from '../points/reward-rules.ts';
import { today } from '../points/open-lots.ts';
import { these } from '../program/rules-sql.ts';
import { MembershipGrantedBenefit } from './granted-benefit.ts';
import { checkNumbers } from './benefit-input.ts';
import { alignTasks, dropTasks } from './tasks.ts';
import { rewardKindOf, type BenefitKind } from './words.ts';

const longestKey = 200;

/** What another plugin gives a patient, beside what the tier does. */
export interface Grant {
  readonly patientId: string;
  readonly kind: BenefitKind;
  readonly name: Localized;
  /** How often it can be used, 1 to 1,000. */
  readonly quota: number;
  /** The last day, `2026-12-31`; null for ever. */
  readonly validUntil: string | null;
  /** Of what it is given for, over all plugins, as `reviews.thanks:<id>`: a second grant with it is the first one. */
  readonly key: string;
  /** What gives it, as a code: `reviews.thanks`. */
  readonly source: string;
}

/**
 * Gives a patient a benefit, once for one key. Throws BAD_USER_INPUT, NOT_FOUND for an unknown patient, CONFLICT for one whose
 * record was erased or merged, and COMPLIANCE_BLOCKED for what the law of the clinic or of the patient forbids, or asks an
 * approval for: such a benefit is one of a tier, where it can be approved.
 */
export async function grantBenefit(grant: Grant, context: Context): Promise<MembershipGrantedBenefit> {
  const { patientId, kind, name, quota, validUntil, key, source } = grant;
  if (key === '' || key.length > longestKey) throw badInput('key', `A key has 1 to ${longestKey} characters.`);
  checkNumbers({ quota });
  const { em, clinicId, now } = context;
  const known = await em.findOne(MembershipGrantedBenefit, { key }, { refresh: true });
  if (known) return known;
  await findPatient(patientId, context);
  if (validUntil !== null && validUntil < (await today(context))) throw badInput('validUntil', 'This day is over.');
  await checkLaw(grant, context);
  await em.flush();
  await em.execute(
    `insert into membership_granted_benefit (clinic_id, id, patient_id, name, kind, quota, valid_until, state, key, source,
       granted_at) values (?, gen_random_uuid(), ?, ?::jsonb, ?, ?, ?::date, 'OPEN', ?, ?, ?)
     on conflict (clinic_id, key) do nothing`,
    [clinicId, patientId, JSON.stringify(name), kind, quota, validUntil, key, source, now.toISOString()],
  );
  if (kind === 'STAFF_CALL') await alignTasks(these([patientId]), context);
  return em.findOneOrFail(MembershipGrantedBenefit, { key }, { refresh: true });
}

async function checkLaw({ patientId, kind, name }: Grant, context: Context): Promise<void> {
  const { toApprove } = await verdictOn({ kind: rewardKindOf[kind], announced: false }, context, patientId);
  if (toApprove[0]) throw new RapportError('COMPLIANCE_BLOCKED', `This benefit needs an approval (${toApprove[0]}).`);
  await checkName(name, context);
}

/** What it was given for was undone: what is left of it is gone. What was used stays used; an unknown key changes nothing. */
export async function revokeBenefit(key: string, context: Context): Promise<void> {
  const { em, clinicId, now } = context;
  await em.flush();
  const revoked = await em.execute<{ patientId: string }[]>(
    `update membership_granted_benefit set state = 'REVOKED', ended_at = ?
     where clinic_id = ? and key = ? and state = 'OPEN' returning patient_id as "patientId"`,
    [now.toISOString(), clinicId, key],
  );
  if (revoked[0]) await dropTasks(these([revoked[0].patientId]), context);
}
