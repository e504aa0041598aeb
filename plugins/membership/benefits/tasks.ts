import { conflict, notFound, select, sql, type Context } from 'clinic-rapport';
import { Practitioner } from 'clinic-rapport/schema';
import { today } from '../points/open-lots.ts';
import { isId } from '../points/reward.ts';
import type { Among } from '../program/measures.ts';
import { these } from '../program/rules-sql.ts';
import type { MembershipGrantedBenefit } from './granted-benefit.ts';
import { MembershipTask } from './task.ts';
import { useBenefit } from './using.ts';

/** Of a benefit that says nothing of it. */
const usualDays = 14;

/**
 * Brings the tasks of these patients in line with their benefits: every call that somebody may have is one open task, due some
 * days from now and not after the benefit, and there is none for a call that nobody may have any more.
 */
export async function alignTasks(among: Among, context: Context): Promise<void> {
  const { clinicId, em, now } = context;
  const day = await today(context);
  await em.flush();
  await dropTasks(among, context);
  await select(
    em,
    sql`insert into membership_task (clinic_id, id, patient_id, granted_benefit_id, practitioner_id, due_on, state, created_at)
      select g.clinic_id, gen_random_uuid(), g.patient_id, g.id, (
          select r.id from visit v join practitioner r on r.clinic_id = v.clinic_id and r.id = v.practitioner_id
          where v.clinic_id = g.clinic_id and v.patient_id = g.patient_id and v.status = 'COMPLETED' and r.active
          order by v.started_at desc, v.id desc limit 1),
        least(${day}::date + coalesce(b.task_days, ${usualDays}::integer), g.valid_until), 'OPEN', ${now}::timestamptz
      from membership_granted_benefit g
      left join membership_benefit b on b.clinic_id = g.clinic_id and b.id = g.benefit_id
      where g.clinic_id = ${clinicId}::uuid and ${among(sql`g.patient_id`)} and g.kind = 'STAFF_CALL' and g.state = 'OPEN'
        and (g.valid_until is null or g.valid_until >= ${day}::date)
        and not exists (select from membership_task t where t.clinic_id = g.clinic_id and t.granted_benefit_id = g.id
          and t.state = 'OPEN')
      order by g.id on conflict do nothing`,
  );
}

/** Those of benefits that are used up, over or taken back. */
export async function dropTasks(among: Among, { clinicId, em, now }: Context): Promise<void> {
  await select(
    em,
    sql`update membership_task t set state = 'DROPPED', ended_at = ${now}::timestamptz from membership_granted_benefit g
      where t.clinic_id = ${clinicId}::uuid and t.state = 'OPEN' and ${among(sql`t.patient_id`)}
        and g.clinic_id = t.clinic_id and g.id = t.granted_benefit_id and g.state <> 'OPEN'`,
  );
}

/** Who does it; null for nobody yet. Throws NOT_FOUND, and CONFLICT for what is done or dropped. */
export async function assignTask(
  { id, practitionerId }: { id: string; practitionerId?: string | null },
  { em }: Context,
): Promise<MembershipTask> {
  const task = isId(id) ? await em.findOne(MembershipTask, id, { refresh: true }) : null;
  if (!task) throw notFound('This task');
  const practitioner =
    practitionerId == null || !isId(practitionerId)
      ? null
      : await em.findOne(Practitioner, { id: practitionerId, active: true });
  if (practitionerId != null && !practitioner) throw notFound('This practitioner');
  if (task.state !== 'OPEN') throw conflict(`A task that is ${task.state} is nobody’s to do any more.`);
  em.assign(task, { practitioner });
  await em.flush();
  return task;
}

/** It is done, and the benefit used by it; where more of it is left the next task begins. Throws as `assignTask` does. */
export async function completeTask(id: string, context: Context): Promise<MembershipTask> {
  const { actor, clinicId, em, now } = context;
  const done = isId(id)
    ? await em.execute<{ granted: string }[]>(
        `update membership_task set state = 'DONE', ended_at = ?, done_by = ?
         where clinic_id = ? and id = ? and state = 'OPEN' returning granted_benefit_id as granted`,
        [now.toISOString(), actor.id, clinicId, id],
      )
    : [];
  const task = isId(id) ? await em.findOne(MembershipTask, id, { refresh: true }) : null;
  if (!task) throw notFound('This task');
  if (!done[0]) throw conflict(`A task that is ${task.state} cannot be done any more.`);
  await useBenefit(done[0].granted, context);
  await alignTasks(these([task.patient.id]), context);
  return task;
}

/** The benefit is used otherwise than by its task, which is dropped where nothing is left of it. Throws as `useBenefit` does. */
export async function useAtDesk(id: string, context: Context): Promise<MembershipGrantedBenefit> {
  const granted = await useBenefit(id, context);
  if (granted.kind === 'STAFF_CALL') await dropTasks(these([granted.patient.id]), context);
  return granted;
}
