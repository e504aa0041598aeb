import { Migration } from '@mikro-orm/migrations';

/**
 * New visits are added to what is kept of a patient, instead of counting all visits of the patient again: a thousand visits in
 * one statement took ten times as long as without the trigger. What is changed or removed is counted again, as before, but
 * each patient by the index on the visits: PostgreSQL took the answer of the count for one row, and compared every patient
 * with every other.
 */
export class VisitsAddedUp extends Migration {
  override up(): void {
    for (const statement of [recount, add]) this.addSql(statement);
  }
}

// Only the departments that differ are written: each new row asks for three foreign keys.
const recount = `create or replace function refresh_patient_statistics(of_clinic uuid, of_patients uuid[]) returns void
  language plpgsql as $$
  begin
    insert into patient_statistics (clinic_id, id, patient_id)
    select of_clinic, p, p from (select distinct unnest(of_patients) p order by 1) due on conflict do nothing;
    perform 1 from patient_statistics where clinic_id = of_clinic and patient_id = any (of_patients)
    order by patient_id for update;
    update patient_statistics s
    set visits = n.visits, recent_visits = coalesce(n.days[1:12], '{}'),
      last_visit_on = n.days[1], first_visit_on = n.days[array_upper(n.days, 1)]
    from (select distinct unnest(of_patients) as patient_id) due cross join lateral (
      select count(*) as visits, array_agg(day order by day desc) as days
      from (select (v.started_at at time zone c.time_zone)::date as day
            from visit v join clinic c on c.id = v.clinic_id
            where v.clinic_id = of_clinic and v.patient_id = due.patient_id and v.status = 'COMPLETED') seen) n
    where s.clinic_id = of_clinic and s.patient_id = due.patient_id;
    delete from patient_department d where d.clinic_id = of_clinic and d.patient_id = any (of_patients)
      and not exists (select 1 from visit v where v.clinic_id = d.clinic_id and v.patient_id = d.patient_id
        and v.department_id = d.department_id and v.status = 'COMPLETED');
    insert into patient_department as d (clinic_id, patient_id, department_id, visits, last_visit_on)
    select of_clinic, v.patient_id, v.department_id, count(*), max((v.started_at at time zone c.time_zone)::date)
    from visit v join clinic c on c.id = v.clinic_id
    where v.clinic_id = of_clinic and v.patient_id = any (of_patients) and v.status = 'COMPLETED'
      and v.department_id is not null
    group by v.patient_id, v.department_id
    on conflict (clinic_id, patient_id, department_id) do update
    set visits = excluded.visits, last_visit_on = excluded.last_visit_on
    where (d.visits, d.last_visit_on) is distinct from (excluded.visits, excluded.last_visit_on);
  end $$`;

// Who has no row gets one first: `do update` looks at one unique index only, and of two sessions that make a row at once the
// other index would refuse the second. After that each row is locked in the order of a recount, and added to as it then is:
// so a visit is counted once, whether a recount that runs at the same time saw it or not.
const add = `create or replace function visits_added() returns trigger language plpgsql as $$
  begin
    insert into patient_statistics (clinic_id, id, patient_id)
    select a.clinic_id, a.patient_id, a.patient_id
    from (select distinct clinic_id, patient_id from after where status = 'COMPLETED') a
    where not exists (select 1 from patient_statistics s where s.clinic_id = a.clinic_id and s.patient_id = a.patient_id)
    order by 1, 2 on conflict do nothing;
    insert into patient_statistics as s (clinic_id, id, patient_id, visits, first_visit_on, last_visit_on, recent_visits)
    select v.clinic_id, v.patient_id, v.patient_id, count(*), min(v.day), max(v.day), (array_agg(v.day order by v.day desc))[1:12]
    from (select a.clinic_id, a.patient_id, (a.started_at at time zone c.time_zone)::date as day
          from after a join clinic c on c.id = a.clinic_id where a.status = 'COMPLETED') v
    group by v.clinic_id, v.patient_id order by v.clinic_id, v.patient_id
    on conflict (clinic_id, patient_id) do update
    set visits = s.visits + excluded.visits,
      first_visit_on = least(s.first_visit_on, excluded.first_visit_on),
      last_visit_on = greatest(s.last_visit_on, excluded.last_visit_on),
      recent_visits = array(select day from unnest(s.recent_visits || excluded.recent_visits) day order by day desc limit 12);
    insert into patient_department as d (clinic_id, patient_id, department_id, visits, last_visit_on)
    select a.clinic_id, a.patient_id, a.department_id, count(*), max((a.started_at at time zone c.time_zone)::date)
    from after a join clinic c on c.id = a.clinic_id where a.status = 'COMPLETED' and a.department_id is not null
    group by a.clinic_id, a.patient_id, a.department_id order by a.clinic_id, a.patient_id, a.department_id
    on conflict (clinic_id, patient_id, department_id) do update
    set visits = d.visits + excluded.visits, last_visit_on = greatest(d.last_visit_on, excluded.last_visit_on);
    return null;
  end $$`;
