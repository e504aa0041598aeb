import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Int, Mutation, Query, Resolver } from 'type-graphql';
import { Idempotent, LocalTime, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { keepTime, releaseTime } from './keeping.ts';
import { KeptTimeList, keptTimeRead, keptTimeWrite, MembershipKeptTime } from './kept-hours.ts';

@InputType({ description: 'Hours of a weekday to keep for members.' })
export class KeepMembershipTimeInput {
  @Field(() => ID, { description: 'Id of the lowest tier that they are kept for.' })
  tierId: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the service that they are kept for; all of them if not given.',
  })
  serviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the practitioner whose they are; of all if not given.' })
  practitionerId?: string | null;

  @Field(() => Int, { description: 'Day of the week, ISO 8601: 1 is Monday, 7 is Sunday.' })
  weekday: number;

  @Field(() => LocalTime, { description: 'When the first slot begins, in the clinic’s time zone.' })
  startTime: string;

  @Field(() => LocalTime, { description: 'A slot that begins at this time is not kept any more.' })
  endTime: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'How many hours before it begins a slot is for everybody, 1 to 720; slots of the named service are for members only if not given.',
  })
  releaseHours?: number | null;
}

@InputType({ description: 'A time to keep no longer.' })
export class ReleaseMembershipTimeInput {
  @Field(() => ID, { description: 'Id of the kept time.' })
  id: string;
}

@Resolver()
export class KeptTimeResolver {
  @Authorized(keptTimeRead)
  @Query(() => KeptTimeList.Connection, { description: 'Which times are kept for members.' })
  membershipKeptTimes(
    @Args(() => KeptTimeList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<MembershipKeptTime>> {
    return read.page(KeptTimeList, info, page);
  }

  @Authorized(keptTimeWrite)
  @Idempotent()
  @Mutation(() => MembershipKeptTime, {
    description:
      'Keeps hours of every week: other patients neither see nor book them. Staff may book anybody at any time. CONFLICT for more than 200.',
  })
  keepMembershipTime(
    @Arg('input', () => KeepMembershipTimeInput, { description: 'The hours.' }) input: KeepMembershipTimeInput,
    @Ctx() context: Context,
  ): Promise<MembershipKeptTime> {
    return keepTime(input, context);
  }

  @Authorized(keptTimeWrite)
  @Mutation(() => ID, { description: 'Keeps these hours no longer: they are for everybody. Answers the id.' })
  async releaseMembershipTime(
    @Arg('input', () => ReleaseMembershipTimeInput, { description: 'Which ones.' }) { id }: ReleaseMembershipTimeInput,
    @Ctx() context: Context,
  ): Promise<string> {
    await releaseTime(id, context);
    return id;
  }
}
