import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Mutation, Query, Resolver } from 'type-graphql';
import { DateTime, Idempotent, LocalDate, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { keptTimeRead, keptTimeWrite } from './kept-hours.ts';
import { cancelOpening, openTimes } from './opening-times.ts';
import { MembershipOpening, OpeningList } from './opening.ts';

@InputType({ description: 'New days that members may book before everybody.' })
export class OpenMembershipTimesInput {
  @Field(() => ID, { description: 'Id of the service.' })
  serviceId: string;

  @Field(() => ID, { description: 'Id of the lowest tier that may book before everybody.' })
  tierId: string;

  @Field(() => LocalDate, { description: 'The first of the new days, after that on which everybody may book.' })
  firstDay: string;

  @Field(() => LocalDate, { description: 'The last of them, at most 366 days later.' })
  lastDay: string;

  @Field(() => DateTime, { description: 'From when on members may book, at most 14 days before everybody.' })
  membersFrom: Date;

  @Field(() => DateTime, { description: 'From when on everybody may, in the future.' })
  everybodyFrom: Date;
}

@InputType({ description: 'An opening to call off.' })
export class CancelMembershipOpeningInput {
  @Field(() => ID, { description: 'Id of the opening.' })
  id: string;
}

@Resolver()
export class OpeningResolver {
  @Authorized(keptTimeRead)
  @Query(() => OpeningList.Connection, {
    description: 'New days that members may book before everybody, the latest first.',
  })
  membershipOpenings(
    @Args(() => OpeningList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<MembershipOpening>> {
    return read.page(OpeningList, info, page);
  }

  @Authorized(keptTimeWrite)
  @Idempotent()
  @Mutation(() => MembershipOpening, {
    description:
      'Members may book new days of a service before everybody, and those who want news are told by mail. Staff may book anybody at any time. CONFLICT for more than 50.',
  })
  openMembershipTimes(
    @Arg('input', () => OpenMembershipTimesInput, { description: 'Which days, and from when on.' })
    input: OpenMembershipTimesInput,
    @Ctx() context: Context,
  ): Promise<MembershipOpening> {
    return openTimes(input, context);
  }

  @Authorized(keptTimeWrite)
  @Mutation(() => ID, { description: 'The days are for everybody from now on, and nobody is told. Answers the id.' })
  async cancelMembershipOpening(
    @Arg('input', () => CancelMembershipOpeningInput, { description: 'Which one.' })
    { id }: CancelMembershipOpeningInput,
    @Ctx() context: Context,
  ): Promise<string> {
    await cancelOpening(id, context);
    return id;
  }
}
