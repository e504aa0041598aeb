import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/**
 * What rules ask of a patient's visits, kept beside them: a segment over the visits themselves took 26 times as long in a
 * clinic of a large installation. A trigger keeps it, for whole statements at once, so that no writer can forget it.
 */
export class PatientStatistics extends Migration {
  override up(): void {
    for (const statement of [...tables, ...functions, ...triggers, ...backfill, ...protection]) this.addSql(statement);
  }
}

const tables = [
  `create table patient_statistics (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    visits integer not null default 0,
    first_visit_on date,
    last_visit_on date,
    recent_visits date[] not null default '{}',
    primary key (clinic_id, id),
    unique (clinic_id, patient_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id) on delete cascade
  )`,
  `create index patient_statistics_last on patient_statistics (clinic_id, last_visit_on) include (patient_id, visits)`,
  `create table patient_department (
    clinic_id uuid not null references clinic (id),
    patient_id uuid not null,
    department_id uuid not null,
    visits integer not null,
    last_visit_on date not null,
    primary key (clinic_id, patient_id, department_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id) on delete cascade,
    foreign key (clinic_id, department_id) references department (clinic_id, id)
  )`,
  `create index patient_department_last on patient_department (clinic_id, department_id, last_visit_on) include (patient_id)`,
];

// The rows are locked in an order, and what is counted is read by a later statement: so of two visits that are completed at
// once the second counts the first. Only the twelve newest days are kept: nothing asks how regular an older year was.
const functions = [
  `create function refresh_patient_statistics(of_clinic uuid, of_patients uuid[]) returns void language plpgsql as $$
  begin
    insert into patient_statistics (clinic_id, id, patient_id)
    select of_clinic, p, p from (select distinct unnest(of_patients) p order by 1) due on conflict do nothing;
    perform 1 from patient_statistics where clinic_id = of_clinic and patient_id = any (of_patients)
    order by patient_id for update;
    with counted as (
      select patient_id, count(*) as visits, array_agg(day order by day desc) as days
      from (select v.patient_id, (v.started_at at time zone c.time_zone)::date as day
            from visit v join clinic c on c.id = v.clinic_id
            where v.clinic_id = of_clinic and v.patient_id = any (of_patients) and v.status = 'COMPLETED') seen
      group by patient_id)
    update patient_statistics s
    set visits = coalesce(n.visits, 0), recent_visits = coalesce(n.days[1:12], '{}'),
      last_visit_on = n.days[1], first_visit_on = n.days[array_upper(n.days, 1)]
    from (select unnest(of_patients) as patient_id) due left join counted n using (patient_id)
    where s.clinic_id = of_clinic and s.patient_id = due.patient_id;
    delete from patient_department where clinic_id = of_clinic and patient_id = any (of_patients);
    insert into patient_department (clinic_id, patient_id, department_id, visits, last_visit_on)
    select of_clinic, v.patient_id, v.department_id, count(*), max((v.started_at at time zone c.time_zone)::date)
    from visit v join clinic c on c.id = v.clinic_id
    where v.clinic_id = of_clinic and v.patient_id = any (of_patients) and v.status = 'COMPLETED'
      and v.department_id is not null
    group by v.patient_id, v.department_id;
  end $$`,
  ...[
    ['visits_added', `select clinic_id, patient_id from after where status = 'COMPLETED'`],
    ['visits_removed', `select clinic_id, patient_id from before where status = 'COMPLETED'`],
    [
      'visits_changed',
      `(select clinic_id, id, patient_id, department_id, started_at from before where status = 'COMPLETED'
        except select clinic_id, id, patient_id, department_id, started_at from after where status = 'COMPLETED')
       union (select clinic_id, id, patient_id, department_id, started_at from after where status = 'COMPLETED'
        except select clinic_id, id, patient_id, department_id, started_at from before where status = 'COMPLETED')`,
    ],
  ].map(
    ([name, concerned]) => `create function ${name}() returns trigger language plpgsql as $$
  declare
    due record;
  begin
    for due in select clinic_id, array_agg(distinct patient_id) as patients from (${concerned}) c group by clinic_id loop
      perform refresh_patient_statistics(due.clinic_id, due.patients);
    end loop;
    return null;
  end $$`,
  ),
];

const triggers = [
  `create trigger visits_added after insert on visit referencing new table as after
    for each statement execute function visits_added()`,
  `create trigger visits_changed after update on visit referencing old table as before new table as after
    for each statement execute function visits_changed()`,
  `create trigger visits_removed after delete on visit referencing old table as before
    for each statement execute function visits_removed()`,
];

// Of every clinic, which row-level security would hide from the owner of the tables too.
const backfill = [
  `alter table visit no force row level security`,
  `select refresh_patient_statistics(clinic_id, array_agg(distinct patient_id)) from visit
    where status = 'COMPLETED' group by clinic_id`,
  `alter table visit force row level security`,
];

const protection = [
  ...clinicTable('patient_statistics', { patient: 'patient_id' }),
  ...clinicTable('patient_department', { patient: 'patient_id' }),
];
