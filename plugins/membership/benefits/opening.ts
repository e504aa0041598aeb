import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOfIds, DateTime, listOf, LocalDate, range } from 'clinic-rapport';
import { Service } from 'clinic-rapport/schema';
import { Tier } from '../program/tier.ts';

@ObjectType({ description: 'New days of a service that members of a tier may book some days before everybody.' })
@Entity({ tableName: 'membership_opening' })
export class MembershipOpening {
  @Field(() => ID, { description: 'Id of the opening.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Service, { description: 'What can be booked.' })
  @ManyToOne(() => Service)
  service: Service;

  @Field(() => Tier, { description: 'The lowest tier that may book before everybody.' })
  @ManyToOne(() => Tier)
  tier: Tier;

  @Field(() => LocalDate, { description: 'The first of the new days.' })
  @Property({ type: 'date' })
  firstDay: string;

  @Field(() => LocalDate, { description: 'The last of them.' })
  @Property({ type: 'date' })
  lastDay: string;

  @Field(() => DateTime, { description: 'From when on members may book them, and are told by mail.' })
  @Property({ type: 'datetime' })
  membersFrom: Date;

  @Field(() => DateTime, { description: 'From when on everybody may.' })
  @Property({ type: 'datetime' })
  everybodyFrom: Date;
}

export const OpeningList = listOf(() => MembershipOpening, {
  name: 'MembershipOpening',
  plural: 'openings',
  filter: { service: anyOfIds(), tier: anyOfIds(), everybodyFrom: range(DateTime) },
});
