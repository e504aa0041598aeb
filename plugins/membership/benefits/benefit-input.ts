import { Field, ID, InputType, Int } from 'type-graphql';
import { badInput, LocalDate } from 'clinic-rapport';
import { LocalizedTextInput, type Localized } from 'clinic-rapport/schema';
import { wordsOf } from '../points/words-of-staff.ts';
import { BenefitKind, BenefitPeriod } from './words.ts';

const mostUses = 1_000;
const longestValid = 1_825;
const longestTask = 365;
const longestName = 100;

const quota = `How often it can be used in each period, 1 to ${mostUses}.`;
const validDays = `Days after that of the grant on which it can be used, 1 to ${longestValid}; null for to the end of the period.`;
const taskDays = `STAFF_CALL: days after that of the grant until which somebody calls, 1 to ${longestTask}; 14 if null.`;
const reviewOn = 'When the clinic wants to look at it again; null for no such day.';

@InputType({ description: 'What members of a tier, and of those above it, are given.' })
export class CreateMembershipBenefitInput {
  @Field(() => ID, { description: 'Id of the lowest tier that has it.' })
  tierId: string;

  @Field(() => LocalizedTextInput, { description: `What patients call it, 1 to ${longestName} characters each.` })
  name: LocalizedTextInput;

  @Field(() => BenefitKind, { description: 'What it gives.' })
  kind: BenefitKind;

  @Field(() => Int, { defaultValue: 1, description: quota })
  quota: number;

  @Field(() => BenefitPeriod, { description: 'How often it is given anew.' })
  period: BenefitPeriod;

  @Field(() => Int, { nullable: true, description: validDays })
  validDays?: number | null;

  @Field(() => Int, { nullable: true, description: taskDays })
  taskDays?: number | null;

  @Field(() => LocalDate, { nullable: true, description: reviewOn })
  reviewOn?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether the public is told of it.' })
  announced: boolean;
}

@InputType({ description: 'What is different about a benefit from now on; what is left out stays.' })
export class UpdateMembershipBenefitInput {
  @Field(() => ID, { description: 'Id of the benefit.' })
  id: string;

  @Field(() => Int, { nullable: true, description: quota })
  quota?: number | null;

  @Field(() => Int, { nullable: true, description: validDays })
  validDays?: number | null;

  @Field(() => Int, { nullable: true, description: taskDays })
  taskDays?: number | null;

  @Field(() => LocalDate, { nullable: true, description: reviewOn })
  reviewOn?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the public is told of it.' })
  announced?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is given.' })
  active?: boolean | null;
}

@InputType({ description: 'A benefit to approve, and why.' })
export class ApproveMembershipBenefitInput {
  @Field(() => ID, { description: 'Id of the benefit.' })
  id: string;

  @Field(() => String, { description: 'Why, 1 to 500 characters.' })
  reason: string;
}

interface Numbers {
  readonly quota?: number | null;
  readonly validDays?: number | null;
  readonly taskDays?: number | null;
}

/** Throws BAD_USER_INPUT for numbers out of their range. */
export function checkNumbers(given: Numbers): void {
  between(given.quota, mostUses, 'quota');
  between(given.validDays, longestValid, 'validDays');
  between(given.taskDays, longestTask, 'taskDays');
}

function between(value: number | null | undefined, most: number, field: string): void {
  if (value == null || (value >= 1 && value <= most)) return;
  throw badInput(`input.${field}`, `\`input.${field}\` must be 1 to ${most}.`);
}

/** Throws BAD_USER_INPUT where a language is blank or too long. */
export const nameOf = ({ zhHant, zhHans, en }: LocalizedTextInput, field = 'input.name'): Localized => ({
  'zh-Hant': wordsOf(zhHant, `${field}.zhHant`, longestName),
  'zh-Hans': wordsOf(zhHans, `${field}.zhHans`, longestName),
  en: wordsOf(en, `${field}.en`, longestName),
});
