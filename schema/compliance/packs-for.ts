import type { Context } from 'clinic-rapport';
import { CoreSettings } from '../core-settings.ts';
import { find } from '../find.ts';
import { Patient } from '../patient.ts';
import type { CompliancePack } from './pack.ts';
import { packsOf } from './packs.ts';

/**
 * The packs that count: the clinic's own and, for a patient who lives elsewhere, that of the residence. What several of them say
 * is brought together by `strictest`. Throws NOT_FOUND for a patient whom the actor may not see.
 */
export async function packsFor(patientId: string | null | undefined, context: Context): Promise<CompliancePack[]> {
  const { compliancePack } = await context.settings(CoreSettings);
  const residence = patientId == null ? undefined : (await find(Patient, patientId, context)).residence;
  return packsOf(compliancePack, residence);
}
