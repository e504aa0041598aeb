import { Authorized, Field, ID, Int, ObjectType, registerEnumType, Resolver, Root, Subscription } from 'type-graphql';
import { follow } from '../graphql/follow.ts';
import { DateTime } from '../graphql/scalars.ts';
import type { Occurrence } from '../plugin.ts';
import { deadLettered, type DeadLetter } from '../work/dead-letter.ts';
import { workRead } from './permissions.ts';

export const DeadLetterKind = { JOB: 'JOB', HANDLING: 'HANDLING' } as const;

registerEnumType(DeadLetterKind, {
  name: 'DeadLetterKind',
  description: 'What failed for good.',
  valuesConfig: {
    JOB: { description: 'A job.' },
    HANDLING: { description: 'An event, at one handler.' },
  },
});

@ObjectType({ description: 'That something failed for good, as it happens.' })
export class DeadLettered {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => DateTime, { description: 'When it was given up.' })
  at: Date;

  @Field(() => ID, { description: 'Id of the job, or of the handling.' })
  id: string;

  @Field(() => DeadLetterKind, { description: 'What failed.' })
  kind: DeadLetter['kind'];

  @Field(() => String, { description: 'The plugin that failed.' })
  plugin: string;

  @Field(() => String, { description: 'The job, or plugin and handler.' })
  name: string;

  @Field(() => Int, { description: 'How often it was tried.' })
  attempts: number;

  @Field(() => String, { description: 'Why it failed the last time.' })
  reason: string;
}

@Resolver()
export class DeadLetterResolver {
  @Authorized(workRead)
  @Subscription(() => DeadLettered, {
    ...follow(deadLettered),
    description: 'Jobs, and events at handlers, as they become dead letters.',
  })
  deadLettered(@Root() { payload, cursor, at }: Occurrence<DeadLetter>): DeadLettered {
    return { ...payload, cursor, at };
  }
}
