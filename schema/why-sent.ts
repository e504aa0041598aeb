import { validate as isId } from 'uuid';
import { Arg, Authorized, Ctx, Field, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { DateTime, Needs, stopsOf, type Context, type Row } from 'clinic-rapport';
import { Delivery, deliveryRead } from './delivery.ts';
import { messageBasis } from './message-class.ts';

@ObjectType({ simpleResolvers: true, description: 'What allowed a mail, as it was when it was sent.' })
export class WhySent {
  @Field(() => ID, { nullable: true, description: 'Id of the consent that it rests on; null where it needs none.' })
  consentId: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The message class that needs no consent: `care`; null where it rests on a consent.',
  })
  messageClass: string | null;

  @Field(() => String, { nullable: true, description: 'What such mails are; null where it rests on a consent.' })
  why: string | null;

  @Field(() => [String], {
    description: 'The rule packs that were asked, as they were then: `tw 2026.1`; empty for a consent.',
  })
  packs: readonly string[];

  @Field(() => [String], {
    description: 'What in them says that the message class needs no consent; empty for a consent.',
  })
  citations: readonly string[];

  @Field(() => DateTime, { nullable: true, description: 'When it was asked whether it may be sent.' })
  decidedAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when the patient had proved to own the address; null for who is no patient.',
  })
  addressVerifiedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'One thing that keeps a mail from being sent now.' })
export class MailStop {
  @Field(() => String, { description: 'As a withheld delivery has it: `CONSENT_WITHDRAWN`, `SUPPRESSED_HARD_BOUNCE`.' })
  reason: string;

  @Field(() => String, { description: 'Name of the plugin that says so; `platform` for the platform itself.' })
  plugin: string;
}

@Resolver(() => Delivery)
export class WhySentResolver {
  @Needs('basis', 'decidedAt', 'addressVerifiedAt')
  @FieldResolver(() => WhySent, { nullable: true, description: 'What allowed it; null for one that was never sent.' })
  whySent(@Root() { basis, decidedAt, addressVerifiedAt }: Row<Delivery>): WhySent | null {
    if (!basis) return null;
    const [, consentId = null] = /^consent:(.*)$/.exec(basis) ?? [];
    const { name: messageClass = null, why = null, packs = [], citations = [] } = messageBasis(basis) ?? {};
    return {
      consentId,
      messageClass,
      why,
      packs,
      citations,
      decidedAt: decidedAt ?? null,
      addressVerifiedAt: addressVerifiedAt ?? null,
    };
  }

  @Authorized(deliveryRead)
  @Query(() => [MailStop], {
    description: 'All that would keep a mail from going to a patient if it were due now; empty where it may go.',
  })
  whyNotSent(
    @Arg('patientId', () => ID, { description: 'Id of the patient.' }) patientId: string,
    @Arg('mail', () => String, { description: 'Name of the mail: `recall.reminder`.' }) mail: string,
    @Ctx() context: Context,
  ): Promise<MailStop[]> | MailStop[] {
    if (!isId(patientId)) return [{ reason: 'PATIENT_UNKNOWN', plugin: 'core' }];
    return stopsOf(mail, { patientId }, context);
  }
}
