import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, equals, listOf, LocalDate, range } from 'clinic-rapport';
import { Patient, patientRead } from 'clinic-rapport/schema';
import { MembershipReward } from './reward.ts';

export const MembershipRedemptionState = {
  OPEN: 'OPEN',
  USED: 'USED',
  CANCELLED: 'CANCELLED',
  LAPSED: 'LAPSED',
} as const;
export type MembershipRedemptionState = keyof typeof MembershipRedemptionState;

registerEnumType(MembershipRedemptionState, {
  name: 'MembershipRedemptionState',
  description: 'Where a redemption stands.',
  valuesConfig: {
    OPEN: { description: 'The points are spent, and the patient can fetch the reward.' },
    USED: { description: 'The patient got the reward.' },
    CANCELLED: { description: 'It was called off, and the points went back to where they came from.' },
    LAPSED: { description: 'The reward was not fetched in time.' },
  },
});

@ObjectType({ description: 'A reward that a patient has spent points on.' })
@Entity({ tableName: 'membership_redemption' })
export class MembershipRedemption {
  @Field(() => ID, { description: 'Id of the redemption.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who has redeemed it.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => MembershipReward, { description: 'What for.' })
  @ManyToOne(() => MembershipReward)
  reward: MembershipReward;

  @Field(() => Int, { description: 'What it took, in points.' })
  @Property({ type: 'integer' })
  points: number;

  @Field(() => String, { description: 'To show at the desk: eight letters and digits.' })
  @Property({ type: 'text' })
  code: string;

  @Field(() => MembershipRedemptionState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: MembershipRedemptionState;

  @Field(() => LocalDate, { nullable: true, description: 'The last day on which it can be fetched; null for ever.' })
  @Property({ type: 'date', nullable: true })
  validUntil?: string | null;

  @Field(() => ID, { description: 'Of the entries by which the points were spent.' })
  @Property({ type: 'uuid' })
  postingId: string;

  @Field(() => DateTime, { description: 'When it was redeemed.' })
  @Property({ type: 'datetime' })
  redeemedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was used, cancelled or lapsed.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;
}

export const RedemptionList = listOf(() => MembershipRedemption, {
  name: 'MembershipRedemption',
  plural: 'redemptions',
  filter: {
    patient: anyOfIds(),
    reward: anyOfIds(),
    state: anyOf(MembershipRedemptionState),
    code: equals(String),
    redeemedAt: range(DateTime),
  },
  orderBy: { REDEEMED_AT: 'redeemedAt' },
  defaultOrder: { redeemedAt: 'desc' },
});
