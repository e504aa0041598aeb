import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, Idempotent, RelatedAll, type Context, type Row } from 'clinic-rapport';
import { conditionRead, conditionWrite } from './condition.ts';
import { find } from './find.ts';
import { findPatient } from './find-patient.ts';
import { Patient } from './patient.ts';
import { optionalText, requiredText } from './text.ts';

@ObjectType({ description: 'Something that a patient must not be given.' })
@Entity({ tableName: 'patient_allergy' })
export class Allergy {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => String, { description: 'What the patient reacts to: a drug, a food, a material.' })
  @Property({ type: 'text' })
  substance: string;

  @Field(() => String, { nullable: true, description: 'How the patient reacts.' })
  @Property({ type: 'text', nullable: true })
  reaction?: string | null;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was found not to be so; null if it stands.' })
  @Property({ type: 'datetime', nullable: true })
  refutedAt?: Date | null;
}

@InputType({ description: 'An allergy to record.' })
export class RecordAllergyInput {
  @Field(() => ID, { description: 'Whose allergy it is.' })
  patientId: string;

  @Field(() => String, { description: 'What the patient reacts to, at most 200 characters.' })
  substance: string;

  @Field(() => String, { nullable: true, description: 'How the patient reacts, at most 500 characters.' })
  reaction?: string | null;
}

@Resolver(() => Patient)
export class PatientAllergies {
  @Authorized(conditionRead)
  @RelatedAll(() => Allergy, {
    inverse: 'patient',
    orderBy: { recordedAt: 'desc' },
    limit: 100,
    nullable: true,
    description: 'Allergies, the newest first, with those that were refuted.',
  })
  allergies: Row<Allergy>[] | null;

  @Authorized(conditionWrite)
  @Idempotent()
  @Mutation(() => Allergy, { description: 'Records that a patient must not be given something.' })
  async recordAllergy(
    @Arg('input', () => RecordAllergyInput, { description: 'The allergy.' }) input: RecordAllergyInput,
    @Ctx() context: Context,
  ): Promise<Allergy> {
    const patient = await findPatient(input.patientId, context);
    return context.em.create(Allergy, {
      patient,
      substance: requiredText(input.substance, 'input.substance'),
      reaction: optionalText(input.reaction, 'input.reaction', 500),
      recordedAt: context.now,
    });
  }

  @Authorized(conditionWrite)
  @Mutation(() => Allergy, { description: 'Records that an allergy was found not to be one.' })
  async refuteAllergy(
    @Arg('id', () => ID, { description: 'Id of the record.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Allergy> {
    const allergy = await find(Allergy, id, context);
    allergy.refutedAt ??= context.now;
    return allergy;
  }
}
