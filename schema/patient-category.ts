import { Authorized, Ctx, FieldResolver, registerEnumType, Resolver, Root } from 'type-graphql';
import { defineFact, defineLoader, select, sql, type Context, type Row, type Sql } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { dayOf } from './clinic-day.ts';
import { conditionRead } from './condition.ts';
import { CoreSettings } from './core-settings.ts';
import { visits } from './patient-statistics.ts';
import { Patient } from './patient.ts';

export const PatientCategory = {
  NEW: 'NEW',
  LAPSED: 'LAPSED',
  CHRONIC: 'CHRONIC',
  FIRST_CONSULT: 'FIRST_CONSULT',
  REGULAR: 'REGULAR',
  OCCASIONAL: 'OCCASIONAL',
} as const;
export type PatientCategory = keyof typeof PatientCategory;

registerEnumType(PatientCategory, {
  name: 'PatientCategory',
  description:
    'How a patient comes. The first of these that is true; the clinic’s settings say what is long and what is often.',
  valuesConfig: {
    NEW: { description: 'Was never seen.' },
    LAPSED: { description: 'Was not seen for `lapsedAfterMonths`.' },
    CHRONIC: { description: 'Has a condition of `chronicConditions` that is not over.' },
    FIRST_CONSULT: { description: 'Was seen once.' },
    REGULAR: { description: 'Was seen `regularVisits` times or more within a year.' },
    OCCASIONAL: { description: 'Was seen, more than once and less often.' },
  },
});

/** The one place that says what the categories are: the field, segments and recall rules all use it. */
async function categoryOf(context: Context): Promise<Sql> {
  const { timeZone } = await clinicOf(context);
  const { lapsedAfterMonths, regularVisits, chronicConditions } = await context.settings(CoreSettings);
  const today = dayOf(context.now, timeZone);
  return sql`case
    when coalesce(${visits}.visits, 0) = 0 then 'NEW'
    when ${visits}.last_visit_on < ${today}::date - make_interval(months => ${lapsedAfterMonths}::integer) then 'LAPSED'
    when exists (select 1 from patient_condition c where c.clinic_id = ${sql.row}.clinic_id and c.patient_id = ${sql.row}.id
      and c.resolved_at is null and c.code like any(${chronicConditions.map(code => `${code}%`)}::text[])) then 'CHRONIC'
    when ${visits}.visits = 1 then 'FIRST_CONSULT'
    when ${visits}.recent_visits[${regularVisits}::integer] >= ${today}::date - interval '1 year' then 'REGULAR'
    else 'OCCASIONAL' end`;
}

export const categoryFact = defineFact('patient.category', {
  description: 'How the patient comes: new, regular, lapsed, …',
  type: 'TEXT',
  values: Object.values(PatientCategory),
  sensitive: true,
  value: categoryOf,
});

const categoryOfPatient = defineLoader(async (ids: readonly string[], context: Context) => {
  const rows = await select<{ id: string; category: PatientCategory }>(
    context.em,
    sql`select p.id, ${await categoryOf(context)} as category from patient p ${sql.besides}
      where p.clinic_id = ${context.clinicId}::uuid and p.id = any(${ids}::uuid[])`,
    'p',
  );
  const known = new Map(rows.map(({ id, category }) => [id, category]));
  return ids.map(id => known.get(id) ?? null);
});

@Resolver(() => Patient)
export class PatientCategoryResolver {
  // One of the categories is a diagnosis.
  @Authorized(conditionRead)
  @FieldResolver(() => PatientCategory, { nullable: true, description: 'How the patient comes, as of today.' })
  category(@Root() { id }: Row<Patient>, @Ctx() { load }: Context): Promise<PatientCategory | null> {
    return load(categoryOfPatient, id);
  }
}
