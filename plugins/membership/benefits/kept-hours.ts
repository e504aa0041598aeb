import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, definePermission, listOf, LocalTime } from 'clinic-rapport';
import { Practitioner, Service } from 'clinic-rapport/schema';
import { Tier } from '../program/tier.ts';

export const keptTimeRead = definePermission('membership.kept-time.read', 'See which times are kept for members', [
  'owner',
  'frontDesk',
  'practitioner',
]);
export const keptTimeWrite = definePermission('membership.kept-time.write', 'Keep times for members of a tier', [
  'owner',
]);

/** Staff may book anybody at any time: what a patient needs clinically waits for no tier. */
@ObjectType({ description: 'Hours of a weekday that are kept for members of a tier, and of those above it.' })
@Entity({ tableName: 'membership_kept_time' })
export class MembershipKeptTime {
  @Field(() => ID, { description: 'Id of the kept time.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Tier, { description: 'The lowest tier that they are kept for.' })
  @ManyToOne(() => Tier)
  tier: Tier;

  @Field(() => Service, { nullable: true, description: 'Only for this service; for all of them if null.' })
  @ManyToOne(() => Service, { nullable: true })
  service?: Service | null;

  @Field(() => Practitioner, { nullable: true, description: 'Only with this practitioner; with all of them if null.' })
  @ManyToOne(() => Practitioner, { nullable: true })
  practitioner?: Practitioner | null;

  @Field(() => Int, { description: 'Day of the week, ISO 8601: 1 is Monday, 7 is Sunday.' })
  @Property({ type: 'smallint' })
  weekday: number;

  @Field(() => LocalTime, { description: 'When the first slot begins, in the clinic’s time zone.' })
  @Property({ type: 'time' })
  startTime: string;

  @Field(() => LocalTime, { description: 'A slot that begins at this time is not kept any more.' })
  @Property({ type: 'time' })
  endTime: string;

  @Field(() => Int, {
    nullable: true,
    description: 'How many hours before it begins a slot is for everybody; null for slots that are for members only.',
  })
  @Property({ type: 'integer', nullable: true })
  releaseHours?: number | null;
}

export const KeptTimeList = listOf(() => MembershipKeptTime, {
  name: 'MembershipKeptTime',
  plural: 'kept times',
  filter: { tier: anyOfIds(), service: anyOfIds(), practitioner: anyOfIds(), weekday: anyOf(Int) },
  defaultOrder: { id: 'asc' },
});
