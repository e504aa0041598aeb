import { v7 as newId } from 'uuid';
import type { Context } from 'clinic-rapport';
import { checkedIdentifier, type IdentifierValue } from './identifier-value.ts';
import { maskedIdentifier, placeOf, useOf } from './identifier.ts';

export interface IdentifierOfPatient extends IdentifierValue {
  readonly patientId: string;
}

/**
 * Records numbers of many patients at once, in the running transaction: in three statements, however many. Throws BAD_USER_INPUT
 * for one that is none; where another patient of the clinic has one, PostgreSQL refuses all (23505).
 */
export async function recordIdentifiers(identifiers: readonly IdentifierOfPatient[], context: Context): Promise<void> {
  if (identifiers.length === 0) return;
  const { em, clinicId, now, actor } = context;
  const rows = await Promise.all(identifiers.map(identifier => rowOf(identifier, context)));
  await em.execute(
    `insert into patient_identifier
       (clinic_id, id, patient_id, kind, country, sealed, lookup, masked, recorded_at, recorded_by)
     select ?, id, "patientId", kind, country, decode(sealed, 'base64'), lookup, masked, ?, ?
     from jsonb_to_recordset(?::jsonb)
       as r(id uuid, "patientId" uuid, kind text, country text, sealed text, lookup text, masked text)`,
    [clinicId, now.toISOString(), `${actor.kind} ${actor.id}`, JSON.stringify(rows)],
  );
}

async function rowOf(identifier: IdentifierOfPatient, { vault }: Context) {
  const { patientId, kind, country = null, value } = identifier;
  const normal = checkedIdentifier(identifier, 'value');
  const id = newId();
  const sealed = await vault.seal(value.normalize('NFC').trim(), patientId, placeOf(id));
  const lookup = (await vault.indexer(useOf(kind)))(normal);
  return { id, patientId, kind, country, sealed: sealed.toString('base64'), lookup, masked: maskedIdentifier(normal) };
}
