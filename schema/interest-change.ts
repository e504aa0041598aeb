import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { badInput, conflict, definePermission, Idempotent, type Context } from 'clinic-rapport';
import { presentConsent } from './consent.ts';
import { findPatient } from './find-patient.ts';
import { Interest, InterestSource, mostInterests, PatientInterest } from './interest.ts';
import type { Localized } from './localized-text.ts';
import { requiredText } from './text.ts';

export const interestManage = definePermission('interest.manage', 'Say what patients of the clinic can care about', [
  'owner',
  'marketer',
]);
export const interestWrite = definePermission('interest.write', 'Record what patients care about', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

@InputType({ description: 'Something that patients can care about.' })
export class SaveInterestInput {
  @Field(() => String, {
    description: 'What rules call it: lower-case letters, digits and hyphens, 1 to 50, as `child-health`.',
  })
  code: string;

  @Field(() => String, { description: 'In Chinese, traditional characters, 1 to 100 characters.' })
  zhHant: string;

  @Field(() => String, { description: 'In Chinese, simplified characters, 1 to 100 characters.' })
  zhHans: string;

  @Field(() => String, { description: 'In English, 1 to 100 characters.' })
  en: string;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether it can be recorded from now on.' })
  active: boolean;
}

@InputType({ description: 'That a patient cares about something.' })
export class RecordInterestInput {
  @Field(() => ID, { description: 'Who.' })
  patientId: string;

  @Field(() => String, { description: 'Code of the interest.' })
  code: string;

  @Field(() => InterestSource, {
    nullable: true,
    description: '`STAFF` if not given; of a patient it is always `PATIENT`. What is known better is not made worse.',
  })
  source?: InterestSource | null;
}

@InputType({ description: 'That a patient cares about something no more.' })
export class ForgetInterestInput {
  @Field(() => ID, { description: 'Who.' })
  patientId: string;

  @Field(() => String, { description: 'Code of the interest.' })
  code: string;
}

@Resolver()
export class InterestOperations {
  @Authorized(interestManage)
  @Mutation(() => Interest, { description: 'Adds to what patients can care about, or changes what has this code.' })
  async saveInterest(
    @Arg('input', () => SaveInterestInput, { description: 'The interest.' }) input: SaveInterestInput,
    @Ctx() { em }: Context,
  ): Promise<Interest> {
    const { code, active } = input;
    if (!/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/.test(code))
      throw badInput('input.code', 'A code is 1 to 50 lower-case letters, digits and hyphens, as child-health.');
    const name: Localized = {
      'zh-Hant': requiredText(input.zhHant, 'input.zhHant', 100),
      'zh-Hans': requiredText(input.zhHans, 'input.zhHans', 100),
      en: requiredText(input.en, 'input.en', 100),
    };
    const known = await em.findOne(Interest, { code });
    return known ? em.assign(known, { name, active }) : em.create(Interest, { code, name, active });
  }

  @Authorized(interestWrite)
  @Idempotent()
  @Mutation(() => PatientInterest, { description: 'Records that a patient cares about something.' })
  recordInterest(
    @Arg('input', () => RecordInterestInput, { description: 'Who, and about what.' }) input: RecordInterestInput,
    @Ctx() context: Context,
  ): Promise<PatientInterest> {
    const isPatient = context.actor.patientIds !== '*';
    return recordInterest({ ...input, source: isPatient ? 'PATIENT' : (input.source ?? 'STAFF') }, context);
  }

  @Authorized(interestWrite)
  @Mutation(() => Boolean, { description: 'Forgets that a patient cares about something; true if it was known.' })
  async forgetInterest(
    @Arg('input', () => ForgetInterestInput, { description: 'Who, and about what.' }) input: ForgetInterestInput,
    @Ctx() context: Context,
  ): Promise<boolean> {
    const { em } = context;
    const patient = await findPatient(input.patientId, context);
    const known = await em.findOne(PatientInterest, { patient, interest: { code: input.code } });
    if (known) em.remove(known);
    return known !== null;
  }
}

export interface InterestOfPatient {
  readonly patientId: string;
  /** Of the clinic's vocabulary. */
  readonly code: string;
  readonly source: InterestSource;
}

const certainty = Object.keys(InterestSource);

/**
 * Records what a patient cares about, for plugins too. Once is enough: it is only changed by who knows better. Throws
 * BAD_USER_INPUT for a code that the clinic does not have, CONFLICT where something is inferred of who did not agree to `TRACKING`.
 */
export async function recordInterest(
  { patientId, code, source }: InterestOfPatient,
  context: Context,
): Promise<PatientInterest> {
  const { em, now } = context;
  const patient = await findPatient(patientId, context);
  const interest = await em.findOne(Interest, { code, active: true });
  if (!interest)
    throw badInput('input.code', `There is no interest '${code}' in this clinic: \`interests\` lists them.`);
  if (source === 'INFERRED') await refuseUntracked(patientId, context);
  const known = await em.findOne(PatientInterest, { patient, interest });
  if (known) {
    if (certainty.indexOf(source) < certainty.indexOf(known.source)) em.assign(known, { source, recordedAt: now });
    return known;
  }
  if ((await em.count(PatientInterest, { patient })) >= mostInterests)
    throw badInput('input.code', `A patient has at most ${mostInterests} interests.`);
  return em.create(PatientInterest, { patient, interest, source, recordedAt: now });
}

async function refuseUntracked(patientId: string, context: Context): Promise<void> {
  const consent = await presentConsent(patientId, 'TRACKING', 'EMAIL', context);
  if (consent?.decision !== 'GIVEN')
    throw conflict('Nothing is inferred of a patient who did not agree to be tracked.');
}
