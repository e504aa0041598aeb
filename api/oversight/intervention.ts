import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { channels } from '../events/outbox.ts';
import { anyOf, anyOfIds, listOf, range } from '../graphql/connection.ts';
import { DateTime } from '../graphql/scalars.ts';
import type { Context } from '../plugin.ts';
import type { Page, PageArguments } from '../read/lane.ts';
import { workRead } from './permissions.ts';

export const InterventionAction = {
  REPLAY_EVENT: 'REPLAY_EVENT',
  RETRY_JOB: 'RETRY_JOB',
  RETRY_DELIVERY: 'RETRY_DELIVERY',
  DISCARD_DEAD_LETTER: 'DISCARD_DEAD_LETTER',
} as const;
export type InterventionAction = keyof typeof InterventionAction;

registerEnumType(InterventionAction, {
  name: 'InterventionAction',
  description: 'What someone did about work that failed.',
  valuesConfig: {
    REPLAY_EVENT: { description: 'Handlers were to handle an event again.' },
    RETRY_JOB: { description: 'A job was to be tried now.' },
    RETRY_DELIVERY: { description: 'A mail was to be sent after all.' },
    DISCARD_DEAD_LETTER: { description: 'What had failed for good was given up.' },
  },
});

@ObjectType({ description: 'That someone did something about work that failed; kept for good.' })
@Entity({ tableName: 'intervention' })
export class Intervention {
  @Field(() => ID, { description: 'Id of the entry.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => InterventionAction, { description: 'What was done.' })
  @Property({ type: 'text' })
  action: InterventionAction;

  @Field(() => ID, { description: 'Id of the event, job, delivery or handling.' })
  @Property({ type: 'uuid' })
  subjectId: string;

  @Field(() => String, { description: 'What it was called: `appointment.booked`, `recall.reminder`.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, { nullable: true, description: 'Why it had failed, as far as that was known.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, { description: 'Who did it: `user`, or what else can act.' })
  @Property({ type: 'text' })
  actorKind: string;

  @Field(() => ID, { description: 'Id of who did it: of the user.' })
  @Property({ type: 'text' })
  actorId: string;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  at: Date;
}

export const InterventionList = listOf(() => Intervention, {
  name: 'Intervention',
  filter: { action: anyOf(InterventionAction), subjectId: anyOfIds(), at: range(DateTime) },
  defaultOrder: { id: 'desc' },
});

export type Intervening = Pick<Intervention, 'action' | 'subjectId' | 'name' | 'reason'>;

/** Writes down who does something about work that failed, in the transaction in which it is done; and wakes the workers. */
export async function intervene({ em, actor, clinicId, now }: Context, what: Intervening): Promise<void> {
  await em.insert(Intervention, { id: newId(), clinicId, ...what, actorKind: actor.kind, actorId: actor.id, at: now });
  await em.execute(`select pg_notify('${channels.work}', '')`);
}

@Resolver()
export class InterventionResolver {
  @Authorized(workRead)
  @Query(() => InterventionList.Connection, { description: 'Who did what about work that failed, the latest first.' })
  interventions(
    @Args(() => InterventionList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Intervention>> {
    return read.page(InterventionList, info, page);
  }
}
