import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { badInput, conflict, Idempotent, type Context } from 'clinic-rapport';
import { find, findIfGiven, findToChange } from '../find.ts';
import { Patient } from '../patient.ts';
import { requiredText } from '../text.ts';
import { Visit } from '../visit.ts';
import { Result, resultsOf, Section, sectionsOf } from './content.ts';
import { Report, reportWrite } from './report.ts';

@InputType({ description: 'A report to write; a draft until it is published.' })
export class CreateReportInput {
  @Field(() => ID, { nullable: true, description: 'The patient, where there is no visit.' })
  patientId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The visit that it follows.' })
  visitId?: string | null;

  @Field(() => String, { description: 'Its title, 1 to 200 characters; stands in no mail.' })
  title: string;

  @Field(() => [Section], { defaultValue: [], description: 'Analysis and advice in plain words, at most 20 parts.' })
  sections: Section[];

  @Field(() => [Result], { defaultValue: [], description: 'The results, at most 100.' })
  results: Result[];
}

@InputType({ description: 'What is to be changed of a draft; what is not given stays.' })
export class UpdateReportInput {
  @Field(() => ID, { description: 'Id of the report.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: 'Its title, 1 to 200 characters.' })
  title?: string | null;

  @Field(() => [Section], { nullable: true, description: 'All its parts.' })
  sections?: Section[] | null;

  @Field(() => [Result], { nullable: true, description: 'All its results.' })
  results?: Result[] | null;
}

@Resolver()
export class ReportWritingResolver {
  @Authorized(reportWrite)
  @Idempotent()
  @Mutation(() => Report, {
    description: 'Begins a report of a visit, or of a patient; a draft, which only staff see.',
  })
  createReport(
    @Arg('input', () => CreateReportInput, { description: 'The report.' }) input: CreateReportInput,
    @Ctx() context: Context,
  ): Promise<Report> {
    return createReport(input, context);
  }

  @Authorized(reportWrite)
  @Mutation(() => Report, { description: 'Changes a draft. CONFLICT for a report that was given out.' })
  async updateReport(
    @Arg('input', () => UpdateReportInput, { description: 'What is to be changed.' }) input: UpdateReportInput,
    @Ctx() context: Context,
  ): Promise<Report> {
    const report = await draft(input.id, input.expectedVersion, context);
    if (input.title != null) report.title = requiredText(input.title, 'input.title');
    if (input.sections) report.sections = sectionsOf(input.sections, 'input.sections');
    if (input.results) report.results = resultsOf(input.results, 'input.results');
    return report;
  }
}

/** Begins a report. Throws BAD_USER_INPUT for what is blank, too long or too much. */
export async function createReport(input: CreateReportInput, context: Context): Promise<Report> {
  const { em, now, actor } = context;
  const visit = await findIfGiven(Visit, input.visitId, context);
  if (!visit && input.patientId == null) throw badInput('input.patientId', 'Name a visit or a patient.');
  const patient = await find(Patient, visit?.patient.id ?? input.patientId!, context);
  const report = em.create(Report, {
    patient,
    visit: visit ?? null,
    title: requiredText(input.title, 'input.title'),
    sections: sectionsOf(input.sections, 'input.sections'),
    results: resultsOf(input.results, 'input.results'),
    status: 'DRAFT',
    createdAt: now,
    createdBy: actor.id,
  });
  await em.flush();
  return report;
}

/** What was given out is not changed any more: a patient may have read it. */
export async function draft(id: string, expectedVersion: number | null | undefined, context: Context): Promise<Report> {
  const report = await findToChange(Report, id, expectedVersion, context);
  if (report.status !== 'DRAFT') throw conflict('It was given out: withdraw it, and write another.');
  return report;
}
