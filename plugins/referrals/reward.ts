import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, listOf, range } from 'clinic-rapport';
import { Patient, patientRead } from 'clinic-rapport/schema';
import { ReferralOffer } from './offer.ts';
import { Referral } from './referral.ts';
import { ReferralRewardState, ReferralSide } from './words.ts';

@ObjectType({ description: 'What one side of a referral was promised, and got.' })
@Entity({ tableName: 'referrals_reward' })
export class ReferralReward {
  @Field(() => ID, { description: 'Id of the reward.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Referral, { nullable: true, description: 'For which referral.' })
  @ManyToOne(() => Referral)
  referral: Referral;

  @Field(() => ReferralSide, { description: 'For which side.' })
  @Property({ type: 'text' })
  side: ReferralSide;

  /** A friend whose first visit turned out to be none may come once more. */
  @Property({ type: 'integer' })
  round: number;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who gets it.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => ReferralOffer, { nullable: true, description: 'What was promised at that time.' })
  @ManyToOne(() => ReferralOffer)
  offer: ReferralOffer;

  @Field(() => ReferralRewardState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: ReferralRewardState;

  @Field(() => String, { nullable: true, description: 'Why it was refused: the rule, as `tw.reward-cash`.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => DateTime, { description: 'When it is or was due.' })
  @Property({ type: 'datetime' })
  dueAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was given.' })
  @Property({ type: 'datetime', nullable: true })
  grantedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was handed over, refused or taken back.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;
}

export const ReferralRewardList = listOf(() => ReferralReward, {
  name: 'ReferralReward',
  filter: {
    state: anyOf(ReferralRewardState),
    side: anyOf(ReferralSide),
    patient: anyOfIds(),
    referral: anyOfIds(),
    dueAt: range(DateTime),
  },
  orderBy: { DUE_AT: 'dueAt' },
  defaultOrder: { dueAt: 'desc' },
});
