import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, Field, ID, Info, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { DateTime, defineEvent, follow, type Context, type Occurrence, type Row } from 'clinic-rapport';
import { PointsBalance } from './balance.ts';
import { pointsRead } from './ledger-entry.ts';
import { LedgerEntryKind } from './words.ts';

/** Something happened to the points of a patient. Ids only: how many there are is read under the rights of who follows it. */
export interface PointsChange {
  patientId: string;
  /** Of all entries of the act. */
  postingId: string;
  kind: LedgerEntryKind;
}

export const pointsChanged = defineEvent<PointsChange>('membership.points-changed', ({ patientId }) => ({
  type: 'membership.balance',
  id: patientId,
  patientId,
}));

@ObjectType({ description: 'A change of the points of a patient, as it happens.' })
export class PointsChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => LedgerEntryKind, { description: 'What happened; of several things at once the first.' })
  kind: LedgerEntryKind;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => ID, { description: 'Id of the patient.' })
  patientId: string;

  @Field(() => PointsBalance, { description: 'The points as they are now.' })
  balance: Row<PointsBalance>;
}

@Resolver()
export class PointsChangedResolver {
  @Authorized(pointsRead)
  @Subscription(() => PointsChanged, {
    ...follow(pointsChanged),
    description: 'Points of patients as they are earned, released, spent, taken back or expire.',
  })
  async pointsChanged(
    @Root() { payload: { patientId, kind }, cursor, at }: Occurrence<PointsChange>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
    @Arg('patientId', () => ID, { nullable: true, description: 'Of this patient only; of all if not given.' })
    only?: string | null,
  ): Promise<PointsChanged | null> {
    if (only != null && only !== patientId) return null;
    const balance = await read.one(PointsBalance, info, { id: patientId }, 'balance');
    return balance && { cursor, kind, at, patientId, balance };
  }
}
