import { RapportError, type Context } from 'clinic-rapport';
import {
  approvedOrThrow,
  checkContent,
  checkReward,
  packsFor,
  type Finding,
  type RewardOffer,
} from 'clinic-rapport/schema';
import type { MembershipReward } from './reward.ts';

/** What the law that counts says of a reward that it does not forbid. */
export interface Verdict {
  /** The rules that ask for an approval, with the version of their pack. */
  readonly toApprove: string[];
  readonly warnings: string[];
}

/** Throws COMPLIANCE_BLOCKED, with the rule and its citation, where the law of the clinic or of the patient forbids it. */
export async function verdictOn(offer: RewardOffer, context: Context, patientId?: string): Promise<Verdict> {
  const packs = await packsFor(patientId, context);
  const found = packs.flatMap(pack =>
    checkReward(offer, [pack]).findings.map(finding => ({ ...finding, version: pack.version })),
  );
  const forbidden = found.find(({ rule }) => rule.severity === 'BLOCK');
  if (forbidden) throw blocked(forbidden, 'must not be given');
  return {
    toApprove: found
      .filter(({ rule }) => rule.severity === 'APPROVE')
      .map(({ rule, version }) => `${rule.id} ${version}`),
    warnings: [...new Set(found.map(({ rule }) => `${rule.id}: ${rule.citation}`))],
  };
}

/** The same of one that is there, for a patient who is to get it: an approval of other rules, or of older ones, is none. */
export async function approvedFor(reward: MembershipReward, patientId: string, context: Context): Promise<void> {
  const { toApprove } = await verdictOn(reward, context, patientId);
  const missing = toApprove.find(rule => !reward.approvedRules.includes(rule));
  if (missing) throw new RapportError('COMPLIANCE_BLOCKED', `This reward needs an approval first (${missing}).`);
}

/** A reward, or what else is given, with the rules in spite of which it was approved. */
export interface Offered extends RewardOffer {
  readonly approvedRules: readonly string[];
}

/** Whether the law of now, of the clinic and of the patient, lets it be given: an approval of other rules, or of older ones, is none. */
export async function isAllowed(
  { approvedRules, ...offer }: Offered,
  context: Context,
  patientId?: string,
): Promise<boolean> {
  try {
    const { toApprove } = await verdictOn(offer, context, patientId);
    return toApprove.every(rule => approvedRules.includes(rule));
  } catch (error) {
    if (error instanceof RapportError && error.code === 'COMPLIANCE_BLOCKED') return false;
    throw error;
  }
}

/** Ids of those of which who acts for these patients may be told: what was allowed as it was defined may be forbidden now. */
export async function toldTo(
  patientIds: readonly string[],
  offers: readonly (Offered & { readonly id: string; readonly name: MembershipReward['name'] })[],
  context: Context,
): Promise<string[]> {
  const ids: string[] = [];
  for (const { id, name, kind, announced, approvedRules } of offers) {
    let isTold = true;
    for (const patientId of patientIds.length > 0 ? patientIds : [undefined]) {
      isTold &&= await isAllowed({ kind, announced, approvedRules }, context, patientId);
      isTold &&= !(await isForbidden(Object.values(name), patientId, context));
    }
    if (isTold) ids.push(id);
  }
  return ids;
}

/** What was allowed when the clinic wrote it may be forbidden where this patient lives. */
export async function isForbidden(
  words: readonly (string | undefined)[],
  patientId: string | undefined,
  context: Context,
): Promise<boolean> {
  const text = words.join('\n');
  return checkContent({ kind: 'TEXT', text }, await packsFor(patientId, context)).verdict === 'BLOCK';
}

/** The name in every language, as the public reads it. Throws COMPLIANCE_BLOCKED. */
export async function checkName(name: MembershipReward['name'], context: Context): Promise<void> {
  for (const text of Object.values(name)) await approvedOrThrow({ kind: 'TEXT', text }, context);
}

const blocked = ({ rule }: Finding, what: string): RapportError =>
  new RapportError(
    'COMPLIANCE_BLOCKED',
    `A reward of this kind ${what}: ${rule.words.en} (${rule.id}: ${rule.citation})`,
    {
      field: 'input.kind',
    },
  );
