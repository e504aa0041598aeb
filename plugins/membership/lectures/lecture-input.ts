import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTime } from 'clinic-rapport';
import { LocalizedTextInput } from 'clinic-rapport/schema';

@InputType({ description: 'A lecture for members.' })
export class PlanMembershipLectureInput {
  @Field(() => ID, { description: 'Id of the lowest tier that may come.' })
  tierId: string;

  @Field(() => LocalizedTextInput, { description: 'What it is about, 1 to 100 characters each.' })
  name: LocalizedTextInput;

  @Field(() => LocalizedTextInput, { description: 'Where it is held, 1 to 100 characters each.' })
  place: LocalizedTextInput;

  @Field(() => DateTime, { description: 'When it begins, in the future.' })
  startsAt: Date;

  @Field(() => DateTime, { description: 'When it is over, at most 24 hours later.' })
  endsAt: Date;

  @Field(() => Int, { description: 'How many seats there are, 1 to 500.' })
  capacity: number;
}

@InputType({ description: 'A lecture to call off.' })
export class CancelMembershipLectureInput {
  @Field(() => ID, { description: 'Id of the lecture.' })
  id: string;
}

@InputType({ description: 'A seat to take.' })
export class TakeMembershipSeatInput {
  @Field(() => ID, { description: 'Id of the lecture.' })
  lectureId: string;

  @Field(() => ID, { description: 'Who comes.' })
  patientId: string;
}

@InputType({ description: 'A seat that somebody has.' })
export class MembershipSeatInput {
  @Field(() => ID, { description: 'Id of the seat.' })
  id: string;
}
