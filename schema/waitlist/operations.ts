import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { badInput, conflict, definePermission, Idempotent, LocalDate, LocalTime, type Context } from 'clinic-rapport';
import { dayOf } from '../clinic-day.ts';
import { clinicOf } from '../clinic.ts';
import { find, findIfGiven, findToChange } from '../find.ts';
import { Patient } from '../patient.ts';
import { Practitioner } from '../practitioner.ts';
import { Service } from '../service.ts';
import { publishEntry } from './change.ts';
import { WaitlistEntry, WaitlistOffer } from './entry.ts';

/** Days that one may wait for. */
const longest = 366;

export const waitlistWrite = definePermission('waitlist.write', 'Put patients on the waitlist, and take them off', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

@InputType({ description: 'A wish for a time that is to become free.' })
export class JoinWaitlistInput {
  @Field(() => ID, { description: 'Who waits.' })
  patientId: string;

  @Field(() => ID, { description: 'What for. A patient waits once for one service.' })
  serviceId: string;

  @Field(() => ID, { nullable: true, description: 'With whom; anyone who offers it if not given.' })
  practitionerId?: string | null;

  @Field(() => LocalDate, { description: 'The first day that would do.' })
  fromDay: string;

  @Field(() => LocalDate, { description: 'The last day that would do, at most a year ahead.' })
  toDay: string;

  @Field(() => LocalTime, { nullable: true, description: 'The earliest start in a day, by the clinic’s clock.' })
  fromTime?: string | null;

  @Field(() => LocalTime, { nullable: true, description: 'The latest start in a day, by the clinic’s clock.' })
  toTime?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How much the patient needs it: 0 as usual, 1 soon, 2 urgent. Only staff can say so.',
  })
  urgency?: number | null;
}

@InputType({ description: 'An entry of the waitlist.' })
export class LeaveWaitlistInput {
  @Field(() => ID, { description: 'Id of the entry.' })
  id: string;
}

@Resolver()
export class WaitlistOperations {
  @Authorized(waitlistWrite)
  @Idempotent()
  @Mutation(() => WaitlistEntry, {
    description:
      'Puts a patient on the waitlist: times that become free are offered by mail, to those who need it most first. CONFLICT for who waits for the service already.',
  })
  joinWaitlist(
    @Arg('input', () => JoinWaitlistInput, { description: 'The wish.' }) input: JoinWaitlistInput,
    @Ctx() context: Context,
  ): Promise<WaitlistEntry> {
    return joinWaitlist(input, context);
  }

  @Authorized(waitlistWrite)
  @Mutation(() => WaitlistEntry, { description: 'Takes a patient off the waitlist.' })
  async leaveWaitlist(
    @Arg('input', () => LeaveWaitlistInput, { description: 'The entry.' }) { id }: LeaveWaitlistInput,
    @Ctx() context: Context,
  ): Promise<WaitlistEntry> {
    return leaveWaitlist(await findToChange(WaitlistEntry, id, undefined, context), context);
  }
}

export async function joinWaitlist(input: JoinWaitlistInput, context: Context): Promise<WaitlistEntry> {
  const { em, now, actor } = context;
  const { fromDay, toDay, fromTime = null, toTime = null } = input;
  const today = dayOf(now, (await clinicOf(context)).timeZone);
  if (toDay < fromDay || toDay < today) throw badInput('input.toDay', '`toDay` lies before `fromDay`, or in the past.');
  if (Date.parse(toDay) > now.getTime() + longest * 86_400_000)
    throw badInput('input.toDay', '`toDay` lies more than a year ahead.');
  if (fromTime && toTime && toTime < fromTime) throw badInput('input.toTime', '`toTime` lies before `fromTime`.');
  const urgency = input.urgency ?? 0;
  if (urgency < 0 || urgency > 2) throw badInput('input.urgency', '`urgency` must be 0, 1 or 2.');
  if (urgency > 0 && actor.patientIds !== '*') throw badInput('input.urgency', 'How urgent it is, staff say.');
  const service = await find(Service, input.serviceId, context);
  if (!service.active) throw badInput('input.serviceId', 'This service cannot be booked any more.');
  const entry = em.create(WaitlistEntry, {
    patient: await find(Patient, input.patientId, context),
    service,
    practitioner: await findIfGiven(Practitioner, input.practitionerId, context),
    ...{ fromDay, toDay, fromTime, toTime, urgency, status: 'WAITING', joinedAt: now },
  });
  try {
    await em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw conflict('The patient waits for this service already.');
  }
  publishEntry(entry, context);
  return entry;
}

/** Ends the waiting; a time that was offered is free for the next at once. */
export async function leaveWaitlist(entry: WaitlistEntry, context: Context): Promise<WaitlistEntry> {
  if (entry.status !== 'WAITING' && entry.status !== 'OFFERED') return entry;
  await context.em.nativeUpdate(WaitlistOffer, { entry, state: 'OPEN' }, { state: 'DECLINED' });
  entry.status = 'LEFT';
  await context.em.flush();
  publishEntry(entry, context);
  return entry;
}
