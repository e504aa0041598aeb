import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, definePermission, listOf } from 'clinic-rapport';
import { Patient, patientRead } from 'clinic-rapport/schema';
import { MembershipLecture } from './lecture.ts';

export const seatTake = definePermission('membership.seat.take', 'Take seats in lectures, and give them back', [
  'owner',
  'frontDesk',
  'patient',
]);
export const seatAttend = definePermission('membership.seat.attend', 'Record who came to a lecture', [
  'owner',
  'frontDesk',
  'practitioner',
]);

export const MembershipSeatState = { TAKEN: 'TAKEN', CANCELLED: 'CANCELLED' } as const;
export type MembershipSeatState = keyof typeof MembershipSeatState;

registerEnumType(MembershipSeatState, {
  name: 'MembershipSeatState',
  description: 'Whether somebody has a seat.',
  valuesConfig: {
    TAKEN: { description: 'The patient has it.' },
    CANCELLED: { description: 'It was given back, or the lecture was called off.' },
  },
});

@ObjectType({ description: 'The seat of a patient in a lecture.' })
@Entity({ tableName: 'membership_seat' })
export class MembershipSeat {
  @Field(() => ID, { description: 'Id of the seat.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Whose it is.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => MembershipLecture, { description: 'In which lecture.' })
  @ManyToOne(() => MembershipLecture)
  lecture: MembershipLecture;

  @Field(() => MembershipSeatState, { description: 'Whether the patient has it still.' })
  @Property({ type: 'text' })
  state: MembershipSeatState;

  @Field(() => DateTime, { description: 'When it was taken.' })
  @Property({ type: 'datetime' })
  registeredAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was given back.' })
  @Property({ type: 'datetime', nullable: true })
  cancelledAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was recorded that the patient came.' })
  @Property({ type: 'datetime', nullable: true })
  attendedAt?: Date | null;

  /** When the reminder was recorded: there is one. */
  @Property({ type: 'datetime', nullable: true })
  remindedAt?: Date | null;

  /** A legal hold keeps it from erasure. */
  @Property({ type: 'boolean', default: false })
  held: Opt<boolean> = false;
}

export const SeatList = listOf(() => MembershipSeat, {
  name: 'MembershipSeat',
  plural: 'seats',
  filter: { lecture: anyOfIds(), patient: anyOfIds(), state: anyOf(MembershipSeatState) },
});

/** Of one patient. */
export const OwnSeatList = listOf(() => MembershipSeat, {
  name: 'PatientSeat',
  plural: 'seats of the patient',
  filter: { state: anyOf(MembershipSeatState) },
  defaultOrder: { registeredAt: 'desc' },
});
