import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { LocalDate } from 'clinic-rapport';
import { Patient, Visit } from 'clinic-rapport/schema';

/** The sums are kept by a trigger on the ledger; nothing else writes them. */
@ObjectType({ description: 'Points that were given at once. Those that expire first are spent first.' })
@Entity({ tableName: 'membership_lot' })
export class PointsLot {
  @Field(() => ID, { description: 'Id of the lot.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  /** Of whoever gave them: a second lot with it is not made. */
  @Property({ type: 'text' })
  key: string;

  @Field(() => Int, { description: 'How many there were at first.' })
  @Property({ type: 'integer' })
  points: number;

  @Field(() => Int, { description: 'How many of them are pending.' })
  @Property({ type: 'integer', default: 0 })
  pending: Opt<number> = 0;

  @Field(() => Int, { description: 'How many of them can be spent still.' })
  @Property({ type: 'integer', default: 0 })
  available: Opt<number> = 0;

  @Field(() => Int, { description: 'How many of them were taken back when they had been spent, and are owed.' })
  @Property({ type: 'integer', default: 0 })
  owed: Opt<number> = 0;

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'The last day on which they can be spent; null as long as they are pending, and where they never expire.',
  })
  @Property({ type: 'date', nullable: true })
  expiresOn?: string | null;

  /** How many days before it expires the patient was told of it, of the last time. */
  @Property({ type: 'integer', nullable: true })
  toldDays?: number | null;

  @ManyToOne(() => Visit, { nullable: true })
  visit?: Visit | null;
}
