import { Arg, Authorized, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { badInput, DateTime, type Context } from 'clinic-rapport';
import { validate as isId } from 'uuid';
import { auditRead } from './audit.ts';
import { TriedLink, triedLinks } from './tried-link.ts';

const mostPatients = 100;

@InputType({ description: 'Whose deeds, and when.' })
export class IncidentReportInput {
  @Field(() => ID, { description: 'Id of the user or API key; for others the name of what acted.' })
  actorId: string;

  @Field(() => DateTime, { description: 'From when on, inclusive.' })
  from: Date;

  @Field(() => DateTime, { description: 'Until when, exclusive.' })
  to: Date;

  @Field(() => Int, { defaultValue: 20, description: 'How many patients, 1 to 100.' })
  first: number;

  @Field(() => ID, { nullable: true, description: 'Patients after this one: the `endCursor` of the page before.' })
  after?: string | null;
}

@ObjectType({ description: 'A patient to whose data someone had to do something.' })
export class TouchedPatient {
  @Field(() => ID, { description: 'Id of the patient; also of one who was erased.' })
  patientId: string;

  @Field(() => Int, { description: 'How many times something was read.' })
  reads: number;

  @Field(() => Int, { description: 'How many times something else was done.' })
  changes: number;

  @Field(() => DateTime, { description: 'The first time.' })
  firstAt: Date;

  @Field(() => DateTime, { description: 'The last time.' })
  lastAt: Date;
}

@ObjectType({ description: 'Who was touched by someone in a range of time.' })
export class IncidentReport {
  @Field(() => Int, { description: 'How many entries the audit has of it.' })
  entries: number;

  @Field(() => Int, { description: 'How many patients were read or changed one by one.' })
  patientCount: number;

  @Field(() => Int, { description: 'How many lists were read, which may have shown further patients.' })
  listReads: number;

  @Field(() => Int, { description: 'How many rows those lists had together, each as often as it was read.' })
  listRows: number;

  @Field(() => [TouchedPatient], { description: 'The patients of this page, by id.' })
  patients: TouchedPatient[];

  @Field(() => Boolean, { description: 'Whether there are more patients.' })
  hasNextPage: boolean;

  @Field(() => ID, { nullable: true, description: 'Where the next page begins; null without patients.' })
  endCursor: string | null;

  @Field(() => [TriedLink], {
    description:
      'Mailed links that were tried in vain in this range of time, whoever it was, the newest first; at most 100.',
  })
  triedLinks: TriedLink[];
}

@Resolver()
export class IncidentReportResolver {
  @Authorized(auditRead)
  @Query(() => IncidentReport, { description: 'Who was touched by a user or API key in a range of time.' })
  incidentReport(
    @Arg('input', () => IncidentReportInput, { description: 'Whose deeds, and when.' }) input: IncidentReportInput,
    @Ctx() context: Context,
  ): Promise<IncidentReport> {
    return incidentReport(input, context);
  }
}

/** Throws BAD_USER_INPUT for a range that is empty, and for a page that cannot be. */
export async function incidentReport(
  { actorId, from, to, first, after }: IncidentReportInput,
  context: Context,
): Promise<IncidentReport> {
  const { em, clinicId } = context;
  if (to <= from) throw badInput('to', '`to` must be after `from`.');
  if (first < 1 || first > mostPatients) throw badInput('first', `\`first\` must be from 1 to ${mostPatients}.`);
  if (after != null && !isId(after)) throw badInput('after', '`after` is no `endCursor`.');
  const [row] = await em.execute<{ report: Counted }[]>(statement, [
    clinicId,
    actorId,
    from.toISOString(),
    to.toISOString(),
    after ?? null,
    first + 1,
  ]);
  const { patients, ...counts } = row!.report;
  const shown = patients
    .slice(0, first)
    .map(({ firstAt, lastAt, ...patient }) => ({ ...patient, firstAt: new Date(firstAt), lastAt: new Date(lastAt) }));
  return {
    ...counts,
    patients: shown,
    hasNextPage: patients.length > first,
    endCursor: shown.at(-1)?.patientId ?? null,
    triedLinks: await triedLinks(from, to, context),
  };
}

type Counted = Omit<IncidentReport, 'patients' | 'hasNextPage' | 'endCursor' | 'triedLinks'> & {
  patients: (Omit<TouchedPatient, 'firstAt' | 'lastAt'> & { firstAt: string; lastAt: string })[];
};

const statement = `
  with touched as materialized (
    select patient_id, count(*)::int as entries, (count(*) filter (where kind = 'READ'))::int as reads,
      (count(row_count) filter (where kind = 'READ'))::int as lists, coalesce(sum(row_count), 0)::int as list_rows,
      min(at) as first_at, max(at) as last_at
    from audit_entry where clinic_id = ? and actor_id = ? and at >= ? and at < ?
    group by patient_id
  )
  select json_build_object(
    'entries', (select coalesce(sum(entries), 0)::int from touched),
    'patientCount', (select count(patient_id)::int from touched),
    'listReads', (select coalesce(sum(lists), 0)::int from touched),
    'listRows', (select coalesce(sum(list_rows), 0)::int from touched),
    'patients', (select coalesce(json_agg(p), '[]') from (
      select patient_id as "patientId", reads, entries - reads as changes, first_at as "firstAt", last_at as "lastAt"
      from touched where patient_id > coalesce(?::uuid, '00000000-0000-0000-0000-000000000000') order by patient_id limit ?) p)
  ) as report`;
