import { defineLoader, type Context, type InspectedMessage, type Recipient } from 'clinic-rapport';
import { identifiersIn, type IdentifierKind } from './compliance/identifiers.ts';
import { useOf, type PatientIdentifierKind } from './identifier.ts';
import { namesCondition } from './mail-headline.ts';
import { holdsIdentifier } from './own-identifiers.ts';
import { unsaidOf } from './unsaid.ts';

const kinds: readonly IdentifierKind[] = ['TW_ID', 'TW_NHI_CARD', 'CN_ID'];

/**
 * No national id and no number of an insurance card leaves by mail, whoever wrote it and in whatever clinic: a mailbox is read
 * by others too. Nor does any number that the clinic keeps of the patient, and no subject says what for someone is treated.
 * What it was is not kept.
 */
export async function inspect(message: InspectedMessage, to: Recipient, context: Context): Promise<string | undefined> {
  const all = [message.subject, message.preview, message.text, message.merged].join('\n');
  if (identifiersIn(all, kinds).length > 0) return 'PHI_IN_MESSAGE';
  for (const patientId of await patientsOf(to, context)) {
    const unsaid = await context.load(unsaidOf, patientId);
    const hashOf = (kind: PatientIdentifierKind) => context.vault.indexer(useOf(kind));
    if (await holdsIdentifier(all, unsaid.identifiers, hashOf)) return 'PHI_IN_MESSAGE';
    if (namesCondition(message, unsaid)) return 'CONDITION_IN_SUBJECT';
  }
  return undefined;
}

/** Whose data may be in a mail to someone. */
async function patientsOf(to: Recipient, { load }: Context): Promise<readonly string[]> {
  if ('patientId' in to) return [to.patientId];
  return 'relatedPersonId' in to ? load(patientsOfRelatedPerson, to.relatedPersonId) : [];
}

/** The patient to whom the person belongs, and the person where that is a patient too. */
const patientsOfRelatedPerson = defineLoader<string, readonly string[]>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<{ id: string; patient_id: string; person_id: string | null }[]>(
    `select id, patient_id, person_id from related_person
     where clinic_id = ? and id = any(?::uuid[])`,
    [clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(rows.map(row => [row.id, [row.patient_id, row.person_id].filter(patient => patient !== null)]));
  return ids.map(id => byId.get(id) ?? []);
});
