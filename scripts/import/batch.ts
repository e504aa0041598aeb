import {
  insertAppointments,
  insertConditions,
  insertContacts,
  insertIdentifiers,
  insertPatients,
  run,
  type ImportingContext,
} from './insert.ts';
import type { ImportedRow } from './mapping.ts';
import { sift, type Refused } from './sift.ts';

/** A row that can be taken over as far as the file itself tells. */
export interface Candidate {
  readonly line: number;
  readonly imported: ImportedRow;
}

/** What became of the rows of a batch. */
export interface Taken {
  readonly imported: number;
  /** Patients who were not there before. */
  readonly patients: number;
  /** Were there before, and say the same. */
  readonly unchanged: number;
  readonly refused: readonly Refused[];
}

/**
 * Takes rows over, in the running transaction: patients, their conditions, appointments and visits. A row that is there
 * already changes nothing; one that says something else of a known appointment is refused whole.
 */
export async function takeOver(rows: readonly Candidate[], importing: ImportingContext): Promise<Taken> {
  // Two imports of one source take turns, batch by batch.
  await run(
    importing,
    'select pg_advisory_xact_lock(hashtextextended(?, 0))',
    `${importing.clinic.id} ${importing.source}`,
  );
  const { fresh, unchanged, refused } = await sift(rows, importing);
  const newPatients = await insertPatients(fresh, importing);
  const patients = newPatients.size;
  await insertContacts(fresh, newPatients, importing);
  await insertIdentifiers(fresh, newPatients, importing);
  await insertConditions(fresh, importing);
  await insertAppointments(fresh, importing);
  const imported = fresh.filter(
    ({ imported: { appointment, patient } }) => appointment ?? newPatients.delete(patient.externalId),
  );
  return { imported: imported.length, patients, unchanged: unchanged + fresh.length - imported.length, refused };
}

/** Flags patients that share one id of the other system. */
export async function flagDuplicates(externalIds: readonly string[], importing: ImportingContext): Promise<void> {
  await run(
    importing,
    `update patient set possible_duplicate = true, version = version + 1
     where clinic_id = ? and source = ? and not possible_duplicate
      and external_id in (select jsonb_array_elements_text(?::jsonb))`,
    importing.clinic.id,
    importing.source,
    JSON.stringify(externalIds),
  );
}
