import { v7 as newId } from 'uuid';
import { conflict, notFound, type Context } from 'clinic-rapport';
import { isId } from '../points/reward.ts';
import { today } from '../points/open-lots.ts';
import { MembershipGrantedBenefit } from './granted-benefit.ts';

/**
 * Counts one use. The statement that counts it is the one that looks whether there is any left: of many at once no more get
 * through than that. Throws NOT_FOUND, and CONFLICT for one that is used up, over or was taken back.
 */
export async function useBenefit(id: string, context: Context): Promise<MembershipGrantedBenefit> {
  const { actor, clinicId, em, now } = context;
  const at = now.toISOString();
  await em.flush();
  const used = isId(id)
    ? await em.execute<{ patientId: string }[]>(
        `update membership_granted_benefit set used = used + 1,
           state = case when used + 1 = quota then 'USED' else state end,
           ended_at = case when used + 1 = quota then ?::timestamptz end
         where clinic_id = ? and id = ? and state = 'OPEN' and used < quota and (valid_until is null or valid_until >= ?::date)
         returning patient_id as "patientId"`,
        [at, clinicId, id, await today(context)],
      )
    : [];
  const granted = isId(id) ? await em.findOne(MembershipGrantedBenefit, id, { refresh: true }) : null;
  if (!granted) throw notFound('This benefit');
  if (!used[0]) throw conflict('This benefit cannot be used any more.');
  await em.execute(
    `insert into membership_benefit_use (clinic_id, id, patient_id, granted_benefit_id, used_at, used_by)
     values (?, ?, ?, ?, ?, ?)`,
    [clinicId, newId(), used[0].patientId, id, at, actor.id],
  );
  return granted;
}
