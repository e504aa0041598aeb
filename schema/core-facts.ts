import { defineFact, locales, sql, type Context, type Fact, type Sql } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { dayOf } from './clinic-day.ts';
import { interestFact } from './interest.ts';
import { categoryFact } from './patient-category.ts';
import { visits } from './patient-statistics.ts';
import { Sex } from './patient.ts';

const today = async (context: Context): Promise<string> => dayOf(context.now, (await clinicOf(context)).timeZone);

const ofThePatient = (alias: Sql): Sql =>
  sql`${alias}.clinic_id = ${sql.row}.clinic_id and ${alias}.patient_id = ${sql.row}.id`;

/** What the core knows of every patient. */
export const coreFacts: Fact[] = [
  defineFact('patient.age', {
    description: 'Age in full years, today by the clinic’s calendar.',
    type: 'INTEGER',
    value: async context => sql`extract(year from age(${await today(context)}::date, ${sql.row}.birth_date))::integer`,
  }),
  defineFact('patient.sex', {
    description: 'Sex, as far as care depends on it.',
    type: 'TEXT',
    values: Object.values(Sex),
    value: () => sql`${sql.row}.sex`,
  }),
  defineFact('patient.language', {
    description: 'Language in which the clinic writes to the patient.',
    type: 'TEXT',
    values: [...locales],
    value: () => sql`${sql.row}.language`,
  }),
  defineFact('patient.registered', {
    description: 'Day of the registration.',
    type: 'DATE',
    value: async context => sql`(${sql.row}.created_at at time zone ${(await clinicOf(context)).timeZone}::text)::date`,
  }),
  defineFact('patient.department', {
    description: 'Code of the department that the patient prefers.',
    type: 'TEXT',
    sensitive: true,
    value: () =>
      sql`(select d.code from department d where d.clinic_id = ${sql.row}.clinic_id and d.id = ${sql.row}.preferred_department_id)`,
  }),
  categoryFact,
  interestFact,
  defineFact('visit.count', {
    description: 'Completed visits; 0 without any.',
    type: 'INTEGER',
    value: () => sql`coalesce(${visits}.visits, 0)`,
  }),
  defineFact('visit.first', {
    description: 'Day of the first completed visit.',
    type: 'DATE',
    value: () => sql`${visits}.first_visit_on`,
  }),
  defineFact('visit.last', {
    description: 'Day of the last completed visit.',
    type: 'DATE',
    value: () => sql`${visits}.last_visit_on`,
  }),
  defineFact('visit.departments', {
    description: 'Codes of the departments that the patient was seen in.',
    type: 'TEXTS',
    sensitive: true,
    value: () =>
      sql`(select array_agg(d.code) from patient_department t join department d on d.clinic_id = t.clinic_id
        and d.id = t.department_id where ${ofThePatient(sql`t`)})`,
  }),
  defineFact('procedure.codes', {
    description: 'Codes of the procedures that were done, in the clinic’s own system.',
    type: 'TEXTS',
    sensitive: true,
    value: () =>
      sql`(select array_agg(distinct t.code) from visit_procedure t where ${ofThePatient(sql`t`)} and t.code is not null)`,
  }),
  defineFact('condition.codes', {
    description: 'ICD-10 codes of the conditions that are not over, each with its category: `E11.9` and `E11`.',
    type: 'TEXTS',
    sensitive: true,
    value: () =>
      sql`(select array_agg(t.code) || array_agg(split_part(t.code, '.', 1)) from patient_condition t
        where ${ofThePatient(sql`t`)} and t.resolved_at is null)`,
  }),
  defineFact('condition.unstable', {
    description: 'Whether a condition that is not over is not under control.',
    type: 'BOOLEAN',
    sensitive: true,
    value: () =>
      sql`exists (select 1 from patient_condition t where ${ofThePatient(sql`t`)} and t.resolved_at is null
        and t.stability = 'UNSTABLE')`,
  }),
  defineFact('appointment.next', {
    description: 'Day of the next appointment that stands.',
    type: 'DATE',
    value: async context =>
      sql`(select min(t.day) from appointment t where ${ofThePatient(sql`t`)} and t.status in ('PENDING', 'BOOKED', 'CONFIRMED')
        and t.day >= ${await today(context)}::date)`,
  }),
  defineFact('appointment.missed', {
    description: 'Appointments that were missed, ever.',
    type: 'INTEGER',
    value: () =>
      sql`(select count(*)::integer from appointment t where ${ofThePatient(sql`t`)} and t.status = 'NO_SHOW')`,
  }),
];
