import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
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
import type { PlatformContext } from '../context.ts';
import { anyOf, listOf, Needs, range } from '../graphql/connection.ts';
import { DateTime } from '../graphql/scalars.ts';
import type { Page, PageArguments, Row } from '../read/lane.ts';
import { workRead } from './permissions.ts';
import { WorkState } from './work-state.ts';

@ObjectType('Job', { description: 'A job that waits, runs, or failed for good; one that is done is gone.' })
@Entity({ tableName: 'job' })
export class StoredJob {
  @Field(() => ID, { description: 'Id of the job.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => String, { description: 'What it does: `membership.expire-points`.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => WorkState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: WorkState;

  @Field(() => Int, { description: 'How often it was tried.' })
  @Property({ type: 'integer' })
  attempts: number;

  @Field(() => DateTime, { description: 'When it is or was due.' })
  @Property({ type: 'datetime' })
  dueAt: Date;

  @Field(() => String, { nullable: true, description: 'Why it failed the last time; null if it did not.' })
  @Property({ type: 'text', nullable: true, fieldName: 'error' })
  reason?: string | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  @Property({ type: 'datetime' })
  createdAt: Date;
}

export const JobList = listOf(() => StoredJob, {
  name: 'Job',
  filter: { state: anyOf(WorkState, { literal: true }), name: anyOf(String), dueAt: range(DateTime) },
  orderBy: { CREATED_AT: 'id', DUE_AT: 'dueAt' },
  defaultOrder: { id: 'desc' },
});

@Resolver(() => StoredJob)
export class JobResolver {
  @Needs('name')
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The plugin that does it; null if it is not installed (any more).',
  })
  plugin(@Root() { name }: Row<StoredJob>, @Ctx() { platform }: PlatformContext): string | null {
    return platform.plugins.find(({ jobs = [] }) => jobs.some(job => job.name === name))?.name ?? null;
  }

  @Authorized(workRead)
  @Query(() => JobList.Connection, {
    description: 'Jobs that are not done, the latest first; the dead letters with `filter: { state: [DEAD] }`.',
  })
  jobs(
    @Args(() => JobList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: PlatformContext,
  ): Promise<Page<StoredJob>> {
    return read.page(JobList, info, page);
  }
}
