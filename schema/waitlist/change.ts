import type { GraphQLResolveInfo } from 'graphql';
import { Authorized, Ctx, Field, Info, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { DateTime, defineEvent, follow, type Context, type Occurrence, type Row } from 'clinic-rapport';
import { WaitlistEntry, waitlistRead } from './entry.ts';

/** Ids only: the rest is read under the rights of who follows it. */
export interface WaitlistChange {
  entryId: string;
  patientId: string;
  version: number;
}

export const waitlistChanged = defineEvent<WaitlistChange>('waitlist.changed', ({ entryId, patientId, version }) => ({
  type: 'waitlist_entry',
  id: entryId,
  version,
  patientId,
}));

/** Tells everyone of a change that has been written. */
export function publishEntry({ id, patient, version }: WaitlistEntry, { publish }: Context): void {
  publish(waitlistChanged, { entryId: id, patientId: patient.id, version });
}

@ObjectType({ description: 'A change on the waitlist, as it happens.' })
export class WaitlistChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => WaitlistEntry, { description: 'The entry as it is now.' })
  entry: Row<WaitlistEntry>;
}

@Resolver()
export class WaitlistChangeResolver {
  @Authorized(waitlistRead)
  @Subscription(() => WaitlistChanged, {
    ...follow([waitlistChanged]),
    description: 'Who joins the waitlist, is offered a time, takes it or leaves.',
  })
  async waitlistChanged(
    @Root() { payload, cursor, at }: Occurrence<WaitlistChange>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<WaitlistChanged | null> {
    const entry = await read.one(WaitlistEntry, info, { id: payload.entryId }, 'entry');
    return entry && { cursor, at, entry };
  }
}
