import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
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
import { anyOf, anyOfIds, listOf, Needs, range, RelatedAll } from '../graphql/connection.ts';
import { DateTime } from '../graphql/scalars.ts';
import type { Page, PageArguments, Row } from '../read/lane.ts';
import { workRead } from './permissions.ts';
import { WorkState } from './work-state.ts';

@ObjectType('Event', {
  description: 'Something that happened, as it was stored; without what the payload says of people.',
})
@Entity({ tableName: 'outbox' })
export class StoredEvent {
  @Field(() => ID, { description: 'Id of the event.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => String, { description: 'What happened: `appointment.booked`.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, { description: 'What kind of thing it happened to: `appointment`.' })
  @Property({ type: 'text' })
  subjectType: string;

  @Field(() => ID, { description: 'Id of the thing. Events of one thing are handled in their order.' })
  @Property({ type: 'uuid' })
  subjectId: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Version of the thing after it, where things of the kind have one.',
  })
  @Property({ type: 'integer', nullable: true })
  subjectVersion?: number | null;

  @Field(() => DateTime, { description: 'When it happened.' })
  @Property({ type: 'datetime', fieldName: 'created_at' })
  at: Date;

  @Property({ type: 'string', columnType: 'xid8' })
  xid: string;

  @Property({ type: 'bigint' })
  position: string;

  @RelatedAll(() => EventHandling, {
    inverse: 'event',
    limit: 500,
    orderBy: { handler: 'asc' },
    description: 'The handlers that have yet to do with it, or failed for good; those that have done it are gone.',
  })
  handlings: Row<EventHandling>[];
}

@ObjectType({ description: 'An event on its way to one handler of a plugin.' })
@Entity({ tableName: 'event_handling' })
export class EventHandling {
  @Field(() => ID, { description: 'Id of the handling.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => StoredEvent, { description: 'The event.' })
  @ManyToOne(() => StoredEvent)
  event: StoredEvent;

  @Field(() => String, { description: 'Plugin and handler: `recall.keepReminders`.' })
  @Property({ type: 'text' })
  handler: string;

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
}

export const EventList = listOf(() => StoredEvent, {
  name: 'Event',
  filter: { name: anyOf(String), subjectId: anyOfIds(), at: range(DateTime) },
  defaultOrder: { id: 'desc' },
});

export const EventHandlingList = listOf(() => EventHandling, {
  name: 'EventHandling',
  filter: { state: anyOf(WorkState, { literal: true }), handler: anyOf(String), dueAt: range(DateTime) },
  defaultOrder: { id: 'desc' },
});

@Resolver(() => StoredEvent)
export class EventResolver {
  @Needs('xid', 'position')
  @FieldResolver(() => String, { description: 'What a subscription goes on after: `after: <cursor>`.' })
  cursor(@Root() { xid, position }: Row<StoredEvent>, @Ctx() { platform }: PlatformContext): Promise<string> {
    return platform.tail.cursorOf({ xid: String(xid), position: String(position) });
  }

  @Authorized(workRead)
  @Query(() => StoredEvent, { nullable: true, description: 'One event, while it is kept.' })
  event(
    @Arg('id', () => ID, { description: 'Id of the event.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: PlatformContext,
  ): Promise<Row<StoredEvent> | null> {
    return read.one(StoredEvent, info, { id });
  }

  @Authorized(workRead)
  @Query(() => EventList.Connection, {
    description:
      'What happened in the clinic, the latest first; kept for 30 days if the settings do not say otherwise.',
  })
  events(
    @Args(() => EventList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: PlatformContext,
  ): Promise<Page<StoredEvent>> {
    return read.page(EventList, info, page);
  }

  @Authorized(workRead)
  @Query(() => EventHandlingList.Connection, {
    description:
      'Events on their way to handlers, the latest first; the dead letters with `filter: { state: [DEAD] }`.',
  })
  eventHandlings(
    @Args(() => EventHandlingList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: PlatformContext,
  ): Promise<Page<EventHandling>> {
    return read.page(EventHandlingList, info, page);
  }
}
