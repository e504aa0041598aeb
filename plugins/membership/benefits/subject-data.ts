import type { SubjectData } from 'clinic-rapport';
import { MembershipGrantedBenefit } from './granted-benefit.ts';

/** What a patient was given, and when it was used. Where two records are merged the rows move by themselves. */
export const benefitsOfSubject: SubjectData = {
  async export(patientId, { em, clinicId }) {
    const granted = await em.find(MembershipGrantedBenefit, { patient: patientId }, { orderBy: { grantedAt: 'asc' } });
    return {
      benefits: granted.map(({ name, kind, quota, used, validUntil, state, source, grantedAt, endedAt }) => ({
        ...{ name, kind, quota, used, validUntil, state, source, grantedAt, endedAt },
      })),
      benefitUses: await em.execute(
        `select g.name, u.used_at as "usedAt" from membership_benefit_use u
         join membership_granted_benefit g on g.clinic_id = u.clinic_id and g.id = u.granted_benefit_id
         where u.clinic_id = ? and u.patient_id = ? order by u.used_at`,
        [clinicId, patientId],
      ),
      benefitTasks: await em.execute(
        `select due_on::text as "dueOn", state, created_at as "createdAt", ended_at as "endedAt" from membership_task
         where clinic_id = ? and patient_id = ? order by created_at`,
        [clinicId, patientId],
      ),
    };
  },

  async erase(patientId, { em, clinicId }) {
    if ((await em.count(MembershipGrantedBenefit, { patient: patientId, held: true })) > 0) return;
    for (const table of ['membership_task', 'membership_benefit_use', 'membership_granted_benefit']) {
      await em.execute(`delete from ${table} where clinic_id = ? and patient_id = ?`, [clinicId, patientId]);
    }
  },

  async hold(patientId, held, { em }) {
    await em.nativeUpdate(MembershipGrantedBenefit, { patient: patientId }, { held });
  },
};
