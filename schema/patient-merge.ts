import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, definePermission, Needs, RelatedAll, type MergeOptions, type Moved, type Row } from 'clinic-rapport';
import type { Carried } from './merged-consent.ts';
import { Patient, patientRead } from './patient.ts';

export const patientMerge = definePermission('patient.merge', 'Merge two records of one patient, and undo it', [
  'owner',
  'frontDesk',
]);

/** What follows from other rows is made anew; the records of merges say what was when. */
export const mergeOptions: MergeOptions = {
  leave: ['patient_search_term', 'patient_statistics', 'patient_department', 'patient_merge'],
  beside: [{ table: 'related_person', column: 'person_id' }],
};

@ObjectType({ simpleResolvers: true, description: 'Rows of one kind.' })
export class RowCount {
  @Field(() => String, { description: 'Name of the table: `appointment`.' })
  table: string;

  @Field(() => Int, { description: 'How many.' })
  rows: number;
}

@ObjectType({ description: 'That two records were found to be of one patient.' })
@Entity({ tableName: 'patient_merge' })
export class PatientMerge {
  @Field(() => ID, { description: 'Id of the merge.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'The record that was kept.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => ID, { description: 'Id of the other record, which answers `mergedInto` since.' })
  @Property({ type: 'uuid' })
  mergedId: string;

  @Field(() => String, { nullable: true, description: 'Why; null once the patient is erased.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Property({ type: 'json', columnType: 'jsonb' })
  moved: Moved[];

  /** What the kept record had not, and took over; and what it had before in the place of it. */
  @Property({ type: 'json', columnType: 'jsonb' })
  filled: Record<string, unknown>;

  @Property({ type: 'json', columnType: 'jsonb' })
  carried: Carried[];

  @Field(() => String, { description: 'What merged them: `user <id>`.' })
  @Property({ type: 'text' })
  mergedBy: string;

  @Field(() => DateTime, { description: 'When they were merged.' })
  @Property({ type: 'datetime' })
  mergedAt: Date;

  @Field(() => String, { nullable: true, description: 'What undid it, as `mergedBy`; null while it stands.' })
  @Property({ type: 'text', nullable: true })
  undoneBy?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was undone; null while it stands.' })
  @Property({ type: 'datetime', nullable: true })
  undoneAt?: Date | null;
}

@Resolver(() => PatientMerge)
export class PatientMergeResolver {
  @Needs('moved')
  @FieldResolver(() => [RowCount], { description: 'What was moved from the one record to the other.' })
  rows(@Root() { moved }: Row<PatientMerge>): RowCount[] {
    return (moved as Moved[]).map(({ table, keys }) => ({ table, rows: keys.length }));
  }
}

@Resolver(() => Patient)
export class PatientMerges {
  @Authorized(patientMerge)
  @RelatedAll(() => PatientMerge, {
    inverse: 'patient',
    orderBy: { mergedAt: 'desc' },
    limit: 100,
    nullable: true,
    description: 'Records that were merged into this one, the latest first, with those that were taken apart again.',
  })
  merges: Row<PatientMerge>[] | null;
}
