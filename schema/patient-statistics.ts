import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, Int, ObjectType, Resolver } from 'type-graphql';
import { beside, LocalDate, RelatedOne, type Row } from 'clinic-rapport';
import { Patient } from './patient.ts';
import { visitRead } from './visit.ts';

/** What facts read of the visits: all of them together cost one join. */
export const visits = beside('patient_statistics', 'patient_id');

/** Kept by a trigger on the visits; nothing else writes it. */
@ObjectType({ description: 'What the completed visits of a patient come to. Days are the clinic’s.' })
@Entity({ tableName: 'patient_statistics' })
export class PatientStatistics {
  /** The patient's own. */
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Int, { description: 'How many there were.' })
  @Property({ type: 'integer' })
  visits: Opt<number>;

  @Field(() => LocalDate, { nullable: true, description: 'The day of the first.' })
  @Property({ type: 'date', nullable: true })
  firstVisitOn?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The day of the last.' })
  @Property({ type: 'date', nullable: true })
  lastVisitOn?: string | null;

  /** The days of the last twelve, the newest first. */
  @Property({ type: 'array', columnType: 'date[]' })
  recentVisits: Opt<string[]>;
}

@Resolver(() => Patient)
export class PatientStatisticsResolver {
  @Authorized(visitRead)
  @RelatedOne(() => PatientStatistics, {
    inverse: 'patient',
    description: 'What the completed visits come to; null without any.',
  })
  statistics: Row<PatientStatistics> | null;
}
