import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { Idempotent, Related, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { Patient } from 'clinic-rapport/schema';
import {
  CancelMembershipLectureInput,
  MembershipSeatInput,
  PlanMembershipLectureInput,
  TakeMembershipSeatInput,
} from './lecture-input.ts';
import { LectureList, lectureRead, lectureWrite, MembershipLecture } from './lecture.ts';
import { cancelLecture, planLecture } from './planning.ts';
import { MembershipSeat, OwnSeatList, seatAttend, SeatList, seatTake } from './seat.ts';
import { cancelSeat, recordAttendance, takeSeat } from './seating.ts';

@Resolver()
export class LectureResolver {
  @Authorized(lectureRead)
  @Query(() => LectureList.Connection, { description: 'Lectures, the latest first. Patients see those that are held.' })
  membershipLectures(
    @Args(() => LectureList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { actor, read }: Context,
  ): Promise<Page<MembershipLecture>> {
    return read.page(LectureList, info, page, actor.patientIds === '*' ? {} : { state: 'PLANNED' });
  }

  @Authorized(lectureWrite)
  @Idempotent()
  @Mutation(() => MembershipLecture, {
    description: 'Plans a lecture. COMPLIANCE_BLOCKED, with the rule, for words that the law forbids.',
  })
  planMembershipLecture(
    @Arg('input', () => PlanMembershipLectureInput, { description: 'The lecture.' }) input: PlanMembershipLectureInput,
    @Ctx() context: Context,
  ): Promise<MembershipLecture> {
    return planLecture(input, context);
  }

  @Authorized(lectureWrite)
  @Mutation(() => MembershipLecture, {
    description: 'Calls a lecture off, and tells everybody who has a seat. CONFLICT once it has begun.',
  })
  cancelMembershipLecture(
    @Arg('input', () => CancelMembershipLectureInput, { description: 'Which one.' })
    { id }: CancelMembershipLectureInput,
    @Ctx() context: Context,
  ): Promise<MembershipLecture> {
    return cancelLecture(id, context);
  }
}

@Resolver()
export class SeatResolver {
  @Authorized(lectureRead)
  @Query(() => SeatList.Connection, { description: 'Seats in lectures, the latest first. Patients see their own.' })
  membershipSeats(
    @Args(() => SeatList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<MembershipSeat>> {
    return read.page(SeatList, info, page);
  }

  @Authorized(seatTake)
  @Idempotent()
  @Mutation(() => MembershipSeat, {
    description:
      'Takes a seat, or answers the one that the patient has. CONFLICT where none is left, or for members of a lower tier.',
  })
  takeMembershipSeat(
    @Arg('input', () => TakeMembershipSeatInput, { description: 'In which lecture, and for whom.' })
    input: TakeMembershipSeatInput,
    @Ctx() context: Context,
  ): Promise<MembershipSeat> {
    return takeSeat(input, context);
  }

  @Authorized(seatTake)
  @Mutation(() => MembershipSeat, {
    description: 'Gives a seat back: somebody else can have it. CONFLICT once the lecture has begun.',
  })
  cancelMembershipSeat(
    @Arg('input', () => MembershipSeatInput, { description: 'Which one.' }) { id }: MembershipSeatInput,
    @Ctx() context: Context,
  ): Promise<MembershipSeat> {
    return cancelSeat(id, context);
  }

  @Authorized(seatAttend)
  @Mutation(() => MembershipSeat, {
    description:
      'The patient came, which counts for the tier, once. CONFLICT earlier than three hours before the lecture begins.',
  })
  recordMembershipAttendance(
    @Arg('input', () => MembershipSeatInput, { description: 'Whose seat.' }) { id }: MembershipSeatInput,
    @Ctx() context: Context,
  ): Promise<MembershipSeat> {
    return recordAttendance(id, context);
  }
}

@Resolver(() => Patient)
export class PatientSeats {
  @Authorized(lectureRead)
  @Related(() => OwnSeatList, {
    inverse: 'patient',
    nullable: true,
    description: 'In which lectures the patient has, or had, a seat, the latest first.',
  })
  lectureSeats: Page<MembershipSeat> | null;
}
