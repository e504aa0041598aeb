import { normalText } from './normal-text.ts';
import { verdicts, type CompliancePack, type ContentKind, type RewardKind, type Rule, type Verdict } from './pack.ts';

/** A rule that something broke, and where. */
export interface Finding {
  readonly rule: Rule;
  /** The words in question with some of those around them, in normal form; undefined for a reward. */
  readonly excerpt?: string;
}

export interface Checked {
  readonly verdict: Verdict;
  /** One for each rule that was broken, the strictest first. */
  readonly findings: readonly Finding[];
}

export interface Content {
  readonly text: string;
  readonly kind: ContentKind;
}

export interface RewardOffer {
  readonly kind: RewardKind;
  /** Whether the public is told of it. */
  readonly announced: boolean;
}

const around = 12;

/** What the rules of all these packs say of a text; the strictest counts. */
export function checkContent({ text, kind }: Content, packs: readonly CompliancePack[]): Checked {
  const normal = normalText(text);
  const findings = packs.flatMap(({ contentRules }) =>
    contentRules.flatMap((rule): Finding[] => {
      if (rule.kinds && !rule.kinds.includes(kind)) return [];
      const searched = rule.except ? normal.replace(rule.except, harmless => '\u0000'.repeat(harmless.length)) : normal;
      const found = rule.pattern.exec(searched);
      return found ? [{ rule, excerpt: excerptOf(normal, found.index, found[0].length) }] : [];
    }),
  );
  return strictestOf(findings);
}

/** What the rules of all these packs say of a reward; the strictest counts. */
export const checkReward = ({ kind, announced }: RewardOffer, packs: readonly CompliancePack[]): Checked =>
  strictestOf(
    packs.flatMap(({ rewardRules }) =>
      rewardRules
        .filter(rule => rule.kinds.includes(kind) && (rule.announced ?? announced) === announced)
        .map(rule => ({ rule })),
    ),
  );

const rank = ({ rule }: Finding): number => verdicts.indexOf(rule.severity);

function strictestOf(findings: readonly Finding[]): Checked {
  // A rule that two packs share is broken once.
  const once = [...new Map(findings.map(finding => [finding.rule.id, finding])).values()];
  const sorted = once.toSorted((a, b) => rank(b) - rank(a));
  return { verdict: sorted[0]?.rule.severity ?? 'PASS', findings: sorted };
}

function excerptOf(text: string, at: number, length: number): string {
  const from = Math.max(0, at - around);
  const to = Math.min(text.length, at + length + around);
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`.toWellFormed();
}
