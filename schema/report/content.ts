import { Field, Float, InputType, ObjectType } from 'type-graphql';
import { badInput, LocalDate } from 'clinic-rapport';
import { optionalText, requiredText } from '../text.ts';

export const mostSections = 20;
export const mostResults = 100;
const mostPrevious = 20;

@ObjectType('ReportSection', { simpleResolvers: true, description: 'A part of a report, in plain words.' })
@InputType('ReportSectionInput', { description: 'A part of a report, in plain words.' })
export class Section {
  @Field(() => String, { description: 'Its heading, 1 to 200 characters: `What we found`.' })
  heading: string;

  @Field(() => String, { description: 'Its text, 1 to 5,000 characters; an empty line begins a paragraph.' })
  text: string;
}

@ObjectType('ReportPrevious', { simpleResolvers: true, description: 'An earlier value of the same measurement.' })
@InputType('ReportPreviousInput', { description: 'An earlier value of the same measurement.' })
export class Previous {
  @Field(() => LocalDate, { description: 'When it was measured.' })
  on: string;

  @Field(() => Float, { description: 'In the unit of the result.' })
  value: number;
}

@ObjectType('ReportResult', { simpleResolvers: true, description: 'One result: a number, or a finding in words.' })
@InputType('ReportResultInput', { description: 'One result: a number, or a finding in words.' })
export class Result {
  @Field(() => String, { description: 'What was measured, 1 to 200 characters: `HbA1c`.' })
  name: string;

  @Field(() => Float, { nullable: true, description: 'The value, in `unit`; null for a finding in words.' })
  value?: number | null;

  @Field(() => String, { nullable: true, description: 'The finding in words, at most 200 characters: `negative`.' })
  finding?: string | null;

  @Field(() => String, { nullable: true, description: 'Unit of value and range, at most 50 characters: `mmol/mol`.' })
  unit?: string | null;

  @Field(() => Float, { nullable: true, description: 'The lowest value of the reference range; null if it has none.' })
  low?: number | null;

  @Field(() => Float, { nullable: true, description: 'The highest value of the reference range; null if it has none.' })
  high?: number | null;

  @Field(() => [Previous], { nullable: true, description: 'Earlier values, the oldest first, at most 20.' })
  previous?: Previous[] | null;
}

/** As they are stored. Throws BAD_USER_INPUT for what is blank, too long or too much. */
export function sectionsOf(sections: readonly Section[], field: string): Section[] {
  if (sections.length > mostSections) throw badInput(field, `A report has at most ${mostSections} sections.`);
  return sections.map(({ heading, text }, index) => ({
    heading: requiredText(heading, `${field}.${index}.heading`),
    text: requiredText(text, `${field}.${index}.text`, 5_000),
  }));
}

export function resultsOf(results: readonly Result[], field: string): Result[] {
  if (results.length > mostResults) throw badInput(field, `A report has at most ${mostResults} results.`);
  return results.map((result, index) => resultOf(result, `${field}.${index}`));
}

function resultOf({ name, value, finding, unit, low, high, previous }: Result, field: string): Result {
  if ((value == null) === (finding == null))
    throw badInput(field, 'A result has either a value or a finding in words.');
  if (low != null && high != null && low > high) throw badInput(`${field}.low`, 'The range ends before it begins.');
  if ((previous?.length ?? 0) > mostPrevious) {
    throw badInput(`${field}.previous`, `A result has at most ${mostPrevious} earlier values.`);
  }
  return {
    name: requiredText(name, `${field}.name`),
    value: value ?? null,
    finding: optionalText(finding, `${field}.finding`) ?? null,
    unit: optionalText(unit, `${field}.unit`, 50) ?? null,
    low: low ?? null,
    high: high ?? null,
    previous: (previous ?? []).map(({ on, value: then }) => ({ on, value: then })),
  };
}
