import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, definePermission, listOf, range } from 'clinic-rapport';
import { LocalizedText, type Localized } from 'clinic-rapport/schema';
import { Tier } from '../program/tier.ts';

export const lectureRead = definePermission('membership.lecture.read', 'See lectures, and who has a seat', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
  'patient',
]);
export const lectureWrite = definePermission('membership.lecture.write', 'Plan lectures, and call them off', [
  'owner',
  'marketer',
]);

export const MembershipLectureState = { PLANNED: 'PLANNED', CANCELLED: 'CANCELLED' } as const;
export type MembershipLectureState = keyof typeof MembershipLectureState;

registerEnumType(MembershipLectureState, {
  name: 'MembershipLectureState',
  description: 'Whether a lecture is held.',
  valuesConfig: {
    PLANNED: { description: 'It is held, or was.' },
    CANCELLED: { description: 'It was called off.' },
  },
});

@ObjectType({ description: 'A lecture for members of a tier, and of those above it.' })
@Entity({ tableName: 'membership_lecture' })
export class MembershipLecture {
  @Field(() => ID, { description: 'Id of the lecture.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Tier, { description: 'The lowest tier that may come.' })
  @ManyToOne(() => Tier)
  tier: Tier;

  @Field(() => LocalizedText, { description: 'What it is about.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  name: Localized;

  @Field(() => LocalizedText, { description: 'Where it is held.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  place: Localized;

  @Field(() => DateTime, { description: 'When it begins.' })
  @Property({ type: 'datetime' })
  startsAt: Date;

  @Field(() => DateTime, { description: 'When it is over.' })
  @Property({ type: 'datetime' })
  endsAt: Date;

  @Field(() => Int, { description: 'How many seats there are.' })
  @Property({ type: 'integer' })
  capacity: number;

  @Field(() => Int, { description: 'How many of them are taken.' })
  @Property({ type: 'integer', default: 0 })
  taken: Opt<number> = 0;

  @Field(() => MembershipLectureState, { description: 'Whether it is held.' })
  @Property({ type: 'text' })
  state: MembershipLectureState;
}

export const LectureList = listOf(() => MembershipLecture, {
  name: 'MembershipLecture',
  plural: 'lectures',
  filter: { tier: anyOfIds(), state: anyOf(MembershipLectureState), startsAt: range(DateTime) },
  orderBy: { STARTS_AT: 'startsAt' },
  defaultOrder: { startsAt: 'desc' },
});
