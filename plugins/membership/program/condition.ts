import type { Engagement, TierCombination, TierConditionKind } from './words.ts';

/** One condition of a tier, as it is stored. Lists are empty where the kind has none. */
export interface TierCondition {
  readonly kind: TierConditionKind;
  /** Minor units, times or days, by the kind. */
  readonly atLeast: number;
  /** How many days back it counts, today included; null for ever. */
  readonly days: number | null;
  readonly engagements: readonly Engagement[];
  /** Ids. */
  readonly services: readonly string[];
  /** Of procedures, in the clinic's own system. */
  readonly procedures: readonly string[];
}

/** What must hold of a member of a tier; of nobody anything where there are no conditions. */
export interface TierRules {
  readonly combination: TierCombination;
  readonly conditions: readonly TierCondition[];
}

/** Whether whoever fulfils the one fulfils the other too. */
export function implies(one: TierCondition, other: TierCondition): boolean {
  const isWithin = (a: readonly string[], b: readonly string[]) => a.every(each => b.includes(each));
  return (
    one.kind === other.kind &&
    one.atLeast >= other.atLeast &&
    (other.days === null || (one.days !== null && one.days <= other.days)) &&
    isWithin(one.engagements, other.engagements) &&
    isWithin(one.services, other.services) &&
    isWithin(one.procedures, other.procedures)
  );
}

/** The ways to fulfil rules: each is enough, and is a list of conditions that all must hold. */
const waysOf = ({ combination, conditions }: TierRules): (readonly TierCondition[])[] =>
  combination === 'ALL' ? [conditions] : conditions.map(condition => [condition]);

/** Whether there is a way to fulfil the one that is enough for the other: so the lower tier would be as hard as the higher. */
export const opens = (lower: TierRules, higher: TierRules): boolean =>
  waysOf(lower).some(way =>
    waysOf(higher).some(above => above.every(condition => way.some(given => implies(given, condition)))),
  );
