import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  defineLoader,
  definePermission,
  listOf,
  Related,
  RelatedAll,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { orNotFound } from '../find.ts';
import { Patient, patientRead } from '../patient.ts';
import { Visit, visitRead } from '../visit.ts';
import { Result, Section } from './content.ts';

export const reportRead = definePermission('report.read', 'See the reports of patients', [
  'owner',
  'practitioner',
  'patient',
]);
export const reportWrite = definePermission('report.write', 'Write, publish, share and withdraw reports', [
  'owner',
  'practitioner',
]);

export const ReportStatus = { DRAFT: 'DRAFT', PUBLISHED: 'PUBLISHED', WITHDRAWN: 'WITHDRAWN' } as const;
export type ReportStatus = keyof typeof ReportStatus;

registerEnumType(ReportStatus, {
  name: 'ReportStatus',
  description: 'Whether a patient may see a report.',
  valuesConfig: {
    DRAFT: { description: 'Being written; staff alone see it.' },
    PUBLISHED: { description: 'Given out to the patient. It is not changed any more.' },
    WITHDRAWN: { description: 'Taken back: staff alone see it, and no link opens it.' },
  },
});

export const OpenedWhat = { REPORT: 'REPORT', FILE: 'FILE' } as const;
export type OpenedWhat = keyof typeof OpenedWhat;

registerEnumType(OpenedWhat, {
  name: 'ReportOpeningKind',
  description: 'What was opened by a mailed link.',
  valuesConfig: { REPORT: { description: 'The report.' }, FILE: { description: 'Its file.' } },
});

@ObjectType({ description: 'What a patient is told after a visit: results, and what they mean, in plain words.' })
@Entity({ tableName: 'report' })
export class Report {
  @Field(() => ID, { description: 'Id of the report.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Whom it is about, and for.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Authorized(visitRead)
  @Field(() => Visit, { nullable: true, description: 'The visit that it follows; null without one.' })
  @ManyToOne(() => Visit, { nullable: true })
  visit?: Visit | null;

  @Field(() => String, { description: 'Its title; stands in no mail.' })
  @Property({ type: 'text' })
  title: string;

  @Field(() => [Section], { description: 'Analysis and advice, at most 20 parts.' })
  @Property({ type: 'json' })
  sections: Section[];

  @Field(() => [Result], { description: 'The results, at most 100.' })
  @Property({ type: 'json' })
  results: Result[];

  @Field(() => ReportStatus, { description: 'Whether the patient may see it.' })
  @Property({ type: 'text' })
  status: ReportStatus;

  @Field(() => DateTime, { description: 'When it was begun.' })
  @Property({ type: 'datetime' })
  createdAt: Date;

  /** Id of the user, or the name of what wrote it. */
  @Property({ type: 'text' })
  createdBy: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was given out.' })
  @Property({ type: 'datetime', nullable: true })
  publishedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was taken back.' })
  @Property({ type: 'datetime', nullable: true })
  withdrawnAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was taken back.' })
  @Property({ type: 'text', nullable: true })
  withdrawalReason?: string | null;

  /** Of the link that is good; none of an earlier number is. */
  @Property({ type: 'integer' })
  linkNumber: Opt<number> = 0;

  @Field(() => Int, { description: 'How often it was opened by its present link, of at most 30 times.' })
  @Property({ type: 'integer' })
  openingCount: Opt<number> = 0;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;
}

@ObjectType({ description: 'That a report, or its file, was opened by a mailed link.' })
@Entity({ tableName: 'report_opening' })
export class ReportOpening {
  @Field(() => ID, { description: 'Id of the entry.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Report)
  report: Report;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => OpenedWhat, { description: 'What was opened.' })
  @Property({ type: 'text' })
  what: OpenedWhat;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  openedAt: Date;
}

export const ReportList = listOf(() => Report, {
  name: 'Report',
  filter: { status: anyOf(ReportStatus), patient: anyOfIds(), visit: anyOfIds() },
  // Ids are in the order of time.
  defaultOrder: { id: 'desc' },
});

const fileNames = defineLoader(async (reportIds: readonly string[], { em, clinicId }: Context) => {
  const rows = await em.execute<{ report_id: string; name: string }[]>(
    `select report_id, name from report_file
     where clinic_id = ? and report_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [clinicId, JSON.stringify(reportIds)],
  );
  const byReport = new Map(rows.map(({ report_id, name }) => [report_id, name]));
  return reportIds.map(id => byReport.get(id) ?? null);
});

/** Name of the file of a report; null without one. */
export const fileNameOf = (reportId: string, { load }: Pick<Context, 'load'>): Promise<string | null> =>
  load(fileNames, reportId);

@Resolver(() => Report)
export class ReportResolver {
  @Authorized(reportRead)
  @Query(() => Report, { description: 'One report; NOT_FOUND if there is none with this id that the actor may see.' })
  async report(
    @Arg('id', () => ID, { description: 'Id of the report.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Report>> {
    return orNotFound(Report, await read.one(Report, info, { id }));
  }

  @Authorized(reportRead)
  @Query(() => ReportList.Connection, { description: 'Reports, the newest first; of a patient those given out.' })
  reports(
    @Args(() => ReportList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Report>> {
    return read.page(ReportList, info, page);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Name of its file, which is at `/plugins/core/report-file?reportId=<id>`; null without one.',
  })
  fileName(@Root() { id }: Row<Report>, @Ctx() context: Context): Promise<string | null> {
    return fileNameOf(id, context);
  }

  @Authorized(reportWrite)
  @RelatedAll(() => ReportOpening, {
    inverse: 'report',
    limit: 100,
    orderBy: { id: 'desc' },
    nullable: true,
    description: 'When it was opened by a mailed link, the latest first, at most 100.',
  })
  openings: Row<ReportOpening>[] | null;
}

@Resolver(() => Patient)
export class PatientReports {
  @Authorized(reportRead)
  @Related(() => ReportList, {
    inverse: 'patient',
    nullable: true,
    description: 'Reports of the patient, the newest first; patients see those that were given out.',
  })
  reports: Page<Report> | null;
}
