import type { Database } from '../database/database.ts';
import { patientTable } from '../database/refusals.ts';

interface Standing {
  readonly merged_into: string | null;
  readonly ended: boolean;
}

/** Merges of merges that are followed. */
const longest = 20;

/**
 * The patient as whom the bearer of a link acts: of a record that was merged into another one the other, with the former ones
 * whose mails the links stood in. Undefined where the links of the patient lead nowhere any more.
 */
export async function bearersOf(
  patientId: string,
  clinicId: string,
  { fork }: Pick<Database, 'fork'>,
): Promise<readonly string[] | undefined> {
  const em = fork({ clinicId, patientIds: '*' });
  const records = [patientId];
  for (let step = 0; step < longest; step++) {
    const [standing] = await em.execute<Standing[]>(
      `select p.merged_into, exists (select from ended_link e where e.clinic_id = p.clinic_id and e.patient_id = p.id) as ended
       from ${patientTable} p where p.clinic_id = ? and p.id = ?`,
      [clinicId, records[0]!],
    );
    if (standing?.ended) return undefined;
    if (!standing?.merged_into) break;
    records.unshift(standing.merged_into);
  }
  return records;
}
