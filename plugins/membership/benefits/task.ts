import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, definePermission, listOf, LocalDate, range } from 'clinic-rapport';
import { Patient, patientRead, Practitioner } from 'clinic-rapport/schema';
import { MembershipGrantedBenefit } from './granted-benefit.ts';

export const taskRead = definePermission('membership.task.read', 'See what is to be done for members', [
  'owner',
  'frontDesk',
  'practitioner',
]);
export const taskWrite = definePermission(
  'membership.task.write',
  'Say who does what for members, and that it is done',
  ['owner', 'frontDesk', 'practitioner'],
);

export const MembershipTaskState = { OPEN: 'OPEN', DONE: 'DONE', DROPPED: 'DROPPED' } as const;
export type MembershipTaskState = keyof typeof MembershipTaskState;

registerEnumType(MembershipTaskState, {
  name: 'MembershipTaskState',
  description: 'Where something that is to be done for a member stands.',
  valuesConfig: {
    OPEN: { description: 'It is to be done.' },
    DONE: { description: 'It was done, and the benefit was used by it.' },
    DROPPED: { description: 'The benefit is over, was used otherwise or was taken back.' },
  },
});

@ObjectType({ description: 'Something that somebody of the clinic does for a member: a call in person.' })
@Entity({ tableName: 'membership_task' })
export class MembershipTask {
  @Field(() => ID, { description: 'Id of the task.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'For whom.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => MembershipGrantedBenefit, { description: 'The benefit that it is part of.' })
  @ManyToOne(() => MembershipGrantedBenefit)
  grantedBenefit: MembershipGrantedBenefit;

  @Field(() => Practitioner, {
    nullable: true,
    description: 'Who does it: at first whom the patient has seen last; null for nobody yet.',
  })
  @ManyToOne(() => Practitioner, { nullable: true })
  practitioner?: Practitioner | null;

  @Field(() => LocalDate, { description: 'The day until which it is to be done.' })
  @Property({ type: 'date' })
  dueOn: string;

  @Field(() => MembershipTaskState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: MembershipTaskState;

  @Field(() => DateTime, { description: 'Since when it is known.' })
  @Property({ type: 'datetime' })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was done or dropped.' })
  @Property({ type: 'datetime', nullable: true })
  endedAt?: Date | null;

  @Field(() => ID, { nullable: true, description: 'Id of the user, or of the key, that said that it is done.' })
  @Property({ type: 'text', nullable: true })
  doneBy?: string | null;
}

export const TaskList = listOf(() => MembershipTask, {
  name: 'MembershipTask',
  plural: 'tasks',
  filter: {
    patient: anyOfIds(),
    practitioner: anyOfIds(),
    state: anyOf(MembershipTaskState),
    dueOn: range(LocalDate),
  },
  orderBy: { DUE_ON: 'dueOn' },
  defaultOrder: { dueOn: 'asc' },
});
