import { select, sql, type Context } from 'clinic-rapport';
import { today } from '../points/open-lots.ts';

/** Who has a priority now is offered times that become free before those who need them no more, the higher tier first. */
export async function bringForward(patientIds: readonly string[], context: Context): Promise<Record<string, number>> {
  const { em, clinicId } = context;
  await em.flush();
  const rows = await select<{ patientId: string; rank: number }>(
    em,
    sql`select g.patient_id as "patientId", 1 + coalesce(max(t.rank), 0) as rank from membership_granted_benefit g
      left join membership_member m on m.clinic_id = g.clinic_id and m.patient_id = g.patient_id
      left join membership_tier t on t.clinic_id = m.clinic_id and t.id = m.tier_id
      where g.clinic_id = ${clinicId}::uuid and g.patient_id = any(${[...patientIds]}::uuid[]) and g.kind = 'PRIORITY'
        and g.state = 'OPEN' and (g.valid_until is null or g.valid_until >= ${await today(context)}::date)
      group by g.patient_id`,
  );
  return Object.fromEntries(rows.map(({ patientId, rank }) => [patientId, rank]));
}
