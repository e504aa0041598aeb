import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Mutation, Query, Resolver } from 'type-graphql';
import type { Context, Page, PageArguments } from 'clinic-rapport';
import { today } from '../points/open-lots.ts';
import { MembershipTask, TaskList, taskRead, taskWrite } from './task.ts';
import { assignTask, completeTask } from './tasks.ts';

@InputType({ description: 'Who does something for a member.' })
export class AssignMembershipTaskInput {
  @Field(() => ID, { description: 'Id of the task.' })
  id: string;

  @Field(() => ID, { nullable: true, description: 'Id of the practitioner; null for nobody yet.' })
  practitionerId?: string | null;
}

@InputType({ description: 'Something that was done for a member.' })
export class CompleteMembershipTaskInput {
  @Field(() => ID, { description: 'Id of the task.' })
  id: string;
}

@Resolver()
export class TaskResolver {
  @Authorized(taskRead)
  @Query(() => TaskList.Connection, { description: 'What is to be done for members, what is due first comes first.' })
  async membershipTasks(
    @Args(() => TaskList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: Context,
    @Arg('overdue', () => Boolean, { nullable: true, description: 'True for those only whose day is over.' })
    overdue?: boolean | null,
  ): Promise<Page<MembershipTask>> {
    const late = overdue ? ({ state: 'OPEN', dueOn: { to: await today(context) } } as const) : {};
    return context.read.page(TaskList, info, page, late);
  }

  @Authorized(taskWrite)
  @Mutation(() => MembershipTask, { description: 'Says who does it. CONFLICT for what is done or dropped.' })
  assignMembershipTask(
    @Arg('input', () => AssignMembershipTaskInput, { description: 'Which task, and who.' })
    input: AssignMembershipTaskInput,
    @Ctx() context: Context,
  ): Promise<MembershipTask> {
    return assignTask(input, context);
  }

  @Authorized(taskWrite)
  @Mutation(() => MembershipTask, {
    description: 'It was done: the benefit is used by it, once. CONFLICT for what is done or dropped already.',
  })
  completeMembershipTask(
    @Arg('input', () => CompleteMembershipTaskInput, { description: 'Which task.' })
    { id }: CompleteMembershipTaskInput,
    @Ctx() context: Context,
  ): Promise<MembershipTask> {
    return completeTask(id, context);
  }
}
