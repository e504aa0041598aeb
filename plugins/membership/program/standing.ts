import { Authorized, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { defineLoader, type Context, type Row } from 'clinic-rapport';
import type { TierCondition, TierRules } from './condition.ts';
import { Member, memberRead } from './member.ts';
import { mostConditions } from './program-input.ts';
import { activeProgram } from './program.ts';
import { conditionInfo, TierConditionInfo } from './resolvers.ts';
import { measure, type Had } from './rules-sql.ts';
import { Tier, tiersOf } from './tier.ts';
import { TierCombination } from './words.ts';

/** Of Int. Nobody has more than that, but what visits of many years cost might sum up to it. */
const most = 2_147_483_647;

@ObjectType({ simpleResolvers: true, description: 'How far a member is with one condition of a tier.' })
export class ConditionStanding {
  @Field(() => TierConditionInfo, { description: 'The condition.' })
  condition: TierConditionInfo;

  @Field(() => Int, { description: `What the member has of it, in the unit of \`atLeast\`; at most ${most}.` })
  has: number;

  @Field(() => Int, { description: 'What is still missing, in the same unit; 0 where it holds.' })
  missing: number;

  @Field(() => Boolean, { description: 'Whether it holds today.' })
  holds: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'How far a member is with a tier.' })
export class TierStanding {
  @Field(() => Tier, { description: 'The tier.' })
  tier: Tier;

  @Field(() => TierCombination, { description: 'How many of the conditions must hold.' })
  combination: TierCombination;

  @Field(() => [ConditionStanding], {
    description: `Each condition, at most ${mostConditions}; none for the lowest tier.`,
  })
  conditions: ConditionStanding[];

  @Field(() => Boolean, { description: 'Whether an address must be verified for it, and none is.' })
  needsVerifiedAddress: boolean;

  @Field(() => Boolean, { description: 'Whether the member would come to it today, or stay in it.' })
  holds: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'Why a member has a tier, and what leads to the next one.' })
export class MemberStanding {
  @Field(() => TierStanding, {
    description:
      'The tier that the member has. Where it does not hold any more, `Member.graceUntil` tells for how long.',
  })
  present: TierStanding;

  @Field(() => TierStanding, { nullable: true, description: 'The next higher tier; null in the highest.' })
  next: TierStanding | null;
}

@Resolver(() => Member)
export class MemberStandingResolver {
  @Authorized(memberRead)
  @FieldResolver(() => MemberStanding, {
    nullable: true,
    description: 'Why the member has this tier, and what leads to the next; null where no programme goes on.',
  })
  standing(@Root() { id }: Row<Member>, @Ctx() { load }: Context): Promise<MemberStanding | null> {
    return load(standings, id);
  }
}

/** By the id of the member. The conditions of all of them are measured in one statement, the one that decides on tiers. */
const standings = defineLoader<string, MemberStanding | null>(async (ids, context) => {
  const program = await activeProgram(context);
  if (!program) return ids.map(() => null);
  const members = await context.em.find(Member, { id: { $in: [...ids] } }, { populate: ['tier'] });
  const tiers = await tiersOf(program, context);
  const conditions = [...new Set([...tiers, ...members.map(({ tier }) => tier)])].flatMap(tier => tier.conditions);
  const measured = await measure(conditions, ids, context);
  const amounts = new Map(measured.map(had => [had.patientId, tallyOf(conditions, had)]));
  const byId = new Map(members.map(member => [member.id, member]));
  return ids.map(id => {
    const [member, tally] = [byId.get(id), amounts.get(id)];
    if (!member || !tally) return null;
    const lacksAddress = program.needsVerifiedAddress && !tally.verified;
    const next = tiers.find(({ rank }) => rank > member.tier.rank);
    const of = (tier: Tier): TierStanding => standingIn(tier, tally, lacksAddress && tier.rank > 0);
    const present = of(member.tier);
    // Nobody comes to a tier that was given up, nor stays in it for longer than the grace.
    if (member.tier.retiredAt) present.holds = false;
    return { present, next: next ? of(next) : null };
  });
});

interface Tally {
  readonly has: ReadonlyMap<TierCondition, number>;
  readonly verified: boolean;
}

const tallyOf = (conditions: readonly TierCondition[], { has, verified }: Had): Tally => ({
  has: new Map(conditions.map((condition, index) => [condition, Math.min(has[index]!, most)])),
  verified,
});

function standingIn(tier: Tier, { has }: Tally, needsVerifiedAddress: boolean): TierStanding {
  const { combination, conditions }: TierRules = tier;
  const standings = conditions.map(condition => {
    const amount = has.get(condition)!;
    const missing = Math.max(0, condition.atLeast - amount);
    return { condition: conditionInfo(condition), has: amount, missing, holds: missing === 0 };
  });
  const isMet =
    combination === 'ANY' && standings.length > 0
      ? standings.some(({ holds }) => holds)
      : standings.every(({ holds }) => holds);
  return { tier, combination, conditions: standings, needsVerifiedAddress, holds: isMet && !needsVerifiedAddress };
}
