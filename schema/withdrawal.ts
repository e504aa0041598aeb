import { reconsiderMails, type Context } from 'clinic-rapport';
import type { Consent } from './consent.ts';
import { PatientInterest } from './interest.ts';

/** What rested on a choice that is taken back goes with it: mails that wait, and what was inferred from being tracked. */
export async function endWhatRestedOn({ patient, purpose }: Consent, context: Context): Promise<void> {
  await reconsiderMails([patient.id], context);
  if (purpose === 'TRACKING')
    await context.em.nativeDelete(PatientInterest, { patient: patient.id, source: 'INFERRED' });
}
