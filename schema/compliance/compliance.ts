import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import {
  badInput,
  definePermission,
  Idempotent,
  type Context,
  type Locale,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import { Language } from '../localized-text.ts';
import { approvalOf, approve, checkFor, ComplianceApproval, ComplianceApprovalList } from './approval.ts';
import { checkReward, type Content, type Finding } from './check.ts';
import type { CompliancePack, PackId, RewardKind as Reward, Rule, Verdict } from './pack.ts';
import { packs } from './packs.ts';
import { packsFor } from './packs-for.ts';
import { CompliancePackId, ComplianceVerdict, ContentKind, RewardKind } from './words.ts';

export const complianceCheck = definePermission('compliance.check', 'Ask what the law says of a text or an offer', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
]);
export const complianceApprove = definePermission(
  'compliance.approve',
  'Approve texts of which the law asks that somebody looks at them',
  ['owner'],
);

@ObjectType({ description: 'A rule of the law, as data.' })
export class ComplianceRule {
  @Field(() => String, { description: 'Id, which begins with the pack: `tw.gift`.' })
  id: string;

  @Field(() => ComplianceVerdict, { description: 'What becomes of what breaks it.' })
  severity: Verdict;

  @Field(() => String, { description: 'Statute, notice or decision.' })
  citation: string;

  @Field(() => String, { nullable: true, description: 'Since which day it is in force, where that is known.' })
  since: string | null;

  @Field(() => String, { description: 'What it asks, in the language that was asked for.' })
  words: string;
}

@ObjectType({ description: 'The rules of one jurisdiction. Design input, not legal advice.' })
export class CompliancePackInfo {
  @Field(() => CompliancePackId, { description: 'Whose law.' })
  id: PackId;

  @Field(() => String, { description: 'Goes up with each change of a rule.' })
  version: string;

  @Field(() => [String], { description: 'ISO 3166-1 codes of the countries for whose residents it counts.' })
  countries: readonly string[];

  @Field(() => String, { description: 'From when in the evening on nothing that can wait is sent: `21:00`.' })
  quietFrom: string;

  @Field(() => String, { description: 'Until when in the morning: `08:00`.' })
  quietTo: string;

  @Field(() => Int, { description: 'The most marketing mails to one patient in seven days.' })
  mailsPerWeek: number;

  @Field(() => [ComplianceRule], { description: 'The rules of texts, rewards and answers to reviews.' })
  rules: ComplianceRule[];
}

@ObjectType({ description: 'A rule that something broke.' })
export class ComplianceFinding {
  @Field(() => ComplianceRule, { description: 'The rule.' })
  rule: ComplianceRule;

  @Field(() => String, { nullable: true, description: 'The words in question, in normal form; null for a reward.' })
  excerpt: string | null;
}

@ObjectType({ description: 'What the law says of a text or an offer.' })
export class ComplianceCheck {
  @Field(() => ComplianceVerdict, { description: 'The strictest of what was found.' })
  verdict: Verdict;

  @Field(() => [ComplianceFinding], { description: 'The rules that were broken, the strictest first.' })
  findings: ComplianceFinding[];

  @Field(() => [CompliancePackId], { description: 'Whose law was asked.' })
  packs: PackId[];

  @Field(() => ComplianceApproval, {
    nullable: true,
    description: 'The approval of exactly this text, if there is one.',
  })
  approval: ComplianceApproval | null;
}

@InputType({ description: 'A text or a reward; exactly one of `text` and `reward` is given.' })
export class ComplianceCheckInput {
  @Field(() => String, { nullable: true, description: 'The text, at most 10,000 characters.' })
  text?: string | null;

  @Field(() => ContentKind, { defaultValue: 'TEXT', description: 'What the text is for.' })
  kind: Content['kind'];

  @Field(() => RewardKind, { nullable: true, description: 'What a reward gives.' })
  reward?: Reward | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether the public is told of the reward.' })
  announced: boolean;

  @Field(() => ID, { nullable: true, description: 'For whom it is: the law of the residence counts too.' })
  patientId?: string | null;

  @Field(() => Language, { nullable: true, description: 'Language of the rules’ words; English if not given.' })
  language?: Locale | null;
}

@InputType({ description: 'A text to approve.' })
export class ApproveContentInput {
  @Field(() => String, { description: 'The text, to the letter, at most 10,000 characters.' })
  text: string;

  @Field(() => ContentKind, { defaultValue: 'TEXT', description: 'What it is for.' })
  kind: Content['kind'];

  @Field(() => String, { description: 'Why, 1 to 1,000 characters.' })
  reason: string;

  @Field(() => ID, {
    nullable: true,
    description: 'For whom, as in `complianceCheck`: approves it also by the law of where this patient lives.',
  })
  patientId?: string | null;
}

@Resolver()
export class ComplianceResolver {
  @Authorized(complianceCheck)
  @Query(() => [CompliancePackInfo], { description: 'The packs of rules that there are; five.' })
  compliancePacks(
    @Arg('language', () => Language, { nullable: true, description: 'Of the rules’ words; English if not given.' })
    language?: Locale | null,
  ): CompliancePackInfo[] {
    return Object.values(packs).map(pack => infoOf(pack, language ?? 'en'));
  }

  @Authorized(complianceCheck)
  @Query(() => ComplianceCheck, { description: 'What the law says of a text or a reward, by the clinic’s pack.' })
  async complianceCheck(
    @Arg('input', () => ComplianceCheckInput, { description: 'What is asked about.' }) input: ComplianceCheckInput,
    @Ctx() context: Context,
  ): Promise<ComplianceCheck> {
    const { text, kind, reward, announced, patientId, language } = input;
    if ((text == null) === (reward == null)) throw badInput('input', 'Give exactly one of `text` and `reward`.');
    const toldIn = (findings: readonly Finding[]): ComplianceFinding[] =>
      findings.map(({ rule, excerpt = null }) => ({ rule: ruleOf(rule, language ?? 'en'), excerpt }));
    if (reward != null) {
      const asked = await packsFor(patientId, context);
      const { verdict, findings } = checkReward({ kind: reward, announced }, asked);
      return { verdict, findings: toldIn(findings), packs: asked.map(({ id }) => id), approval: null };
    }
    const content = { kind, text: text! };
    const checked = await checkFor(content, patientId, context);
    const approval = checked.verdict === 'APPROVE' ? await approvalOf(content, checked, context) : undefined;
    const { verdict, findings } = checked;
    return {
      verdict,
      findings: toldIn(findings),
      packs: checked.packs.map(({ id }) => id),
      approval: approval ?? null,
    };
  }

  @Authorized(complianceApprove)
  @Query(() => ComplianceApprovalList.Connection, { description: 'What was approved and by whom, the latest first.' })
  complianceApprovals(
    @Args(() => ComplianceApprovalList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<ComplianceApproval>> {
    return read.page(ComplianceApprovalList, info, page);
  }

  @Authorized(complianceApprove)
  @Idempotent()
  @Mutation(() => ComplianceApproval, {
    description:
      'Approves a text in the name of the acting user. COMPLIANCE_BLOCKED for one that must not be said at all, CONFLICT where no approval is needed.',
  })
  approveContent(
    @Arg('input', () => ApproveContentInput, { description: 'The text, and why.' }) input: ApproveContentInput,
    @Ctx() context: Context,
  ): Promise<ComplianceApproval> {
    return approve({ kind: input.kind, text: input.text }, input.reason, context, input.patientId);
  }
}

const ruleOf = ({ id, severity, citation, since = '', words }: Rule, language: Locale): ComplianceRule => ({
  id,
  severity,
  citation,
  since: since || null,
  words: words[language],
});

function infoOf(pack: CompliancePack, language: Locale): CompliancePackInfo {
  const { id, version, countries, quietHours, frequencyCap, contentRules, rewardRules, reviewRules } = pack;
  return {
    id,
    version,
    countries,
    quietFrom: quietHours.from,
    quietTo: quietHours.to,
    mailsPerWeek: Math.floor((frequencyCap.mails * 7) / frequencyCap.days),
    rules: [...contentRules, ...rewardRules, ...reviewRules].map(rule => ruleOf(rule, language)),
  };
}
