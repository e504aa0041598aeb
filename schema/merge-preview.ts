import { Field, ObjectType } from 'type-graphql';
import { countRows, patientColumns, type Context } from 'clinic-rapport';
import { Channel, ConsentDecision, Purpose } from './consent.ts';
import { find } from './find.ts';
import { carriedOver, choicesOf } from './merged-consent.ts';
import { mergeOptions, RowCount } from './patient-merge.ts';
import { Patient } from './patient.ts';

@ObjectType({ simpleResolvers: true, description: 'What a patient chose on two records, and what counts for both.' })
export class MergedChoice {
  @Field(() => Purpose, { description: 'For what.' })
  purpose: Purpose;

  @Field(() => Channel, { description: 'By which way.' })
  channel: Channel;

  @Field(() => ConsentDecision, { nullable: true, description: 'On the kept record; null if nothing was chosen.' })
  kept: ConsentDecision | null;

  @Field(() => ConsentDecision, { nullable: true, description: 'On the other record; null if nothing was chosen.' })
  merged: ConsentDecision | null;

  @Field(() => ConsentDecision, {
    nullable: true,
    description: 'On the kept record afterwards: the stricter of the two.',
  })
  result: ConsentDecision | null;
}

@ObjectType({ simpleResolvers: true, description: 'What would become of two records if they were merged now.' })
export class PatientMergePreview {
  @Field(() => [RowCount], { description: 'What of the other record would move.' })
  rows: RowCount[];

  @Field(() => [MergedChoice], { description: 'What was chosen on either record.' })
  choices: MergedChoice[];

  @Field(() => [String], { description: 'What the kept record lacks and would take over: `birthDate`.' })
  filled: string[];

  @Field(() => [String], { description: 'In what the records differ, where the kept one counts: `birthDate`, `name`.' })
  differences: string[];

  @Field(() => [String], { description: 'Why they cannot be merged; empty where they can.' })
  obstacles: string[];
}

const fillable = [
  'otherName',
  'birthDate',
  'sex',
  'preferredDepartment',
  'residence',
  'timeZone',
  'deceasedOn',
] as const satisfies readonly (keyof Patient)[];

/** What the kept record lacks, and the other one has. */
export const filledOf = (kept: Patient, merged: Patient) =>
  fillable.filter(field => kept[field] == null && merged[field] != null);

/** An entity by its id. */
export const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'id' in value ? value.id : (value ?? null);

/** What merging would do, without doing it. */
export async function preview(keptId: string, mergedId: string, context: Context): Promise<PatientMergePreview> {
  const [kept, merged] = [await find(Patient, keptId, context), await find(Patient, mergedId, context)];
  const choices = await choicesOf(kept.id, merged.id, context);
  const columns = await patientColumns(mergeOptions, context);
  return {
    rows: await countRows(merged.id, columns, context),
    choices: choices.map(choice => ({ ...choice, result: carriedOver(choice) ?? choice.kept })),
    filled: filledOf(kept, merged),
    differences: (['name', ...fillable] as const).filter(
      field => kept[field] != null && merged[field] != null && plain(kept[field]) !== plain(merged[field]),
    ),
    obstacles: obstaclesOf(kept, merged),
  };
}

/** Why two records cannot be merged now. */
export function obstaclesOf(kept: Patient, merged: Patient): string[] {
  const of = (which: string, { heldSince, erasedAt, mergedInto }: Patient): (string | false)[] => [
    heldSince != null && `The ${which} record is under a legal hold.`,
    erasedAt != null && `The ${which} record was erased.`,
    mergedInto != null && `The ${which} record was merged into another one.`,
  ];
  const same = kept.id === merged.id && 'They are one and the same record.';
  return [same, ...of('kept', kept), ...of('other', merged)].filter(obstacle => obstacle !== false);
}
