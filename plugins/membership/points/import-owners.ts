import type { Context } from 'clinic-rapport';
import { IdentifierUse, normalIdentifier, Patient, PatientIdentifier } from 'clinic-rapport/schema';
import type { ImportPointsLine, Wrong } from './import.ts';
import { isId } from './reward.ts';

type Owner = { readonly patientId: string } | Wrong;

const unknown: Wrong = { code: 'NOT_FOUND', message: 'There is no such patient.' };
const gone: Wrong = { code: 'CONFLICT', message: 'The record was erased, or merged into another one.' };

/** Of each line the patient, or why there is none to get points. */
export async function ownersOf(lines: readonly ImportPointsLine[], context: Context): Promise<Owner[]> {
  const byChart = await patientsByChart(lines, context);
  const ids = lines.map(({ patientId, chartNumber }) => {
    const id = patientId ?? (chartNumber == null ? undefined : byChart.get(normalIdentifier(chartNumber)));
    return id !== undefined && isId(id) ? id.toLowerCase() : undefined;
  });
  const wanted = ids.filter(id => id !== undefined);
  const known = new Map((await context.em.find(Patient, { id: { $in: wanted } })).map(each => [each.id, each]));
  return ids.map(id => {
    const patient = id === undefined ? undefined : known.get(id);
    if (!patient) return unknown;
    return patient.erasedAt || patient.mergedInto ? gone : { patientId: patient.id };
  });
}

/** By the hash that the core keeps of each number; that somebody was found by one is written down, as it is for a single one. */
async function patientsByChart(lines: readonly ImportPointsLine[], context: Context): Promise<Map<string, string>> {
  const { actor, em, now, vault } = context;
  const numbers = lines.flatMap(({ chartNumber }) => (chartNumber == null ? [] : [normalIdentifier(chartNumber)]));
  if (numbers.length === 0) return new Map();
  const kind = 'CHART_NUMBER';
  const hash = await vault.indexer(`patient_identifier.${kind}`);
  const numberOf = new Map(numbers.map(number => [hash(number), number]));
  const found = await em.find(PatientIdentifier, { kind, lookup: { $in: [...numberOf.keys()] } });
  for (const { id: identifierId, patient } of found) {
    em.create(IdentifierUse, {
      act: 'FOUND',
      identifierId,
      kind,
      patient,
      usedBy: `${actor.kind} ${actor.id}`,
      usedAt: now,
    });
  }
  return new Map(found.map(({ lookup, patient }) => [numberOf.get(lookup)!, patient.id]));
}
