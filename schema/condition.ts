import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  InputType,
  Mutation,
  ObjectType,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import { badInput, DateTime, definePermission, Idempotent, RelatedAll, type Context, type Row } from 'clinic-rapport';
import { find } from './find.ts';
import { findPatient } from './find-patient.ts';
import { Patient } from './patient.ts';
import { optionalText } from './text.ts';

export const conditionRead = definePermission('patient.condition.read', 'See the diagnoses and allergies of patients', [
  'owner',
  'practitioner',
  'patient',
]);
export const conditionWrite = definePermission('patient.condition.write', 'Record diagnoses and allergies', [
  'owner',
  'practitioner',
]);

export const Stability = { STABLE: 'STABLE', UNSTABLE: 'UNSTABLE', UNKNOWN: 'UNKNOWN' } as const;
export type Stability = keyof typeof Stability;

registerEnumType(Stability, {
  name: 'Stability',
  description: 'How well a condition is under control.',
  valuesConfig: {
    STABLE: { description: 'Under control.' },
    UNSTABLE: { description: 'Not under control; to be seen more often.' },
    UNKNOWN: { description: 'Not assessed.' },
  },
});

@ObjectType({ description: 'A condition that a patient has or had.' })
@Entity({ tableName: 'patient_condition' })
export class Condition {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => String, { description: 'ICD-10 code: `E11.9`.' })
  @Property({ type: 'text' })
  code: string;

  @Field(() => String, { nullable: true, description: 'The condition in the words of who recorded it.' })
  @Property({ type: 'text', nullable: true })
  display?: string | null;

  @Field(() => Stability, { nullable: true, description: 'How well it is under control.' })
  @Property({ type: 'text', nullable: true })
  stability?: Stability | null;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was over; null if it is not.' })
  @Property({ type: 'datetime', nullable: true })
  resolvedAt?: Date | null;
}

@InputType({ description: 'A diagnosis to record. A code that the patient has already is updated.' })
export class RecordConditionInput {
  @Field(() => ID, { description: 'Whose condition it is.' })
  patientId: string;

  @Field(() => String, { description: 'ICD-10 code: `E11.9`.' })
  code: string;

  @Field(() => String, { nullable: true, description: 'The condition in words, at most 200 characters.' })
  display?: string | null;

  @Field(() => Stability, { nullable: true, description: 'How well it is under control.' })
  stability?: Stability | null;
}

@Resolver(() => Patient)
export class PatientConditions {
  @Authorized(conditionRead)
  @RelatedAll(() => Condition, {
    inverse: 'patient',
    orderBy: { recordedAt: 'desc' },
    limit: 100,
    nullable: true,
    description: 'Conditions, the newest first, with those that are over.',
  })
  conditions: Row<Condition>[] | null;

  @Authorized(conditionWrite)
  @Idempotent()
  @Mutation(() => Condition, { description: 'Records that a patient has a condition.' })
  recordCondition(
    @Arg('input', () => RecordConditionInput, { description: 'The diagnosis.' }) input: RecordConditionInput,
    @Ctx() context: Context,
  ): Promise<Condition> {
    return recordCondition(input, context);
  }

  @Authorized(conditionWrite)
  @Mutation(() => Condition, { description: 'Records that a condition is over.' })
  async resolveCondition(
    @Arg('id', () => ID, { description: 'Id of the record.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Condition> {
    const condition = await find(Condition, id, context);
    condition.resolvedAt ??= context.now;
    return condition;
  }
}

/** Records a condition that a patient has, or what is new about it. Throws BAD_USER_INPUT where the code is no ICD-10 code. */
export async function recordCondition(input: RecordConditionInput, context: Context): Promise<Condition> {
  const code = input.code.trim().toUpperCase();
  if (!/^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$/.test(code))
    throw badInput('input.code', 'This is not an ICD-10 code, as E11.9.');
  const patient = await findPatient(input.patientId, context);
  const { em, now } = context;
  const condition =
    (await em.findOne(Condition, { patient, code, resolvedAt: null })) ??
    em.create(Condition, { patient, code, recordedAt: now });
  condition.display = optionalText(input.display, 'input.display') ?? condition.display;
  condition.stability = input.stability ?? condition.stability;
  return condition;
}
