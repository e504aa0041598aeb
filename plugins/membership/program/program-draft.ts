import { validate as isId } from 'uuid';
import { badInput, type Context } from 'clinic-rapport';
import { approvedOrThrow, Service, type Localized, type LocalizedTextInput } from 'clinic-rapport/schema';
import { opens, type TierRules } from './condition.ts';
import {
  mostConditions,
  mostTiers,
  type MembershipProgramInput,
  type TierInput,
  type TierRulesInput,
} from './program-input.ts';
import { readCondition } from './condition-input.ts';
import type { TierDescent } from './words.ts';

const mostMinorUnits = 1_000_000_000;

export interface TierDraft extends TierRules {
  readonly code: string;
  readonly name: Localized;
  readonly benefits: Localized | null;
  readonly yearlyValue: number;
}

/** A programme that makes sense, and that nobody has written down yet. */
export interface ProgramDraft {
  readonly name: Localized;
  readonly graceDays: number;
  readonly descent: TierDescent;
  readonly needsVerifiedAddress: boolean;
  readonly tiers: readonly TierDraft[];
}

/**
 * Throws BAD_USER_INPUT, with the field, for rules that are empty, impossible or contradict one another, and
 * COMPLIANCE_BLOCKED for words that the law forbids.
 */
export async function readProgram(input: MembershipProgramInput, at: string, context: Context): Promise<ProgramDraft> {
  const { graceDays, descent, needsVerifiedAddress, tiers } = input;
  between(graceDays, 0, 730, `${at}.graceDays`);
  between(tiers.length, 1, mostTiers, `${at}.tiers`, 'tiers');
  const draft = {
    ...{ name: words(input.name, `${at}.name`, 60), graceDays, descent, needsVerifiedAddress },
    tiers: tiers.map((tier, index) => readTier(tier, index, `${at}.tiers.${index}`)),
  };
  refuseTwins(draft.tiers, at);
  refuseEasier(draft.tiers, at);
  await refuseUnknownServices(draft.tiers, at, context);
  await refuseForbiddenWords(draft, context);
  return draft;
}

function readTier({ code, name, benefits, yearlyValue, rules }: TierInput, rank: number, at: string): TierDraft {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(code)) {
    throw badInput(`${at}.code`, 'A code has 1 to 40 small letters, digits and hyphens, and begins with a letter.');
  }
  between(yearlyValue, 0, mostMinorUnits, `${at}.yearlyValue`);
  return {
    ...{ code, name: words(name, `${at}.name`, 60), yearlyValue },
    benefits: benefits ? words(benefits, `${at}.benefits`, 1_000) : null,
    ...(rank === 0 ? openRules(rules, at) : readRules(rules, `${at}.rules`)),
  };
}

function openRules(rules: TierRulesInput | null | undefined, at: string): TierRules {
  if (!rules) return { combination: 'ALL', conditions: [] };
  throw badInput(`${at}.rules`, 'The lowest tier is open to every registered patient, and has no rules.');
}

function readRules(rules: TierRulesInput | null | undefined, at: string): TierRules {
  const { any, all } = rules ?? {};
  if (any && all) throw badInput(at, 'Rules are either `any` or `all`, not both.');
  const conditions = any ?? all ?? [];
  const combination = any ? 'ANY' : 'ALL';
  const path = `${at}.${any ? 'any' : 'all'}`;
  if (conditions.length === 0)
    throw badInput(at, 'A tier above the lowest needs a condition, or everybody would have it.');
  between(conditions.length, 1, mostConditions, path, 'conditions');
  return {
    combination,
    conditions: conditions.map((condition, index) => readCondition(condition, `${path}.${index}`)),
  };
}

function refuseTwins(tiers: readonly TierDraft[], at: string): void {
  const twin = tiers.findIndex(({ code }, index) => tiers.findIndex(tier => tier.code === code) < index);
  if (twin >= 0) throw badInput(`${at}.tiers.${twin}.code`, `Two tiers are called '${tiers[twin]!.code}'.`);
}

/** Who comes into a lower tier must not be in a higher one by the same: it would be a tier that nobody has. */
function refuseEasier(tiers: readonly TierDraft[], at: string): void {
  for (const [index, higher] of tiers.entries()) {
    const lower = tiers.slice(1, index).find(tier => index > 1 && opens(tier, higher));
    if (lower) {
      throw badInput(
        `${at}.tiers.${index}.rules`,
        `What is enough for '${lower.code}' is enough for '${higher.code}' too: a higher tier must ask for more.`,
      );
    }
  }
}

async function refuseUnknownServices(tiers: readonly TierDraft[], at: string, { em }: Context): Promise<void> {
  const asked = [...new Set(tiers.flatMap(({ conditions }) => conditions.flatMap(({ services }) => services)))];
  const known = await em.find(Service, { id: { $in: asked.filter(id => isId(id)) } }, { fields: ['id'] });
  const unknown = asked.find(id => !known.some(service => service.id === id));
  if (unknown === undefined) return;
  const index = tiers.findIndex(({ conditions }) => conditions.some(({ services }) => services.includes(unknown)));
  throw badInput(`${at}.tiers.${index}.rules`, `There is no service '${unknown}'.`);
}

async function refuseForbiddenWords({ name, tiers }: ProgramDraft, context: Context): Promise<void> {
  for (const text of [name, ...tiers.flatMap(tier => [tier.name, tier.benefits])]) {
    for (const one of new Set(Object.values(text ?? {}))) {
      await approvedOrThrow({ kind: 'TEXT', text: one }, context);
    }
  }
}

function words({ zhHant, zhHans, en }: LocalizedTextInput, field: string, longest: number): Localized {
  const one = (text: string, name: string): string => {
    const normal = text.normalize('NFC');
    if (normal.trim() !== '' && [...normal].length <= longest) return normal;
    throw badInput(`${field}.${name}`, `\`${field}.${name}\` must have 1 to ${longest} characters.`);
  };
  return { 'zh-Hant': one(zhHant, 'zhHant'), 'zh-Hans': one(zhHans, 'zhHans'), en: one(en, 'en') };
}

export function between(value: number, least: number, most: number, field: string, what = ''): void {
  if (value >= least && value <= most) return;
  throw badInput(field, `\`${field}\` must be ${least} to ${most}${what && ` ${what}`}.`);
}
