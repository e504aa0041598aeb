import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, Field, ID, Info, Int, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, defineEvent, follow, listOf, type Context, type Occurrence, type Row } from 'clinic-rapport';
import { Patient } from 'clinic-rapport/schema';
import { Member, memberRead } from './member.ts';
import { Tier } from './tier.ts';
import { TierChangeReason } from './words.ts';

@ObjectType({ description: 'That a member came to another tier.' })
@Entity({ tableName: 'membership_tier_change' })
export class TierChange {
  @Field(() => ID, { description: 'Id of the change.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Tier, { nullable: true, description: 'The tier before; null for who joined.' })
  @ManyToOne(() => Tier, { nullable: true, fieldName: 'from_tier_id' })
  from?: Tier | null;

  @Field(() => Tier, { description: 'The tier after.' })
  @ManyToOne(() => Tier, { fieldName: 'to_tier_id' })
  to: Tier;

  @Field(() => TierChangeReason, { description: 'Why.' })
  @Property({ type: 'text' })
  reason: TierChangeReason;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  changedAt: Date;

  @Field(() => Int, { description: 'The first change of the patient has 1, the next one 2.' })
  @Property({ type: 'integer' })
  number: number;
}

export const TierChangeList = listOf(() => TierChange, {
  name: 'TierChange',
  orderBy: { NUMBER: 'number' },
  defaultOrder: { number: 'desc' },
});

/** A member came to another tier. Ids only. */
export interface TierChanging {
  memberId: string;
  patientId: string;
  /** Ids of tiers. */
  from: string;
  to: string;
  reason: Exclude<TierChangeReason, 'JOINED'>;
}

export const tierChanged = defineEvent<TierChanging>('membership.tier-changed', ({ memberId, patientId }) => ({
  type: 'membership.member',
  id: memberId,
  patientId,
}));

@ObjectType({ description: 'That a member comes to another tier, as it happens.' })
export class TierChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => TierChangeReason, { description: 'Why.' })
  reason: TierChangeReason;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => ID, { description: 'Id of the patient.' })
  patientId: string;

  @Field(() => Member, { description: 'The member as it is now.' })
  member: Row<Member>;
}

@Resolver()
export class TierChangedResolver {
  @Authorized(memberRead)
  @Subscription(() => TierChanged, {
    ...follow(tierChanged),
    description: 'Members as they go up and down. A patient follows the own tier only.',
  })
  async tierChanged(
    @Root() { payload: { patientId, reason }, cursor, at }: Occurrence<TierChanging>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
    @Arg('patientId', () => ID, { nullable: true, description: 'Of this patient only; of all if not given.' })
    only?: string | null,
  ): Promise<TierChanged | null> {
    if (only != null && only !== patientId) return null;
    const member = await read.one(Member, info, { id: patientId }, 'member');
    return member && { cursor, reason, at, patientId, member };
  }
}
