import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  Authorized,
  Ctx,
  Field,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  LocalDate,
  LocalTime,
  Related,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import { Appointment } from '../appointment.ts';
import { Patient, patientRead } from '../patient.ts';
import { Practitioner } from '../practitioner.ts';
import { Service } from '../service.ts';

export const waitlistRead = definePermission('waitlist.read', 'See who waits for a time to become free', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

export const WaitlistStatus = {
  WAITING: 'WAITING',
  OFFERED: 'OFFERED',
  BOOKED: 'BOOKED',
  LEFT: 'LEFT',
  EXPIRED: 'EXPIRED',
} as const;
export type WaitlistStatus = keyof typeof WaitlistStatus;

registerEnumType(WaitlistStatus, {
  name: 'WaitlistStatus',
  description: 'Where someone on the waitlist stands.',
  valuesConfig: {
    WAITING: { description: 'Waits for a time to become free.' },
    OFFERED: { description: 'Was offered one, and has yet to answer.' },
    BOOKED: { description: 'Has an appointment now.' },
    LEFT: { description: 'Does not wait any more.' },
    EXPIRED: { description: 'The last day has passed.' },
  },
});

@ObjectType({ description: 'A patient who waits for a time to become free.' })
@Entity({ tableName: 'waitlist_entry' })
export class WaitlistEntry {
  @Field(() => ID, { description: 'Id of the entry.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who waits.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Service, { description: 'What for.' })
  @ManyToOne(() => Service)
  service: Service;

  @Field(() => Practitioner, { nullable: true, description: 'With whom; null for anyone.' })
  @ManyToOne(() => Practitioner, { nullable: true })
  practitioner?: Practitioner | null;

  @Field(() => LocalDate, { description: 'The first day that would do.' })
  @Property({ type: 'date' })
  fromDay: string;

  @Field(() => LocalDate, { description: 'The last day that would do.' })
  @Property({ type: 'date' })
  toDay: string;

  @Field(() => LocalTime, { nullable: true, description: 'The earliest start in a day, by the clinic’s clock.' })
  @Property({ type: 'time', nullable: true })
  fromTime?: string | null;

  @Field(() => LocalTime, { nullable: true, description: 'The latest start in a day, by the clinic’s clock.' })
  @Property({ type: 'time', nullable: true })
  toTime?: string | null;

  @Field(() => Int, { description: 'How much the patient needs it, as staff see it: 0 as usual, 1 soon, 2 urgent.' })
  @Property({ type: 'integer' })
  urgency: Opt<number> = 0;

  @Field(() => WaitlistStatus, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  status: WaitlistStatus;

  @Field(() => Appointment, { nullable: true, description: 'The appointment that came of it.' })
  @ManyToOne(() => Appointment, { nullable: true })
  appointment?: Appointment | null;

  @Field(() => DateTime, { description: 'Since when the patient waits.' })
  @Property({ type: 'datetime' })
  joinedAt: Date;

  @Property({ type: 'integer', version: true })
  version: Opt<number>;
}

/** A time that was offered to someone who waits. It is not held: whoever books it first has it. */
@Entity({ tableName: 'waitlist_offer' })
export class WaitlistOffer {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => WaitlistEntry)
  entry: WaitlistEntry;

  @ManyToOne(() => Patient)
  patient: Patient;

  @ManyToOne(() => Practitioner)
  practitioner: Practitioner;

  @Property({ type: 'datetime' })
  startsAt: Date;

  @Property({ type: 'text' })
  state: 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'EXPIRED' | 'TAKEN';

  @Property({ type: 'datetime' })
  expiresAt: Date;

  @Property({ type: 'datetime' })
  createdAt: Date;
}

export const WaitlistEntryList = listOf(() => WaitlistEntry, {
  name: 'WaitlistEntry',
  plural: 'waitlistEntries',
  filter: {
    status: anyOf(WaitlistStatus),
    service: anyOfIds(),
    practitioner: anyOfIds(),
    patient: anyOfIds(),
  },
  orderBy: { JOINED_AT: 'joinedAt' },
  defaultOrder: { joinedAt: 'asc' },
});

@Resolver(() => WaitlistEntry)
export class WaitlistResolver {
  @Authorized(waitlistRead)
  @Query(() => WaitlistEntryList.Connection, { description: 'Who waits for a time to become free, the longest first.' })
  waitlistEntries(
    @Args(() => WaitlistEntryList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<WaitlistEntry>> {
    return read.page(WaitlistEntryList, info, page);
  }
}

@Resolver(() => Patient)
export class PatientWaitlist {
  @Authorized(waitlistRead)
  @Related(() => WaitlistEntryList, { inverse: 'patient', nullable: true, description: 'What the patient waits for.' })
  waitlistEntries: Page<WaitlistEntry> | null;
}
