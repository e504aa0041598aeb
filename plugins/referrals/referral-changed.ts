import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, Field, Info, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { DateTime, defineEvent, follow, type Context, type Occurrence, type Row } from 'clinic-rapport';
import { Referral, referralRead } from './referral.ts';
import { ReferralState } from './words.ts';

/** A referral went on. No patient in it: who follows reads what the own rights show. */
export interface ReferralChange {
  referralId: string;
  version: number;
  state: ReferralState;
}

export const referralChanged = defineEvent<ReferralChange>('referrals.changed', ({ referralId, version }) => ({
  type: 'referrals.referral',
  id: referralId,
  version,
}));

export const publishReferral = ({ id, version, state }: Referral, { publish }: Context): void =>
  publish(referralChanged, { referralId: id, version, state });

@ObjectType({ description: 'A change of a referral, as it happens.' })
export class ReferralChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => ReferralState, { description: 'Where it came to.' })
  state: ReferralState;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => Referral, { description: 'The referral as it is now.' })
  referral: Row<Referral>;
}

@Resolver()
export class ReferralChangedResolver {
  @Authorized(referralRead)
  @Subscription(() => ReferralChanged, { ...follow(referralChanged), description: 'Referrals as they go on.' })
  async referralChanged(
    @Root() { payload: { referralId, state }, cursor, at }: Occurrence<ReferralChange>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
    @Arg('state', () => [ReferralState], { nullable: true, description: 'Only into these states; all if not given.' })
    only?: ReferralState[] | null,
  ): Promise<ReferralChanged | null> {
    if (only != null && !only.includes(state)) return null;
    const referral = await read.one(Referral, info, { id: referralId }, 'referral');
    return referral && { cursor, state, at, referral };
  }
}
