import { defineLoader } from 'clinic-rapport';
import { normalText } from './compliance/normal-text.ts';
import type { KnownIdentifier } from './own-identifiers.ts';

/** What a mail must not say, or not where others read it. */
export interface Unsaid {
  /** Numbers of the patient. */
  readonly identifiers: readonly KnownIdentifier[];
  /** Conditions of the patient, their codes, and what was done; in normal form. */
  readonly conditions: readonly string[];
  readonly clinic: UnsaidOfClinic;
}

/** In normal form. */
export interface UnsaidOfClinic {
  /** Names of departments and services, in all languages. */
  readonly care: readonly string[];
  /** Its own name, and that of the sender: they may be said. */
  readonly itself: readonly string[];
  readonly places: readonly string[];
}

interface Row {
  readonly identifiers: (KnownIdentifier & { patient: string })[];
  readonly conditions: { patient: string; name: string | null }[];
  readonly care: string[];
  readonly itself: string[];
  readonly places: string[];
}

const list = (from: string): string => `coalesce((select jsonb_agg(x) from (${from}) x), '[]')`;
// With a list that PostgreSQL has to make first, it reads the whole table instead of the index.
const asked = '= any(?::uuid[])';

const statement = `select
    ${list(`select patient_id as patient, kind, lookup, masked from patient_identifier
      where clinic_id = c.id and patient_id ${asked}`)} as identifiers,
    ${list(`select patient_id as patient, unnest(array[display, code]) as name from patient_condition
        where clinic_id = c.id and patient_id ${asked}
      union select patient_id, name from visit_procedure where clinic_id = c.id and patient_id ${asked}`)} as conditions,
    array(select v.value from department d, jsonb_each_text(d.name) v where d.clinic_id = c.id
      union select v.value from service s, jsonb_each_text(s.name) v where s.clinic_id = c.id) as care,
    array[c.name, c.sender_name] as itself,
    array(select v.value from location l, jsonb_each_text(l.name) v where l.clinic_id = c.id) as places
  from clinic c where c.id = ?`;

/** Of all patients who are written to together, in one statement: of what a mail costs, most is the way to the database. */
export const unsaidOf = defineLoader<string, Unsaid>(async (patientIds, { em, clinicId }) => {
  const [row] = await em.execute<Row[]>(statement, [...Array<string>(3).fill(`{${patientIds.join()}}`), clinicId]);
  const { identifiers, conditions, care, itself, places } = row!;
  const clinic = { care: normal(care), itself: normal(itself), places: normal(places) };
  const identifiersOf = Map.groupBy(identifiers, ({ patient }) => patient);
  const conditionsOf = Map.groupBy(conditions, ({ patient }) => patient);
  return patientIds.map(id => ({
    identifiers: identifiersOf.get(id) ?? [],
    conditions: normal((conditionsOf.get(id) ?? []).map(({ name }) => name)),
    clinic,
  }));
});

/** Longest first, so that a short name takes no piece out of a long one; a single sign is no name. */
const normal = (names: readonly (string | null)[]): string[] =>
  [...new Set(names.flatMap(name => (name ? [normalText(name).trim()] : [])))]
    .filter(name => name.length > 1)
    .sort((a, b) => b.length - a.length);
