import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Needs, Related, RelatedOne, type Context, type Page, type PageArguments, type Row } from 'clinic-rapport';
import { Patient } from 'clinic-rapport/schema';
import type { TierCondition } from './condition.ts';
import { Member, MemberList, memberRead } from './member.ts';
import { MembershipProgram, programRead } from './program.ts';
import { TierChangeList, type TierChange } from './tier-change.ts';
import { Tier } from './tier.ts';
import { mostTiers } from './program-input.ts';
import { Engagement, TierConditionKind } from './words.ts';

@ObjectType('TierCondition', { description: 'A condition of a tier.' })
export class TierConditionInfo {
  @Field(() => TierConditionKind, { description: 'What is counted.' })
  kind: TierConditionKind;

  @Field(() => Int, {
    description: 'How much is enough: minor units for SPEND, days for TENURE, times for others.',
  })
  atLeast: number;

  @Field(() => Int, { nullable: true, description: 'How many days back it counts, today included; null for ever.' })
  days: number | null;

  @Field(() => [Engagement], { description: 'ENGAGEMENT: which kinds count.' })
  engagements: readonly Engagement[];

  @Field(() => [ID], { description: 'ITEM: ids of the services that count.' })
  serviceIds: readonly string[];

  @Field(() => [String], { description: 'ITEM: codes of the procedures that count.' })
  procedureCodes: readonly string[];
}

export const conditionInfo = ({ services, procedures, ...condition }: TierCondition): TierConditionInfo => ({
  ...condition,
  serviceIds: services,
  procedureCodes: procedures,
});

@Resolver(() => Tier)
export class TierResolver {
  @Needs('conditions')
  @FieldResolver(() => [TierConditionInfo], {
    description: 'When a member has it; empty for the lowest tier, which is open to every registered patient.',
  })
  conditions(@Root() { conditions }: Row<Tier>): TierConditionInfo[] {
    return (conditions as readonly TierCondition[]).map(conditionInfo);
  }
}

@Resolver(() => MembershipProgram)
export class ProgramResolver {
  @Authorized(programRead)
  @Query(() => MembershipProgram, {
    nullable: true,
    description: 'The programme that goes on; null where there is none.',
  })
  async membershipProgram(
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<MembershipProgram> | null> {
    const [program] = await read.all(MembershipProgram, info, { where: { active: true }, limit: 1 });
    return program ?? null;
  }

  @FieldResolver(() => [Tier], { description: `Its tiers, the lowest first; at most ${mostTiers}.` })
  tiers(
    @Root() { id }: Row<MembershipProgram>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Tier>[]> {
    const where = { program: id, retiredAt: null };
    return read.all(Tier, info, { where, orderBy: { rank: 'asc' }, limit: mostTiers });
  }
}

@Resolver(() => Member)
export class MemberResolver {
  @Authorized(memberRead)
  @Query(() => MemberList.Connection, { description: 'The members, the latest first; a patient sees the own only.' })
  members(
    @Args(() => MemberList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Member>> {
    return read.page(MemberList, info, page);
  }
}

@Resolver(() => Patient)
export class PatientMembership {
  @Authorized(memberRead)
  @RelatedOne(() => Member, { inverse: 'patient', description: 'The membership; null for who is no member.' })
  member: Row<Member> | null;

  @Authorized(memberRead)
  @Related(() => TierChangeList, {
    inverse: 'patient',
    nullable: true,
    description: 'How the patient came to the tier, the latest change first.',
  })
  tierChanges: Page<TierChange> | null;
}
