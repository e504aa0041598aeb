import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Query, Resolver } from 'type-graphql';
import { badInput, conflict, Idempotent, mergeSubject, unmergeSubject, type Context } from 'clinic-rapport';
import { presentConsent } from './consent.ts';
import { find, findToChange } from './find.ts';
import { reviewGuardianships } from './guardian.ts';
import { PatientInterest } from './interest.ts';
import { filledOf, obstaclesOf, PatientMergePreview, plain, preview } from './merge-preview.ts';
import { carryConsents, takeBackConsents } from './merged-consent.ts';
import { indexPatient } from './patient-search.ts';
import { mergeOptions, PatientMerge, patientMerge } from './patient-merge.ts';
import { Patient, patientMerged, patientUnmerged } from './patient.ts';
import { requiredText } from './text.ts';

@InputType({ description: 'Two records of one patient.' })
export class MergePatientsInput {
  @Field(() => ID, { description: 'Id of the record that is kept.' })
  keptId: string;

  @Field(() => ID, { description: 'Id of the record that goes into it.' })
  mergedId: string;

  @Field(() => String, { description: 'How it is known that both are one person, 1 to 1000 characters.' })
  reason: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the kept record that was read; CONFLICT if changed.',
  })
  expectedKeptVersion?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the other record that was read; CONFLICT if changed.',
  })
  expectedMergedVersion?: number | null;
}

@InputType({ description: 'A merge to undo.' })
export class UnmergePatientsInput {
  @Field(() => ID, { description: 'Id of the merge.' })
  mergeId: string;
}

@Resolver()
export class MergingResolver {
  @Authorized(patientMerge)
  @Query(() => PatientMergePreview, { description: 'What merging two records would do. Nothing is done.' })
  patientMergePreview(
    @Arg('keptId', () => ID, { description: 'Id of the record that would be kept.' }) keptId: string,
    @Arg('mergedId', () => ID, { description: 'Id of the record that would go into it.' }) mergedId: string,
    @Ctx() context: Context,
  ): Promise<PatientMergePreview> {
    return preview(keptId, mergedId, context);
  }

  @Authorized(patientMerge)
  @Idempotent()
  @Mutation(() => PatientMerge, {
    description:
      'Makes two records of one patient one: everything of the other one that points at it, of the core and of every plugin, points at the kept one. Of what was chosen on either the stricter counts. Recorded choices, the audit and mails that were sent stay beside the other record, which answers `mergedInto`. CONFLICT where either is under a legal hold, erased or merged.',
  })
  mergePatients(
    @Arg('input', () => MergePatientsInput, { description: 'Which records, and why.' }) input: MergePatientsInput,
    @Ctx() context: Context,
  ): Promise<PatientMerge> {
    return mergePatients(input, context);
  }

  @Authorized(patientMerge)
  @Mutation(() => PatientMerge, {
    description:
      'Undoes a merge: what was moved is brought back, as far as it is there still; what came since stays with the kept record. CONFLICT where that is not possible: either was erased, held or merged since, or rows clash.',
  })
  unmergePatients(
    @Arg('input', () => UnmergePatientsInput, { description: 'Which merge.' }) input: UnmergePatientsInput,
    @Ctx() context: Context,
  ): Promise<PatientMerge> {
    return unmergePatients(input.mergeId, context);
  }
}

/** Makes two records one, or throws and has changed nothing. */
export async function mergePatients(input: MergePatientsInput, context: Context): Promise<PatientMerge> {
  const { em, actor, now } = context;
  if (input.keptId === input.mergedId) throw badInput('input.mergedId', 'A record is not merged with itself.');
  const reason = requiredText(input.reason, 'input.reason', 1_000);
  const { kept, merged } = await lockBoth(input, context);
  const [obstacle] = obstaclesOf(kept, merged);
  if (obstacle) throw conflict(obstacle);
  const carried = await carryConsents(kept, merged, context);
  const filled = fill(kept, merged);
  em.assign(merged, { mergedInto: kept, updatedAt: now });
  em.assign(kept, { updatedAt: now });
  const moved = await mergeSubject({ fromId: merged.id, toId: kept.id }, mergeOptions, context);
  // Of who does not agree to be tracked, by the stricter of both choices, nothing that was inferred stays.
  const tracking = await presentConsent(kept.id, 'TRACKING', 'EMAIL', context);
  if (tracking?.decision !== 'GIVEN') await em.nativeDelete(PatientInterest, { patient: kept.id, source: 'INFERRED' });
  const merge = em.create(PatientMerge, {
    ...{ patient: kept, mergedId: merged.id, reason, moved: [...moved], carried },
    filled: { ...filled, proved: await carryProofs(kept, merged, context) },
    ...{ mergedBy: `${actor.kind} ${actor.id}`, mergedAt: now },
  });
  await em.execute('delete from patient_search_term where clinic_id = ? and patient_id = ?', [
    context.clinicId,
    merged.id,
  ]);
  await settle(kept, context);
  context.publish(patientMerged, { mergeId: merge.id, patientId: kept.id, mergedId: merged.id });
  return merge;
}

/** Brings both records back to what they were, but for what came since. Throws CONFLICT where that is not possible. */
export async function unmergePatients(mergeId: string, context: Context): Promise<PatientMerge> {
  const { em, actor, now } = context;
  const found = await find(PatientMerge, mergeId, context);
  const { kept, merged } = await lockBoth({ keptId: found.patient.id, mergedId: found.mergedId }, context);
  const merge = await em.findOneOrFail(PatientMerge, mergeId, { refresh: true });
  if (merge.undoneAt) throw conflict('This merge was undone before.');
  merged.mergedInto = null;
  const [obstacle] = obstaclesOf(kept, merged);
  if (obstacle) throw conflict(obstacle);
  await unmergeSubject({ fromId: merged.id, toId: kept.id }, merge.moved, context);
  await takeBackConsents(kept, merge.carried, context);
  await takeBackProofs(merge.filled['proved'], context);
  empty(kept, merge.filled);
  em.assign(kept, { updatedAt: now });
  em.assign(merged, { updatedAt: now });
  em.assign(merge, { undoneBy: `${actor.kind} ${actor.id}`, undoneAt: now });
  await settle(kept, context);
  await indexPatient(merged, context);
  context.publish(patientUnmerged, { mergeId: merge.id, patientId: kept.id, mergedId: merged.id });
  return merge;
}

/** In the order of their ids: two who merge the same records crosswise wait for each other, and not for ever. */
async function lockBoth(
  { keptId, mergedId, ...versions }: Pick<MergePatientsInput, 'keptId' | 'mergedId'> & Partial<MergePatientsInput>,
  context: Context,
): Promise<{ kept: Patient; merged: Patient }> {
  const expected = { [keptId]: versions.expectedKeptVersion, [mergedId]: versions.expectedMergedVersion };
  const found = new Map<string, Patient>();
  for (const id of [keptId, mergedId].toSorted()) found.set(id, await findToChange(Patient, id, expected[id], context));
  return { kept: found.get(keptId)!, merged: found.get(mergedId)! };
}

/** What the kept record lacks it takes over. Answers what that was. */
function fill(kept: Patient, merged: Patient): Record<string, unknown> {
  const fields = filledOf(kept, merged);
  const taken = Object.fromEntries(fields.map(field => [field, plain(merged[field])]));
  for (const field of fields) Object.assign(kept, { [field]: merged[field] });
  if (fields.includes('birthDate')) kept.birthDateApproximate = merged.birthDateApproximate;
  const doubted = kept.possibleDuplicate;
  kept.possibleDuplicate = false;
  return { ...taken, possibleDuplicate: doubted };
}

/** What was corrected since stays. */
function empty(kept: Patient, { possibleDuplicate, proved: _, ...filled }: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(filled)) {
    if (plain(kept[field as keyof Patient]) === value) Object.assign(kept, { [field]: null });
  }
  if (kept.birthDate == null) kept.birthDateApproximate = false;
  kept.possibleDuplicate = possibleDuplicate === true;
}

/** An address that both had stays with either, and is proved once one of them was. Answers the ids of those that are by that. */
async function carryProofs(kept: Patient, merged: Patient, { em, clinicId }: Context): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `update contact_point k set verified_at = m.verified_at, verification_code = null, verification_expires_at = null
     from contact_point m where k.clinic_id = ? and k.patient_id = ? and k.verified_at is null
       and m.clinic_id = k.clinic_id and m.patient_id = ? and m.system = k.system and m.value = k.value
       and m.verified_at is not null returning k.id`,
    [clinicId, kept.id, merged.id],
  );
  return rows.map(({ id }) => id);
}

/** Merges of before have none. */
async function takeBackProofs(ids: unknown, { em, clinicId }: Context): Promise<void> {
  if (!Array.isArray(ids) || ids.length === 0) return;
  await em.execute(
    `update contact_point set verified_at = null
     where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [clinicId, JSON.stringify(ids)],
  );
}

/** What follows from the rows: by what the record is found, and who may see whom. The statistics keep themselves. */
async function settle(kept: Patient, context: Context): Promise<void> {
  await indexPatient(kept, context);
  await reviewGuardianships(context);
}
