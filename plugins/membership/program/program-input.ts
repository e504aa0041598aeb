import { Field, ID, InputType, Int } from 'type-graphql';
import { LocalizedTextInput } from 'clinic-rapport/schema';
import { Engagement, TierConditionKind, TierDescent } from './words.ts';

export const mostTiers = 10;
export const mostConditions = 10;
export const longestWindow = 3_650;

@InputType({ description: 'A condition of a tier.' })
export class TierConditionInput {
  @Field(() => TierConditionKind, { description: 'What is counted.' })
  kind: TierConditionKind;

  @Field(() => Int, {
    description: 'How much is enough, 1 or more: minor units for SPEND, days for TENURE, times for others.',
  })
  atLeast: number;

  @Field(() => Int, {
    nullable: true,
    description: `How many days back it counts, today included, 1 to ${longestWindow}; for ever if not given. Not for TENURE.`,
  })
  days?: number | null;

  @Field(() => [Engagement], { nullable: true, description: 'ENGAGEMENT: which kinds, one at least. Not for others.' })
  engagements?: Engagement[] | null;

  @Field(() => [ID], { nullable: true, description: 'ITEM: ids of services, at most 50. Not for others.' })
  serviceIds?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'ITEM: codes of procedures in the clinic’s own system, at most 50. Not for others.',
  })
  procedureCodes?: string[] | null;
}

@InputType({ description: 'When a member has a tier: exactly one of the fields is given.' })
export class TierRulesInput {
  @Field(() => [TierConditionInput], { nullable: true, description: `One of these holds; 1 to ${mostConditions}.` })
  any?: TierConditionInput[] | null;

  @Field(() => [TierConditionInput], { nullable: true, description: `All of these hold; 1 to ${mostConditions}.` })
  all?: TierConditionInput[] | null;
}

@InputType({ description: 'A tier of a programme.' })
export class TierInput {
  @Field(() => String, {
    description: 'What it is called in facts and changes: `honour`. Small letters, digits and hyphens, at most 40.',
  })
  code: string;

  @Field(() => LocalizedTextInput, { description: 'What patients know it as, at most 60 characters.' })
  name: LocalizedTextInput;

  @Field(() => LocalizedTextInput, {
    nullable: true,
    description: 'What it gives, as patients read it, at most 1,000 characters.',
  })
  benefits?: LocalizedTextInput | null;

  @Field(() => Int, {
    defaultValue: 0,
    description: 'What its benefits cost the clinic for one member in a year, in minor units, 0 to 1,000,000,000.',
  })
  yearlyValue: number;

  @Field(() => TierRulesInput, {
    nullable: true,
    description: 'When a member has it. Not for the lowest tier, which is open to every registered patient.',
  })
  rules?: TierRulesInput | null;
}

@InputType({ description: 'A membership programme, whole.' })
export class MembershipProgramInput {
  @Field(() => LocalizedTextInput, { description: 'What patients know it as, at most 60 characters.' })
  name: LocalizedTextInput;

  @Field(() => Int, {
    defaultValue: 90,
    description: 'For how many days a member keeps a tier whose conditions hold no longer, 0 to 730.',
  })
  graceDays: number;

  @Field(() => TierDescent, { defaultValue: 'STEP', description: 'How far members go down after that.' })
  descent: TierDescent;

  @Field(() => Boolean, {
    defaultValue: true,
    description: 'Whether only who has a verified address comes above the lowest tier.',
  })
  needsVerifiedAddress: boolean;

  @Field(() => [TierInput], { description: `The tiers, the lowest first; 1 to ${mostTiers}.` })
  tiers: TierInput[];
}

@InputType({ description: 'A programme to begin.' })
export class CreateMembershipProgramInput {
  @Field(() => MembershipProgramInput, { description: 'The programme.' })
  program: MembershipProgramInput;
}

@InputType({ description: 'A programme as it is to be from now on.' })
export class UpdateMembershipProgramInput {
  @Field(() => ID, { description: 'Id of the programme.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => MembershipProgramInput, {
    description: 'All of it. Tiers with a code that is known are kept; those that are left out are given up.',
  })
  program: MembershipProgramInput;
}

@InputType({ description: 'A programme to end.' })
export class EndMembershipProgramInput {
  @Field(() => ID, { description: 'Id of the programme.' })
  id: string;
}
