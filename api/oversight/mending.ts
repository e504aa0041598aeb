import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as newId, validate as isId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import { badInput, conflict, notFound } from '../errors.ts';
import { channels } from '../events/outbox.ts';
import { StoredEvent } from './event.ts';
import { intervene } from './intervention.ts';
import { StoredJob } from './job.ts';
import { workMend } from './permissions.ts';

@InputType({ description: 'An event that handlers are to handle again.' })
export class ReplayEventInput {
  @Field(() => ID, { description: 'Id of the event.' })
  eventId: string;

  @Field(() => String, {
    nullable: true,
    description: 'Plugin and handler, as `recall.keepReminders`: this one alone, whether it had failed or succeeded.',
  })
  handler?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Without `handler`: all that listen to it, and not only those that had failed for good.',
  })
  succeededToo: boolean;
}

@InputType({ description: 'A job that is to be tried now.' })
export class RetryJobInput {
  @Field(() => ID, { description: 'Id of the job.' })
  id: string;
}

@InputType({ description: 'A dead letter that is given up.' })
export class DiscardDeadLetterInput {
  @Field(() => ID, { description: 'Id of the job, or of the handling of an event.' })
  id: string;
}

@ObjectType({ description: 'What was given up.' })
export class DiscardedDeadLetter {
  @Field(() => ID, { description: 'Id of the job, or of the handling.' })
  id: string;

  @Field(() => String, { description: 'The job, or plugin and handler.' })
  name: string;

  @Field(() => Int, { description: 'How often it was tried.' })
  attempts: number;

  @Field(() => String, { nullable: true, description: 'Why it failed the last time.' })
  reason: string | null;
}

@Resolver()
export class MendingResolver {
  @Authorized(workMend)
  @Mutation(() => StoredEvent, {
    description:
      'Has an event handled again by those that failed for good, or by those that are named. CONFLICT if there are none.',
  })
  async replayEvent(
    @Arg('input', () => ReplayEventInput, { description: 'The event, and for whom.' }) input: ReplayEventInput,
    @Ctx() context: PlatformContext,
  ): Promise<StoredEvent> {
    const { em } = context;
    const event = isId(input.eventId) ? await em.findOne(StoredEvent, { id: input.eventId }) : null;
    if (!event) throw notFound('This event');
    const listening = listeners(event.name, context);
    if (input.handler != null && !listening.includes(input.handler))
      throw badInput(
        'input.handler',
        `'${input.handler.slice(0, 100)}' is no handler of '${event.name}' in this clinic: ${listening.join(', ') || 'there is none'}.`,
      );
    const wanted = input.handler == null ? listening : [input.handler];
    const begun = await (input.handler != null || input.succeededToo ? runAll : revive)(event, wanted, context);
    if (begun === 0)
      throw conflict('There is nothing to handle again: it waits already, or nothing had failed for good.');
    await intervene(context, { action: 'REPLAY_EVENT', subjectId: event.id, name: event.name, reason: input.handler });
    await em.execute(`select pg_notify('${channels.events}', ?)`, [context.clinicId]);
    return event;
  }

  @Authorized(workMend)
  @Mutation(() => StoredJob, {
    nullable: true,
    description:
      'Has a job tried now that failed, for good or for the present; null if it is done by now. CONFLICT while it runs.',
  })
  async retryJob(
    @Arg('input', () => RetryJobInput, { description: 'The job.' }) { id }: RetryJobInput,
    @Ctx() context: PlatformContext,
  ): Promise<StoredJob> {
    const { em, clinicId, now } = context;
    const job = isId(id) ? await em.findOne(StoredJob, { id }) : null;
    if (!job) throw notFound('This job');
    const newer = `exists (select from job o where o.clinic_id = j.clinic_id and o.name = j.name and o.key = j.key and o.id <> j.id and o.state = 'waiting')`;
    const [row] = await em.execute<object[]>(
      `update job j set state = 'waiting', attempts = 0, due_at = ?, claimed_by = null, lease_until = null
       where clinic_id = ? and id = ? and state in ('waiting', 'dead') and not ${newer} returning id`,
      [now.toISOString(), clinicId, id],
    );
    if (!row) throw conflict('This job runs at the moment, or a newer one has taken its place.');
    await intervene(context, { action: 'RETRY_JOB', subjectId: id, name: job.name, reason: job.reason });
    return job;
  }

  @Authorized(workMend)
  @Mutation(() => DiscardedDeadLetter, {
    description: 'Gives up a job, or the handling of an event, that failed for good.',
  })
  async discardDeadLetter(
    @Arg('input', () => DiscardDeadLetterInput, { description: 'Which one.' }) { id }: DiscardDeadLetterInput,
    @Ctx() context: PlatformContext,
  ): Promise<DiscardedDeadLetter> {
    const { em, clinicId } = context;
    const [gone] = isId(id)
      ? await em.execute<DiscardedDeadLetter[]>(
          `with j as (delete from job where clinic_id = ? and id = ? and state = 'dead' returning id, name, attempts, error as reason),
             h as (delete from event_handling where clinic_id = ? and id = ? and state = 'dead'
               returning id, handler as name, attempts, error as reason)
           select * from j union all select * from h`,
          [clinicId, id, clinicId, id],
        )
      : [];
    if (!gone) throw notFound('This dead letter');
    const { name, reason } = gone;
    await intervene(context, { action: 'DISCARD_DEAD_LETTER', subjectId: id, name, reason });
    return gone;
  }
}

const listeners = (event: string, { platform, enabled }: PlatformContext): string[] =>
  platform.plugins
    .filter(({ name }) => enabled.has(name))
    .flatMap(({ name, handlers = [] }) =>
      handlers
        .filter(({ events }) => events.some(each => each.name === event))
        .map(handler => `${name}.${handler.name}`),
    );

const again = `state = 'waiting', attempts = 0, due_at = excluded.due_at, error = null, claimed_by = null, lease_until = null`;

/** Also those that succeeded, whose rows are gone. What waits or runs goes on as it is. */
async function runAll(
  event: StoredEvent,
  handlers: readonly string[],
  { em, clinicId, now }: PlatformContext,
): Promise<number> {
  const rows = handlers.map(handler => ({ id: newId(), handler }));
  const begun = await em.execute<object[]>(
    `insert into event_handling (clinic_id, id, event_id, handler, subject_id, due_at)
     select ?::uuid, id, ?::uuid, handler, ?::uuid, ?::timestamptz from jsonb_to_recordset(?::jsonb) as wanted (id uuid, handler text)
     on conflict (clinic_id, event_id, handler) do update set ${again} where event_handling.state = 'dead' returning id`,
    [clinicId, event.id, event.subjectId, now.toISOString(), JSON.stringify(rows)],
  );
  return begun.length;
}

async function revive(
  event: StoredEvent,
  handlers: readonly string[],
  { em, clinicId, now }: PlatformContext,
): Promise<number> {
  const begun = await em.execute<object[]>(
    `update event_handling set ${again.replace('excluded.due_at', '?')}
     where clinic_id = ? and event_id = ? and state = 'dead' and handler in (select jsonb_array_elements_text(?::jsonb)) returning id`,
    [now.toISOString(), clinicId, event.id, JSON.stringify(handlers)],
  );
  return begun.length;
}
