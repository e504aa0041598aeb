import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, conflict, DateTime, definePermission, listOf, range } from 'clinic-rapport';
import { Patient, patientRead, Visit, visitRead } from 'clinic-rapport/schema';
import { ReferralCode } from './code.ts';
import { ReferralChannel, ReferralReview, ReferralState, transitions } from './words.ts';

/** Not of patients: who advocates must not learn who came. They have `Patient.referralProgress`. */
export const referralRead = definePermission('referrals.referral.read', 'See who brought whom', [
  'owner',
  'frontDesk',
  'marketer',
]);
export const referralWrite = definePermission(
  'referrals.referral.write',
  'Record referrals at the desk, and hand rewards over',
  ['owner', 'frontDesk'],
);
export const referralReview = definePermission(
  'referrals.referral.review',
  'Decide on referrals that are held back as they might be fraud',
  ['owner'],
);

@ObjectType({ description: 'That one patient, the advocate, brought another one, the friend.' })
@Entity({ tableName: 'referrals_referral' })
export class Referral {
  @Field(() => ID, { description: 'Id of the referral.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who invited.' })
  @ManyToOne(() => Patient, { fieldName: 'patient_id' })
  advocate: Patient;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who came; null as long as nobody has.' })
  @ManyToOne(() => Patient, { nullable: true })
  friend?: Patient | null;

  @ManyToOne(() => ReferralCode, { nullable: true })
  code?: ReferralCode | null;

  @Field(() => ReferralChannel, { description: 'How the code came to the friend.' })
  @Property({ type: 'text' })
  channel: ReferralChannel;

  @Field(() => ReferralState, { description: 'How far it has come.' })
  @Property({ type: 'text' })
  state: ReferralState;

  @Field(() => ReferralReview, { description: 'What the rules against fraud say.' })
  @Property({ type: 'text' })
  review: ReferralReview;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is held or void: `SELF`, `EXISTING_PATIENT`, `RING`, `SAME_PERSON`, `SAME_PHONE`, `SAME_EMAIL`, `HOUSEHOLD`, `STAFF`, `TOO_MANY`, `REFUSED_BY_STAFF`, `NOBODY_CAME`, `ERASED`.',
  })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Authorized(referralReview)
  @Field(() => String, { nullable: true, description: 'What staff wrote when they decided on it.' })
  @Property({ type: 'text', nullable: true })
  reviewNote?: string | null;

  @Authorized(referralReview)
  @Field(() => ID, { nullable: true, description: 'Id of the user who decided on it.' })
  @Property({ type: 'uuid', nullable: true })
  reviewedBy?: string | null;

  @Field(() => Boolean, { description: 'Whether the friend agrees that the advocate may see who came.' })
  @Property({ type: 'boolean', default: false })
  discloses: Opt<boolean> = false;

  /** For the advocate, as long as the friend agrees: the advocate may not see the friend's record. */
  @Property({ type: 'text', nullable: true })
  shownName?: string | null;

  @Authorized(visitRead)
  @Field(() => Visit, { nullable: true, description: 'The friend’s first completed visit.' })
  @ManyToOne(() => Visit, { nullable: true })
  visit?: Visit | null;

  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  /** A legal hold keeps it from erasure. */
  @Property({ type: 'boolean', default: false })
  held: Opt<boolean> = false;

  @Field(() => DateTime, { description: 'When someone opened the invitation and went on.' })
  @Property({ type: 'datetime' })
  invitedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the friend became a patient.' })
  @Property({ type: 'datetime', nullable: true })
  joinedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the friend’s first visit was completed.' })
  @Property({ type: 'datetime', nullable: true })
  qualifiedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When all was given, or it became void.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;
}

export const ReferralList = listOf(() => Referral, {
  name: 'Referral',
  filter: {
    state: anyOf(ReferralState),
    review: anyOf(ReferralReview),
    channel: anyOf(ReferralChannel),
    advocate: anyOfIds(),
    friend: anyOfIds(),
    invitedAt: range(DateTime),
  },
  orderBy: { INVITED_AT: 'invitedAt' },
  defaultOrder: { invitedAt: 'desc' },
});

/** Throws CONFLICT where that is no way to go. */
export function move(referral: Referral, to: ReferralState, now: Date): void {
  if (!transitions[referral.state].includes(to))
    throw conflict(`A referral that is ${referral.state} cannot become ${to}.`);
  referral.state = to;
  referral.endedAt = to === 'REWARDED' || to === 'VOID' ? now : null;
}
