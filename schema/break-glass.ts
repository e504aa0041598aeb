import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  range,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import { User } from './user.ts';

export const breakGlassRead = definePermission(
  'break-glass.read',
  'See when operators have read patients’ data, and why',
  ['owner', 'operator'],
);

@ObjectType({
  description:
    'That an operator may read patients’ data for a while, for a reason. What was read is in `auditEntries` of that user and time.',
})
@Entity({ tableName: 'break_glass' })
export class BreakGlass {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => User, { description: 'Who.' })
  @ManyToOne(() => User)
  user: User;

  @Field(() => String, { description: 'Why, in the operator’s own words.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => DateTime, { description: 'Since when.' })
  @Property({ type: 'datetime' })
  beganAt: Date;

  @Field(() => DateTime, { description: 'Until when at the latest.' })
  @Property({ type: 'datetime' })
  until: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was over; null while it lasts.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;
}

export const BreakGlassList = listOf(() => BreakGlass, {
  name: 'BreakGlass',
  plural: 'breakGlasses',
  filter: { user: anyOfIds(), beganAt: range(DateTime), endedAt: range(DateTime) },
  orderBy: { BEGAN_AT: 'beganAt' },
  defaultOrder: { beganAt: 'desc' },
});

@Resolver(() => BreakGlass)
export class BreakGlassResolver {
  @Authorized(breakGlassRead)
  @Query(() => BreakGlassList.Connection, {
    description: 'When operators could read patients’ data, and why, the latest first.',
  })
  breakGlasses(
    @Args(() => BreakGlassList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<BreakGlass>> {
    return read.page(BreakGlassList, info, page);
  }
}
