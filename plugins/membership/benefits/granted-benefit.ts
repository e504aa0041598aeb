import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, listOf, LocalDate, range } from 'clinic-rapport';
import { LocalizedText, Patient, patientRead, type Localized } from 'clinic-rapport/schema';
import { MembershipBenefit } from './benefit.ts';
import { BenefitKind, MembershipGrantedBenefitState } from './words.ts';

@ObjectType({ description: 'A benefit that a patient was given.' })
@Entity({ tableName: 'membership_granted_benefit' })
export class MembershipGrantedBenefit {
  @Field(() => ID, { description: 'Id of what was given.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who was given it.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => MembershipBenefit, { nullable: true, description: 'That of the tier; null where no tier gave it.' })
  @ManyToOne(() => MembershipBenefit, { nullable: true })
  benefit?: MembershipBenefit | null;

  @Field(() => String, {
    nullable: true,
    description: 'For which period: `2026`, `2026-Q2`, `2026-06`; null for once.',
  })
  @Property({ type: 'text', nullable: true })
  period?: string | null;

  @Field(() => LocalizedText, { description: 'What it was called when it was given.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  name: Localized;

  @Field(() => BenefitKind, { description: 'What it gives.' })
  @Property({ type: 'text' })
  kind: BenefitKind;

  @Field(() => Int, { description: 'How often it can be used.' })
  @Property({ type: 'integer' })
  quota: number;

  @Field(() => Int, { description: 'How often it was used.' })
  @Property({ type: 'integer', default: 0 })
  used: Opt<number> = 0;

  @Field(() => LocalDate, { nullable: true, description: 'The last day on which it can be used; null for ever.' })
  @Property({ type: 'date', nullable: true })
  validUntil?: string | null;

  @Field(() => MembershipGrantedBenefitState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: MembershipGrantedBenefitState;

  /** Of what it was given for: a second grant with it is the first one. */
  @Property({ type: 'text' })
  key: string;

  @Field(() => String, { description: 'What gave it, as a code: `membership.tier`.' })
  @Property({ type: 'text' })
  source: string;

  @Field(() => DateTime, { description: 'When it was given.' })
  @Property({ type: 'datetime' })
  grantedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was used up, expired or taken back.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;

  /** A legal hold keeps it from erasure. */
  @Property({ type: 'boolean', default: false })
  held: Opt<boolean> = false;
}

export const GrantedBenefitList = listOf(() => MembershipGrantedBenefit, {
  name: 'MembershipGrantedBenefit',
  plural: 'benefits that patients were given',
  filter: {
    patient: anyOfIds(),
    benefit: anyOfIds(),
    kind: anyOf(BenefitKind),
    state: anyOf(MembershipGrantedBenefitState),
    grantedAt: range(DateTime),
  },
  orderBy: { GRANTED_AT: 'grantedAt' },
  defaultOrder: { grantedAt: 'desc' },
});

/** Of one patient. */
export const OwnBenefitList = listOf(() => MembershipGrantedBenefit, {
  name: 'PatientBenefit',
  plural: 'benefits of the patient',
  filter: { state: anyOf(MembershipGrantedBenefitState) },
  defaultOrder: { grantedAt: 'desc' },
});
