import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType } from 'type-graphql';
import {
  anyOfIds,
  beside,
  DateTime,
  defineLoader,
  definePermission,
  listOf,
  LocalDate,
  range,
  sql,
  type Sql,
} from 'clinic-rapport';
import { Patient, patientRead } from 'clinic-rapport/schema';
import { Tier } from './tier.ts';

/** What facts read of members: all of them together cost one join. */
export const members = beside('membership_member', 'patient_id');

export const memberRead = definePermission('membership.member.read', 'See which tier patients have, and why', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

/** Written by statements over many: `evaluate` and `joinPatients`. */
@ObjectType({ description: 'A patient in the membership programme.' })
@Entity({ tableName: 'membership_member' })
export class Member {
  @Field(() => ID, { description: 'Id of the member: that of the patient.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who it is.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Tier, { description: 'The rank.' })
  @ManyToOne(() => Tier)
  tier: Tier;

  @Field(() => DateTime, { description: 'When the patient became a member.' })
  @Property({ type: 'datetime' })
  joinedAt: Date;

  @Field(() => DateTime, { description: 'Since when the member has this tier.' })
  @Property({ type: 'datetime' })
  tierSince: Date;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The last day of the tier unless its conditions hold again until then; null where they hold.',
  })
  @Property({ type: 'date', nullable: true })
  graceUntil?: string | null;

  /** The end of the grace that the member was told of, of the last time. */
  @Property({ type: 'date', nullable: true })
  graceTold?: string | null;

  /** How many there were, joining included: the number of the last one. */
  @Property({ type: 'integer' })
  changes: Opt<number> = 1;

  /** Goes up whenever the member is looked at alone: a sweep that began before it leaves its result alone. */
  @Property({ type: 'integer' })
  evaluation: Opt<number> = 0;

  /** A legal hold keeps it from erasure. */
  @Property({ type: 'boolean' })
  held: Opt<boolean> = false;
}

export const MemberList = listOf(() => Member, {
  name: 'Member',
  filter: { tier: anyOfIds(), joinedAt: range(DateTime), tierSince: range(DateTime), graceUntil: range(LocalDate) },
  orderBy: { JOINED_AT: 'joinedAt', TIER_SINCE: 'tierSince' },
  defaultOrder: { joinedAt: 'desc' },
});

/** Of a patient, by id. Nothing that a patient needs clinically may depend on it. */
export interface TierOfPatient {
  readonly tierId: string;
  readonly code: string;
  /** 0 for the lowest. */
  readonly rank: number;
}

/** Code of the tier that a patient has, for statements of plugins: by the columns of the clinic and of the patient's id. */
export const tierCodeOf = (clinicId: Sql, patientId: Sql): Sql =>
  sql`(select t.code from membership_member m
    join membership_tier t on t.clinic_id = m.clinic_id and t.id = m.tier_id
    where m.clinic_id = ${clinicId} and m.patient_id = ${patientId})`;

/** The tier of a patient, by id; undefined for who is no member. */
export const tierOfPatient = defineLoader<string, TierOfPatient | undefined>(async (patientIds, { em, clinicId }) => {
  const rows = await em.execute<(TierOfPatient & { patientId: string })[]>(
    `select m.patient_id as "patientId", t.id as "tierId", t.code, t.rank from membership_member m
     join membership_tier t on t.clinic_id = m.clinic_id and t.id = m.tier_id
     where m.clinic_id = ? and m.patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [clinicId, JSON.stringify(patientIds)],
  );
  const known = new Map(rows.map(({ patientId, ...tier }) => [patientId, tier]));
  return patientIds.map(id => known.get(id));
});
