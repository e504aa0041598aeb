import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { definePermission, Idempotent, type Context } from 'clinic-rapport';
import {
  Channel,
  Consent,
  consentGiven,
  ConsentSource,
  consentWithdrawn,
  Purpose,
  type ConsentDecision,
} from './consent.ts';
import { find } from './find.ts';
import { Patient } from './patient.ts';
import { optionalText } from './text.ts';

export const consentWrite = definePermission('consent.write', 'Record what patients agree to and withdraw', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

@InputType({ description: 'A choice of a patient to record.' })
export class ConsentInput {
  @Field(() => ID, { description: 'Whose choice it is.' })
  patientId: string;

  @Field(() => Purpose, { description: 'For what.' })
  purpose: Purpose;

  @Field(() => Channel, { description: 'By which way.' })
  channel: Channel;

  @Field(() => ConsentSource, { description: 'How the clinic learned of it; for a patient it is always `ONLINE`.' })
  source: ConsentSource;

  @Field(() => String, { nullable: true, description: 'Version of the notice that the patient was shown.' })
  notice?: string | null;
}

@Resolver()
export class ConsentResolver {
  @Authorized(consentWrite)
  @Idempotent()
  @Mutation(() => Consent, { description: 'Records that a patient agreed.' })
  giveConsent(
    @Arg('input', () => ConsentInput, { description: 'The choice.' }) input: ConsentInput,
    @Ctx() context: Context,
  ): Promise<Consent> {
    return giveConsent(input, context);
  }

  @Authorized(consentWrite)
  @Idempotent()
  @Mutation(() => Consent, { description: 'Records that a patient refused, or agrees no more. It counts at once.' })
  withdrawConsent(
    @Arg('input', () => ConsentInput, { description: 'The choice.' }) input: ConsentInput,
    @Ctx() context: Context,
  ): Promise<Consent> {
    return withdrawConsent(input, context);
  }
}

export const giveConsent = (input: ConsentInput, context: Context): Promise<Consent> => decide('GIVEN', input, context);

export const withdrawConsent = (input: ConsentInput, context: Context): Promise<Consent> =>
  decide('WITHDRAWN', input, context);

async function decide(decision: ConsentDecision, input: ConsentInput, context: Context): Promise<Consent> {
  const { em, actor, now } = context;
  const patient = await find(Patient, input.patientId, context);
  const { purpose, channel } = input;
  const consent = em.create(Consent, {
    patient,
    purpose,
    channel,
    decision,
    // A patient cannot say to have signed a form at the desk.
    source: actor.kind === 'user' && actor.patientIds !== '*' ? 'ONLINE' : input.source,
    notice: optionalText(input.notice, 'input.notice'),
    actorKind: actor.kind,
    actorId: actor.id,
    recordedAt: now,
  });
  await em.flush();
  const event = decision === 'GIVEN' ? consentGiven : consentWithdrawn;
  context.publish(event, { consentId: consent.id, patientId: patient.id, purpose, channel });
  return consent;
}
