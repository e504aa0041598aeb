import type { Context } from 'clinic-rapport';
import { Visit, type PatientChange, type VisitChange } from 'clinic-rapport/schema';
import { uncountAttendance } from './engagement.ts';
import { evaluate } from './evaluation.ts';
import { activeProgram } from './program.ts';

/** A visit that is over, broken off or paid back changes what the patient has earned. */
export async function keepTiers({ visitId, patientId, change }: VisitChange, context: Context): Promise<void> {
  if (change === 'STARTED') return;
  if (change === 'CANCELLED') await uncountAttendance(await context.em.findOneOrFail(Visit, visitId), context);
  await evaluate([patientId], context);
}

/** An address that was verified may be all that was missing. */
export async function lookAnew({ patientId }: PatientChange, context: Context): Promise<void> {
  const program = await activeProgram(context);
  if (program?.needsVerifiedAddress) await evaluate([patientId], context);
}
