import { conflict, type Context } from 'clinic-rapport';
import { find } from './find.ts';
import { Patient } from './patient.ts';

/** The patient, for whom something is to be written. Throws CONFLICT for a record that is somebody no more, beside NOT_FOUND. */
export async function findPatient(id: string, context: Context): Promise<Patient> {
  const patient = await find(Patient, id, context);
  refuseGone(patient);
  return patient;
}

/** Throws CONFLICT where the record was erased or merged into another one, which is named. */
export function refuseGone({ erasedAt, mergedInto }: Patient): void {
  if (mergedInto) throw conflict(`This record was merged into ${mergedInto.id}.`);
  if (erasedAt) throw conflict('The data of this patient was erased.');
}
