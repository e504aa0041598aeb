import { createHash } from 'node:crypto';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, badInput, conflict, DateTime, listOf, RapportError, type Context } from 'clinic-rapport';
import { requiredText } from '../text.ts';
import { checkContent, type Checked, type Content } from './check.ts';
import type { CompliancePack } from './pack.ts';
import { packsFor } from './packs-for.ts';
import { ContentKind } from './words.ts';

export const longestContent = 50_000;

/** Append only: an approval is of one text, under the rules of that day. */
@ObjectType({ description: 'That a user has approved a text of which the law asks that somebody looks at it.' })
@Entity({ tableName: 'compliance_approval' })
export class ComplianceApproval {
  @Field(() => ID, { description: 'Id of the approval.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => ContentKind, { description: 'What the text is for.' })
  @Property({ type: 'text' })
  kind: Content['kind'];

  @Field(() => String, { description: 'The text, to the letter: another one needs an approval of its own.' })
  @Property({ type: 'text' })
  content: string;

  @Property({ type: 'text' })
  contentHash: string;

  @Field(() => [String], { description: 'The rules in spite of which it was approved: `tw.testimonial`.' })
  @Property({ type: 'array', columnType: 'text[]' })
  rules: string[];

  @Field(() => [String], { description: 'The packs and their versions: `tw 2026.1`.' })
  @Property({ type: 'array', columnType: 'text[]' })
  packs: string[];

  @Field(() => String, { description: 'Why it was approved.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => ID, { description: 'Id of the user who approved it.' })
  @Property({ type: 'uuid' })
  approvedBy: string;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  approvedAt: Date;
}

export const ComplianceApprovalList = listOf(() => ComplianceApproval, {
  name: 'ComplianceApproval',
  filter: { kind: anyOf(ContentKind) },
  defaultOrder: { id: 'desc' },
});

const hashOf = ({ kind, text }: Content): string => createHash('sha256').update(`${kind}\n${text}`).digest('hex');
const versionsOf = (packs: readonly CompliancePack[]): string[] => packs.map(({ id, version }) => `${id} ${version}`);

/** What the clinic's packs, and that of the patient's residence, say of a text. Throws BAD_USER_INPUT for one that is too long. */
export async function checkFor(
  content: Content,
  patientId: string | null | undefined,
  context: Context,
): Promise<Checked & { readonly packs: readonly CompliancePack[] }> {
  if (content.text.length > longestContent)
    throw badInput('input.text', `A text that is checked has at most ${longestContent} characters.`);
  const packs = await packsFor(patientId, context);
  return { ...checkContent(content, packs), packs };
}

/**
 * The approval of exactly this text that covers what was found, under these versions of the packs that found it; undefined without
 * one.
 */
export async function approvalOf(
  content: Content,
  { findings, packs }: Awaited<ReturnType<typeof checkFor>>,
  { em }: Context,
): Promise<ComplianceApproval | undefined> {
  const needed = findings.filter(({ rule }) => rule.severity === 'APPROVE').map(({ rule }) => rule.id);
  const versions = versionsOf(packs.filter(pack => pack.contentRules.some(({ id }) => needed.includes(id))));
  const approvals = await em.find(
    ComplianceApproval,
    { contentHash: hashOf(content) },
    { orderBy: { id: 'desc' }, limit: 20 },
  );
  return approvals.find(
    approval =>
      needed.every(rule => approval.rules.includes(rule)) &&
      versions.every(version => approval.packs.includes(version)),
  );
}

/**
 * Records that the acting user approves a text, for the clinic's patients or for one whose residence has a law of its own. Throws
 * COMPLIANCE_BLOCKED for one that must not be, CONFLICT where no approval is needed.
 */
export async function approve(
  content: Content,
  reason: string,
  context: Context,
  patientId?: string | null,
): Promise<ComplianceApproval> {
  const { actor, em, now } = context;
  if (actor.kind !== 'user') throw new RapportError('FORBIDDEN', 'Only a user, who has a name, can approve a text.');
  const checked = await checkFor(content, patientId, context);
  refuseBlocked(checked);
  if (checked.verdict !== 'APPROVE') throw conflict('No rule asks for an approval of this text.');
  return em.create(ComplianceApproval, {
    kind: content.kind,
    content: content.text,
    contentHash: hashOf(content),
    rules: checked.findings.filter(({ rule }) => rule.severity === 'APPROVE').map(({ rule }) => rule.id),
    packs: versionsOf(checked.packs),
    reason: requiredText(reason, 'input.reason', 1_000),
    approvedBy: actor.id,
    approvedAt: now,
  });
}

/**
 * For plugins, before a text is stored, announced or sent: throws COMPLIANCE_BLOCKED, with the rule and its citation, for one
 * that a rule forbids, or that nobody has approved where somebody must. Answers what was found.
 */
export async function approvedOrThrow(content: Content, context: Context, patientId?: string): Promise<Checked> {
  const checked = await checkFor(content, patientId, context);
  refuseBlocked(checked);
  if (checked.verdict === 'APPROVE' && !(await approvalOf(content, checked, context))) {
    const { rule, excerpt } = checked.findings[0]!;
    throw blocked(`'${excerpt}' needs an approval: ${rule.words.en} (${rule.id}: ${rule.citation})`);
  }
  return checked;
}

function refuseBlocked({ verdict, findings }: Checked): void {
  if (verdict !== 'BLOCK') return;
  const { rule, excerpt } = findings[0]!;
  throw blocked(`'${excerpt}' must not be said: ${rule.words.en} (${rule.id}: ${rule.citation})`);
}

const blocked = (message: string): RapportError =>
  new RapportError('COMPLIANCE_BLOCKED', message, { field: 'input.text' });
