import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { LocalDate, LocalTime, RelatedAll, type Row } from 'clinic-rapport';
import { Location, Room } from './location.ts';
import { Practitioner } from './practitioner.ts';

@ObjectType({ description: 'Hours of one weekday in which a practitioner can be booked, in the clinic’s time zone.' })
@Entity({ tableName: 'schedule' })
export class Schedule {
  @Field(() => ID, { description: 'Id of the schedule.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Practitioner, { description: 'Who can be booked.' })
  @ManyToOne(() => Practitioner)
  practitioner: Practitioner;

  @Field(() => Location, { description: 'Where.' })
  @ManyToOne(() => Location)
  location: Location;

  @Field(() => Room, { nullable: true, description: 'In which room; it is taken together with the practitioner.' })
  @ManyToOne(() => Room, { nullable: true })
  room?: Room | null;

  @Field(() => Int, { description: 'Day of the week, ISO 8601: 1 is Monday, 7 is Sunday.' })
  @Property({ type: 'smallint' })
  weekday: number;

  @Field(() => LocalTime, { description: 'When the first slot begins.' })
  @Property({ type: 'time' })
  startTime: string;

  @Field(() => LocalTime, { description: 'When the last slot is over.' })
  @Property({ type: 'time' })
  endTime: string;

  @Field(() => Int, { description: 'Minutes from the start of one slot to the start of the next.' })
  @Property({ type: 'integer' })
  slotMinutes: number;

  @Field(() => LocalDate, { description: 'First day on which it holds.' })
  @Property({ type: 'date' })
  validFrom: string;

  @Field(() => LocalDate, { nullable: true, description: 'Last day on which it holds; until further notice if null.' })
  @Property({ type: 'date', nullable: true })
  validUntil?: string | null;
}

@Resolver(() => Practitioner)
export class PractitionerSchedules {
  @RelatedAll(() => Schedule, {
    inverse: 'practitioner',
    limit: 100,
    orderBy: { weekday: 'asc', startTime: 'asc' },
    description: 'The bookable hours of the week.',
  })
  schedules: Row<Schedule>[];
}
