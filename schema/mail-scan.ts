import type { Context, InspectedMessage, Recipient } from 'clinic-rapport';
import { identifiersIn, type IdentifierKind } from './compliance/identifiers.ts';
import { useOf } from './identifier.ts';
import { holdsIdentifier, identifiersOfPatient } from './own-identifiers.ts';

const kinds: readonly IdentifierKind[] = ['TW_ID', 'TW_NHI_CARD', 'CN_ID'];

/**
 * No national id and no number of an insurance card leaves by mail, whoever wrote it and in whatever clinic: a mailbox is read
 * by others too. Nor does any number that the clinic keeps of the patient. Which one it was is not kept.
 */
export async function inspect(
  { subject, text, merged }: InspectedMessage,
  to: Recipient,
  { load, vault }: Context,
): Promise<string | undefined> {
  const all = `${subject}\n${text}\n${merged}`;
  if (identifiersIn(all, kinds).length > 0) return 'PHI_IN_MESSAGE';
  const own = 'patientId' in to ? await load(identifiersOfPatient, to.patientId) : [];
  if (own.length === 0) return undefined;
  return (await holdsIdentifier(all, own, kind => vault.indexer(useOf(kind)))) ? 'PHI_IN_MESSAGE' : undefined;
}
