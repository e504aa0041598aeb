import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  badInput,
  conflict,
  DateTime,
  definePermission,
  Idempotent,
  notFound,
  RapportError,
  type Context,
} from 'clinic-rapport';
import { isAllowed, isForbidden, verdictOn } from 'clinic-rapport/plugins/membership';
import {
  approvedOrThrow,
  complianceApprove,
  LocalizedText,
  LocalizedTextInput,
  RewardKind,
  type Localized,
  type RewardOffer,
} from 'clinic-rapport/schema';
import { ReferralSide } from './words.ts';

const mostPoints = 1_000_000;
const longestName = 100;

export const offerRead = definePermission('referrals.offer.read', 'See what is promised for referrals', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
]);
export const offerWrite = definePermission('referrals.offer.write', 'Say what is promised for referrals', ['owner']);

/** What one side gets. It is never changed: another one takes its place, and rewards know by which they were given. */
@ObjectType({ description: 'What one side of a referral gets, once the friend’s first visit is completed.' })
@Entity({ tableName: 'referrals_offer' })
export class ReferralOffer {
  @Field(() => ID, { description: 'Id of the offer.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => ReferralSide, { description: 'For whom it is.' })
  @Property({ type: 'text' })
  side: ReferralSide;

  @Field(() => RewardKind, { description: 'What it gives, by the words of the law.' })
  @Property({ type: 'text' })
  kind: RewardOffer['kind'];

  @Field(() => Int, { nullable: true, description: 'How many points; null for anything else.' })
  @Property({ type: 'integer', nullable: true })
  points?: number | null;

  @Field(() => LocalizedText, { description: 'What patients call it.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  name: Localized;

  @Field(() => Boolean, { description: 'Whether the page behind the link, and mails, tell of it.' })
  @Property({ type: 'boolean' })
  announced: boolean;

  @Field(() => [String], { description: 'The rules that warn of it, or ask for an approval, with the citation.' })
  @Property({ type: 'array', columnType: 'text[]' })
  warnings: string[];

  @Field(() => Boolean, { description: 'Whether nothing is given, as a named user has to approve it first.' })
  @Property({ type: 'boolean' })
  needsApproval: boolean;

  @Property({ type: 'array', columnType: 'text[]' })
  approvedRules: Opt<string[]> = [];

  @Field(() => ID, { nullable: true, description: 'Id of the user who approved it.' })
  @Property({ type: 'uuid', nullable: true })
  approvedBy?: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was approved.' })
  @Property({ type: 'text', nullable: true })
  approvalReason?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was approved.' })
  @Property({ type: 'datetime', nullable: true })
  approvedAt?: Date | null;

  @Field(() => DateTime, { description: 'Since when it is promised.' })
  @Property({ type: 'datetime' })
  createdAt: Date;

  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;
}

@InputType({ description: 'What one side of a referral gets from now on.' })
export class DefineReferralOfferInput {
  @Field(() => ReferralSide, { description: 'For whom it is; what was promised to that side until now ends.' })
  side: ReferralSide;

  @Field(() => RewardKind, { description: 'What it gives, by the words of the law.' })
  kind: RewardOffer['kind'];

  @Field(() => Int, { nullable: true, description: `How many points, 1 to ${mostPoints}; for \`POINTS\` alone.` })
  points?: number | null;

  @Field(() => LocalizedTextInput, { description: `What patients call it, 1 to ${longestName} characters each.` })
  name: LocalizedTextInput;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the page behind the link, and mails, tell of it.',
  })
  announced: boolean;
}

@InputType({ description: 'An offer to approve, and why.' })
export class ApproveReferralOfferInput {
  @Field(() => ID, { description: 'Id of the offer.' })
  id: string;

  @Field(() => String, { description: 'Why, 1 to 500 characters.' })
  reason: string;
}

@Resolver()
export class ReferralOfferResolver {
  @Authorized(offerRead)
  @Query(() => [ReferralOffer], { description: 'What is promised for referrals now, at most one offer for each side.' })
  referralOffers(@Ctx() { em }: Context): Promise<ReferralOffer[]> {
    return em.find(ReferralOffer, { endedAt: null }, { orderBy: { side: 'asc' }, limit: 2 });
  }

  @Authorized(offerWrite)
  @Idempotent()
  @Mutation(() => ReferralOffer, {
    description:
      'Promises something to one side. COMPLIANCE_BLOCKED, with the rule, where the law forbids it; where it asks for an approval, nothing is given until then.',
  })
  defineReferralOffer(
    @Arg('input', () => DefineReferralOfferInput, { description: 'The offer.' }) input: DefineReferralOfferInput,
    @Ctx() context: Context,
  ): Promise<ReferralOffer> {
    return defineOffer(input, context);
  }

  @Authorized(complianceApprove)
  @Mutation(() => ReferralOffer, {
    description:
      'The acting user approves an offer of which the law asks that somebody does. CONFLICT where none is needed.',
  })
  approveReferralOffer(
    @Arg('input', () => ApproveReferralOfferInput, { description: 'Which offer, and why.' })
    input: ApproveReferralOfferInput,
    @Ctx() context: Context,
  ): Promise<ReferralOffer> {
    return approveOffer(input, context);
  }
}

/** Throws BAD_USER_INPUT, and COMPLIANCE_BLOCKED for a kind or a name that the law forbids. */
export async function defineOffer(input: DefineReferralOfferInput, context: Context): Promise<ReferralOffer> {
  const { em, now } = context;
  const { side, kind, announced } = input;
  const points = pointsOf(input);
  const { toApprove, warnings } = await verdictOn({ kind, announced }, context);
  const name = localized(input.name);
  for (const text of Object.values(name)) await approvedOrThrow({ kind: 'TEXT', text }, context);
  await em.nativeUpdate(ReferralOffer, { side, endedAt: null }, { endedAt: now });
  const needsApproval = toApprove.length > 0;
  const offer = em.create(ReferralOffer, {
    ...{ side, kind, points, name, announced, warnings, needsApproval },
    createdAt: now,
  });
  await em.flush();
  return offer;
}

async function approveOffer({ id, reason }: ApproveReferralOfferInput, context: Context): Promise<ReferralOffer> {
  const { actor, em, now } = context;
  const offer = await em.findOne(ReferralOffer, { id, endedAt: null });
  if (!offer) throw notFound('This offer');
  const { toApprove } = await verdictOn(offer, context);
  if (toApprove.length === 0) throw conflict('No rule of the clinic asks for an approval of this offer.');
  if (actor.kind !== 'user') throw new RapportError('FORBIDDEN', 'Only a user, who has a name, can approve an offer.');
  em.assign(offer, {
    ...{ needsApproval: false, approvedRules: toApprove, approvedBy: actor.id, approvedAt: now },
    approvalReason: wordsOf(reason, 'input.reason', 500),
  });
  await em.flush();
  return offer;
}

/**
 * Whether it may be told of, to the public or to this patient: what was allowed as it was defined may be forbidden since, or where
 * the reader lives.
 */
export async function isTold(offer: ReferralOffer, context: Context, patientId?: string): Promise<boolean> {
  const { kind, announced, approvedRules, name } = offer;
  if (!announced || !(await isAllowed({ kind, announced, approvedRules }, context, patientId))) return false;
  return !(await isForbidden(Object.values(name), patientId, context));
}

/** What is promised to one side now; undefined for nothing. */
export const presentOffer = async (side: ReferralSide, { em }: Context): Promise<ReferralOffer | undefined> =>
  (await em.findOne(ReferralOffer, { side, endedAt: null })) ?? undefined;

function pointsOf({ kind, points }: DefineReferralOfferInput): number | null {
  if (kind !== 'POINTS') {
    if (points != null) throw badInput('input.points', 'Only an offer of `POINTS` has `points`.');
    return null;
  }
  if (points != null && Number.isInteger(points) && points >= 1 && points <= mostPoints) return points;
  throw badInput('input.points', `\`input.points\` must be a whole number from 1 to ${mostPoints}.`);
}

/** A text as it is stored. Throws BAD_USER_INPUT where it is blank or longer than `longest` code points. */
export function wordsOf(given: string, field: string, longest: number): string {
  const words = given.normalize('NFC').trim();
  if (words !== '' && [...words].length <= longest) return words;
  throw badInput(field, `\`${field}\` must have 1 to ${longest} characters.`);
}

const localized = ({ zhHant, zhHans, en }: LocalizedTextInput): Localized => ({
  'zh-Hant': wordsOf(zhHant, 'input.name.zhHant', longestName),
  'zh-Hans': wordsOf(zhHans, 'input.name.zhHans', longestName),
  en: wordsOf(en, 'input.name.en', longestName),
});

/** What a clinic begins with, where its law lets both sides have points. */
export async function seedOffers(context: Context): Promise<void> {
  if ((await context.em.count(ReferralOffer)) > 0) return;
  const name = { zhHant: '感謝點數', zhHans: '感谢积分', en: 'Thank-you points' };
  for (const [side, points] of [
    ['ADVOCATE', 200],
    ['FRIEND', 100],
  ] as const)
    await defineOffer({ side, kind: 'POINTS', points, name, announced: false }, context);
}
