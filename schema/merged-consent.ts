import type { Context } from 'clinic-rapport';
import {
  assumed,
  Consent,
  consentGiven,
  consentWithdrawn,
  type Channel,
  type ConsentDecision,
  type Purpose,
} from './consent.ts';
import type { Patient } from './patient.ts';
import { endWhatRestedOn } from './withdrawal.ts';

/** A choice that a record took over from another one of the same person. */
export interface Carried {
  /** Of the choice that was recorded anew. */
  readonly id: string;
  readonly purpose: Purpose;
  readonly channel: Channel;
  /** What had been chosen here before; null if nothing. */
  readonly before: ConsentDecision | null;
  readonly decision: ConsentDecision;
  /** The last choice before, by which it is given again; null if none. */
  readonly beforeId: string | null;
}

interface Choice {
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly kept: ConsentDecision | null;
  readonly keptId: string | null;
  readonly merged: ConsentDecision | null;
  readonly mergedId: string | null;
}

/** Of two records of one person, what was chosen last by purpose and channel. */
export async function choicesOf(keptId: string, mergedId: string, { em, clinicId }: Context): Promise<Choice[]> {
  return em.execute<Choice[]>(
    `select coalesce(k.purpose, m.purpose) as purpose, coalesce(k.channel, m.channel) as channel,
       k.decision as kept, k.id as "keptId", m.decision as merged, m.id as "mergedId"
     from (${lastOf}) k full join (${lastOf}) m on m.purpose = k.purpose and m.channel = k.channel
     order by 1, 2`,
    [clinicId, keptId, clinicId, mergedId],
  );
}

const lastOf = `select distinct on (purpose, channel) id, purpose, channel, decision from consent
  where clinic_id = ? and patient_id = ? order by purpose, channel, position desc`;

/** The stricter one: who said no on either record has said no. Undefined where nothing changes. */
export function carriedOver({ purpose, kept, merged }: Choice): ConsentDecision | undefined {
  if (merged === 'WITHDRAWN') return kept === 'WITHDRAWN' ? undefined : 'WITHDRAWN';
  return merged === 'GIVEN' && kept === null && !assumed.has(purpose) ? 'GIVEN' : undefined;
}

/** Records on `kept` what was chosen on `merged`, where it is stricter or new. The choices themselves stay where they were made. */
export async function carryConsents(kept: Patient, merged: Patient, context: Context): Promise<Carried[]> {
  const carried: Carried[] = [];
  for (const choice of await choicesOf(kept.id, merged.id, context)) {
    const decision = carriedOver(choice);
    if (!decision) continue;
    const origin = await context.em.findOneOrFail(Consent, choice.mergedId!);
    const evidence = `Choice ${origin.id} of the record ${merged.id}, which was merged`;
    const { id } = await record(kept, origin, decision, evidence, context);
    const { purpose, channel, kept: before, keptId: beforeId } = choice;
    carried.push({ id, purpose, channel, before, decision, beforeId });
  }
  return carried;
}

/** Brings back what counted before, where the patient has not chosen anew since. Who had never agreed does not agree now. */
export async function takeBackConsents(kept: Patient, carried: readonly Carried[], context: Context): Promise<void> {
  const present = new Map(
    (await choicesOf(kept.id, kept.id, context)).map(choice => [`${choice.purpose} ${choice.channel}`, choice.keptId]),
  );
  for (const one of carried) {
    const before = one.before ?? (assumed.has(one.purpose) ? 'GIVEN' : 'WITHDRAWN');
    if (present.get(`${one.purpose} ${one.channel}`) !== one.id || before === one.decision) continue;
    const origin = await context.em.findOneOrFail(Consent, one.beforeId ?? one.id);
    await record(kept, origin, before, `As before choice ${one.id}, whose merge was undone`, context);
  }
}

async function record(
  patient: Patient,
  { purpose, channel, noticeVersion, relatedPerson, notice }: Consent,
  decision: ConsentDecision,
  evidence: string,
  context: Context,
): Promise<Consent> {
  const { em, actor, now, publish } = context;
  const consent = em.create(Consent, {
    ...{ patient, purpose, channel, decision, source: 'MERGE', evidence },
    ...{ noticeVersion, relatedPerson, notice },
    ...{ actorKind: actor.kind, actorId: actor.id, recordedAt: now },
  });
  await em.flush();
  if (decision === 'WITHDRAWN') await endWhatRestedOn(consent, context);
  publish(decision === 'GIVEN' ? consentGiven : consentWithdrawn, {
    ...{ consentId: consent.id, patientId: patient.id, purpose, channel },
  });
  return consent;
}
