import { Args, ArgsType, Authorized, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { DateTime, type Context } from 'clinic-rapport';
import { clinicRead } from './clinic.ts';
import { freeSlots, type FreeSlot } from './slot.ts';

@ObjectType({ description: 'A free piece of a practitioner’s bookable time, long enough for the service.' })
export class Slot {
  @Field(() => DateTime, { description: 'When it begins: `startsAt` of `bookAppointment`.' })
  startsAt: Date;

  @Field(() => DateTime, { description: 'When it is over.' })
  endsAt: Date;

  @Field(() => ID, { description: 'With whom; the names are in `practitioners`.' })
  practitionerId: string;

  @Field(() => ID, { description: 'Where; the names are in `locations`.' })
  locationId: string;

  @Field(() => ID, { nullable: true, description: 'In which room.' })
  roomId?: string;
}

@ArgsType()
export class FreeSlotsArguments {
  @Field(() => ID, { description: 'What for; it decides how long a slot is.' })
  serviceId: string;

  @Field(() => ID, { nullable: true, description: 'With whom; anyone who offers the service if not given.' })
  practitionerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'For whom: times that are kept for others are left out. For staff; a patient asks for oneself.',
  })
  patientId?: string | null;

  @Field(() => DateTime, { description: 'The earliest start.' })
  from: Date;

  @Field(() => DateTime, { description: 'No slot starts at this time or later; at most 31 days after `from`.' })
  to: Date;

  @Field(() => Int, { nullable: true, description: 'How many, 1 to 200; 50 if not given.' })
  first?: number | null;
}

@Resolver()
export class SlotResolver {
  @Authorized(clinicRead)
  @Query(() => [Slot], {
    description: 'The first free slots for a service, the earliest first. None is held by asking.',
  })
  freeSlots(@Args(() => FreeSlotsArguments) input: FreeSlotsArguments, @Ctx() context: Context): Promise<FreeSlot[]> {
    return freeSlots(input, context);
  }
}
