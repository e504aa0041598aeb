import { Arg, Authorized, Ctx, Field, Float, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { badInput, definePermission, LocalDate, type Context } from 'clinic-rapport';
import { ageBands, ageBandStarts } from './age.ts';
import { conditionRead } from './condition.ts';

const longestWindow = 3 * 366 * 86_400_000;
const mostConditions = 50;
/** The fewest days of each band of lead time; the last has no end. */
const leadBandStarts = [0, 1, 4, 8, 15, 31];
const leadBands = ['0', '1-3', '4-7', '8-14', '15-30', '31+'];

export const statisticsRead = definePermission(
  'appointment.statistics.read',
  'See how many appointments were kept and missed',
  ['owner', 'frontDesk', 'practitioner', 'marketer'],
);

@ObjectType({ description: 'Appointments that have something in common.' })
export class AppointmentGroup {
  @Field(() => String, { description: 'What they have in common.' })
  key: string;

  @Field(() => Int, { description: 'How many they are.' })
  total: number;

  @Field(() => Int, { description: 'How many of them were missed.' })
  noShow: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Missed ones as a fraction, 0 to 1, of those kept or missed; null without any.',
  })
  noShowRate: number | null;
}

@ObjectType({ description: 'How many appointments of some days were kept and missed.' })
export class AppointmentStatistics {
  @Field(() => Int, { description: 'How many appointments there are, whatever became of them.' })
  total: number;

  @Field(() => Int, { description: 'How many were kept.' })
  fulfilled: number;

  @Field(() => Int, { description: 'How many were missed.' })
  noShow: number;

  @Field(() => Int, { description: 'How many were called off.' })
  cancelled: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Missed ones as a fraction, 0 to 1, of those kept or missed; null without any.',
  })
  noShowRate: number | null;

  @Field(() => [AppointmentGroup], {
    description: 'By the patient’s age on the day, in years: `0-17`, …, `65+`, `UNKNOWN`.',
  })
  byAgeBand: AppointmentGroup[];

  @Field(() => [AppointmentGroup], { description: 'By the days from booking to appointment: `0`, `1-3`, …, `31+`.' })
  byLeadTime: AppointmentGroup[];

  @Authorized(conditionRead)
  @Field(() => [AppointmentGroup], {
    nullable: true,
    description:
      'By the ICD-10 code of each condition of the patient: one with two counts twice, one without is `NONE`. The 50 most frequent.',
  })
  byCondition: AppointmentGroup[] | null;
}

@Resolver()
export class StatisticsResolver {
  @Authorized(statisticsRead)
  @Query(() => AppointmentStatistics, { description: 'How many appointments of some days were kept and missed.' })
  appointmentStatistics(
    @Arg('from', () => LocalDate, { description: 'The first day, in the clinic’s time zone.' }) from: string,
    @Arg('to', () => LocalDate, { description: 'The last day, inclusive; at most three years after `from`.' })
    to: string,
    @Ctx() context: Context,
  ): Promise<AppointmentStatistics> {
    return appointmentStatistics({ from, to }, context);
  }
}

/** Both days inclusive. Throws BAD_USER_INPUT for a window that is empty or longer than three years. */
export async function appointmentStatistics(
  { from, to }: { from: string; to: string },
  { em, clinicId }: Context,
): Promise<AppointmentStatistics> {
  if (to < from) throw badInput('to', '`to` must not be before `from`.');
  if (Date.parse(to) - Date.parse(from) > longestWindow) throw badInput('to', 'At most three years can be asked for.');
  const rows = await em.execute<{ statistics: Counts }[]>(statement, [clinicId, from, to]);
  const { total, fulfilled, noShow, cancelled, byAgeBand, byLeadTime, byCondition } = rows[0]!.statistics;
  return {
    total,
    fulfilled,
    noShow,
    cancelled,
    noShowRate: rateOf({ kept: fulfilled, noShow }),
    byAgeBand: inOrder(byAgeBand, [...ageBands, 'UNKNOWN']),
    byLeadTime: inOrder(byLeadTime, leadBands),
    byCondition: byCondition.map(groupOf),
  };
}

interface Group {
  key: string;
  total: number;
  kept: number;
  noShow: number;
}

type Counts = Omit<AppointmentStatistics, 'noShowRate' | `by${string}`> &
  Record<'byAgeBand' | 'byLeadTime' | 'byCondition', Group[]>;

const rateOf = ({ kept, noShow }: { kept: number; noShow: number }): number | null =>
  kept + noShow === 0 ? null : noShow / (kept + noShow);

const groupOf = (group: Group): AppointmentGroup => ({
  key: group.key,
  total: group.total,
  noShow: group.noShow,
  noShowRate: rateOf(group),
});

const inOrder = (groups: readonly Group[], keys: readonly string[]): AppointmentGroup[] =>
  groups.toSorted((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key)).map(groupOf);

const bandSql = (value: string, starts: readonly number[], names: readonly string[]): string =>
  `(array['${names.join("','")}'])[width_bucket(${value}, array[${starts.join()}])]`;

const groupSql = (from: string, limit = ''): string =>
  `(select coalesce(json_agg(g), '[]') from (
      select key, count(*)::int as total, count(*) filter (where status = 'FULFILLED')::int as kept,
        count(*) filter (where status = 'NO_SHOW')::int as "noShow"
      from ${from} group by key ${limit}) g)`;

const age = 'extract(year from age(a.day, p.birth_date))::int';

const statement = `
  with day as materialized (
    select a.patient_id, a.status, a.lead_days, case when p.birth_date is null then 'UNKNOWN'
      else ${bandSql(`greatest(0, ${age})`, ageBandStarts, ageBands)} end as age_band
    from appointment a join patient p on p.clinic_id = a.clinic_id and p.id = a.patient_id
    where a.clinic_id = ? and a.day between ?::date and ?::date
  )
  select json_build_object(
    'total', (select count(*)::int from day),
    'fulfilled', (select count(*)::int from day where status = 'FULFILLED'),
    'noShow', (select count(*)::int from day where status = 'NO_SHOW'),
    'cancelled', (select count(*)::int from day where status = 'CANCELLED'),
    'byAgeBand', ${groupSql('(select age_band as key, status from day) d')},
    'byLeadTime', ${groupSql(`(select ${bandSql('lead_days', leadBandStarts, leadBands)} as key, status from day) d`)},
    'byCondition', ${groupSql(
      `(select coalesce(c.code, 'NONE') as key, status from day d
        left join (select distinct patient_id, code from patient_condition) c on c.patient_id = d.patient_id) d`,
      `order by count(*) desc, key limit ${mostConditions}`,
    )}
  ) as statistics`;
