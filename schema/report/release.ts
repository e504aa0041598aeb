import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { conflict, type Context } from 'clinic-rapport';
import { find, findToChange } from '../find.ts';
import { Patient } from '../patient.ts';
import { requiredText } from '../text.ts';
import { dayOf } from '../clinic-day.ts';
import { clinicOf } from '../clinic.ts';
import { recordUpdatedMail, reportReadyMail } from './mails.ts';
import { Report, reportWrite } from './report.ts';
import { draft } from './writing.ts';

@InputType({ description: 'A report to give out.' })
export class PublishReportInput {
  @Field(() => ID, { description: 'Id of the report.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether the patient gets a mail with a link to it.' })
  notify: boolean;
}

@InputType({ description: 'A report to take back.' })
export class WithdrawReportInput {
  @Field(() => ID, { description: 'Id of the report.' })
  id: string;

  @Field(() => String, { description: 'Why, 1 to 500 characters; for staff.' })
  reason: string;
}

@Resolver()
export class ReportReleaseResolver {
  @Authorized(reportWrite)
  @Mutation(() => Report, { description: 'Gives a draft out to its patient.' })
  publishReport(
    @Arg('input', () => PublishReportInput, { description: 'Which report.' }) input: PublishReportInput,
    @Ctx() context: Context,
  ): Promise<Report> {
    return publishReport(input, context);
  }

  @Authorized(reportWrite)
  @Mutation(() => Report, {
    description: 'Mails a new link to a report that was given out; earlier ones open nothing.',
  })
  async shareReport(
    @Arg('id', () => ID, { description: 'Id of the report.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Report> {
    const report = await findToChange(Report, id, undefined, context);
    if (report.status !== 'PUBLISHED') throw conflict('It is not given out.');
    await share(report, context);
    return report;
  }

  @Authorized(reportWrite)
  @Mutation(() => Report, { description: 'Takes a report back: its links open nothing from now on.' })
  async withdrawReport(
    @Arg('input', () => WithdrawReportInput, { description: 'Which report, and why.' }) input: WithdrawReportInput,
    @Ctx() context: Context,
  ): Promise<Report> {
    const report = await findToChange(Report, input.id, undefined, context);
    if (report.status !== 'PUBLISHED') throw conflict('It is not given out.');
    report.status = 'WITHDRAWN';
    report.withdrawnAt = context.now;
    report.withdrawalReason = requiredText(input.reason, 'input.reason', 500);
    return report;
  }

  @Authorized(reportWrite)
  @Mutation(() => Patient, {
    description: 'Mails a patient that the record was updated, with a link to it; at most once a day.',
  })
  async notifyRecordUpdated(
    @Arg('patientId', () => ID, { description: 'Id of the patient.' }) patientId: string,
    @Ctx() context: Context,
  ): Promise<Patient> {
    const patient = await find(Patient, patientId, context);
    const { timeZone } = await clinicOf(context);
    const key = `${patientId}:${dayOf(context.now, timeZone)}`;
    await context.send(recordUpdatedMail, { patientId }, { patientId }, { key });
    return patient;
  }
}

/** Gives a draft out, and mails the link unless told not to. Throws CONFLICT for one that was given out. */
export async function publishReport(
  { id, expectedVersion, notify = true }: { id: string; expectedVersion?: number | null; notify?: boolean },
  context: Context,
): Promise<Report> {
  const report = await draft(id, expectedVersion, context);
  report.status = 'PUBLISHED';
  report.publishedAt = context.now;
  if (notify) await share(report, context);
  await context.em.flush();
  return report;
}

/** Of several links the newest alone opens it, and is counted anew. */
async function share(report: Report, context: Context): Promise<void> {
  report.linkNumber++;
  report.openingCount = 0;
  await context.em.flush();
  const of = { reportId: report.id, number: report.linkNumber };
  await context.send(reportReadyMail, { patientId: report.patient.id }, of, { key: `${of.reportId}:${of.number}` });
}
