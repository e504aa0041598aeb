import type { Context } from '../plugin.ts';

/** Whether the links of a patient lead nowhere any more, however long they were to count. */
export async function areLinksEnded(patientId: string, { em, clinicId }: Context): Promise<boolean> {
  const rows = await em.execute<object[]>('select from ended_link where clinic_id = ? and patient_id = ?', [
    clinicId,
    patientId,
  ]);
  return rows.length > 0;
}
