import type { Context } from 'clinic-rapport';

/** All records of the person of this one: those that were merged into it first, itself last. */
export async function recordsOf(patientId: string, { em, clinicId }: Context): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `with recursive records (id, depth) as (
       select ?::uuid, 0
       union all select p.id, r.depth + 1 from records r join patient p on p.clinic_id = ? and p.merged_into = r.id)
     select id from records order by depth desc, id`,
    [patientId, clinicId],
  );
  return rows.map(({ id }) => id);
}
