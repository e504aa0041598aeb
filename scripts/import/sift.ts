import type { Candidate } from './batch.ts';
import { run, type ImportingContext } from './insert.ts';
import type { ImportedRow } from './mapping.ts';

/** A row of which nothing was imported, and why. */
export interface Refused {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly column?: string;
}

/** What identifies an appointment and must not differ between two rows with its id. */
interface Stored {
  externalId: string;
  patient: string;
  day: string;
  bookedAt: string;
  startsAt: string | null;
  status: string;
}

const storedOf = ({ patient, appointment }: ImportedRow): Stored => ({
  externalId: appointment!.externalId,
  patient: patient.externalId,
  day: appointment!.day,
  bookedAt: appointment!.bookedAt.toISOString(),
  startsAt: appointment!.startsAt?.toISOString() ?? null,
  status: appointment!.status,
});

/** The rows with an appointment that is new, how many are there already, and those that contradict what is there. */
export async function sift(rows: readonly Candidate[], importing: ImportingContext) {
  const known = await storedAppointments(rows, importing);
  const fresh: Candidate[] = [];
  const refused: Refused[] = [];
  let unchanged = 0;
  for (const row of rows) {
    const id = row.imported.appointment?.externalId;
    const before = id === undefined ? undefined : known.get(id);
    if (before === undefined) {
      if (id !== undefined) known.set(id, { ...storedOf(row.imported), line: row.line });
      fresh.push(row);
    } else if (differing(before, storedOf(row.imported)).length === 0) unchanged++;
    else refused.push(conflictOf(row, before));
  }
  return { fresh, unchanged, refused };
}

async function storedAppointments(rows: readonly Candidate[], importing: ImportingContext) {
  const ids = rows.flatMap(({ imported }) => imported.appointment?.externalId ?? []);
  const stored = await run<Stored>(
    importing,
    `select a.external_id as "externalId", p.external_id as patient, a.day::text as day, a.status,
      to_char(a.booked_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "bookedAt",
      to_char(a.starts_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startsAt"
     from appointment a join patient p on p.clinic_id = a.clinic_id and p.id = a.patient_id
     where a.clinic_id = ? and a.source = ? and a.external_id in (select jsonb_array_elements_text(?::jsonb))`,
    importing.clinic.id,
    importing.source,
    JSON.stringify(ids),
  );
  return new Map<string, Stored & { line?: number }>(stored.map(row => [row.externalId, row]));
}

const differing = (before: Stored, now: Stored): string[] =>
  (['patient', 'day', 'bookedAt', 'startsAt', 'status'] as const).filter(field => before[field] !== now[field]);

function conflictOf(row: Candidate, before: Stored & { line?: number }): Refused {
  const fields = differing(before, storedOf(row.imported)).join(', ');
  const where = before.line === undefined ? 'the stored appointment' : `the row of line ${before.line}`;
  return {
    line: row.line,
    code: 'CONFLICT',
    message: `The appointment has the id of ${where}, but differs from it in ${fields}.`,
  };
}
