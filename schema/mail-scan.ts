import type { InspectedMessage } from 'clinic-rapport';
import { identifiersIn, type IdentifierKind } from './compliance/identifiers.ts';

const kinds: readonly IdentifierKind[] = ['TW_ID', 'TW_NHI_CARD', 'CN_ID'];

/**
 * No national id and no number of an insurance card leaves by mail, whoever wrote it and in whatever clinic: a mailbox is read
 * by others too. Which one it was is not kept.
 */
export async function inspect({ subject, text, merged }: InspectedMessage): Promise<string | undefined> {
  return identifiersIn(`${subject}\n${text}\n${merged}`, kinds).length > 0 ? 'PHI_IN_MESSAGE' : undefined;
}
