import { Authorized, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { definePermission, noteSeen, sentMessage, type Context, type Row, type SentMessage } from 'clinic-rapport';
import { Delivery } from './delivery.ts';

export const sentMessageRead = definePermission('delivery.message.read', 'Read mails as they were sent', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
  'emergency',
]);

@ObjectType('SentMessage', { description: 'A mail as its reader got it, but that its links lead nowhere any more.' })
export class SentMessageType implements Omit<SentMessage, 'patientId'> {
  @Field(() => String, { description: 'Its subject.' })
  subject: string;

  @Field(() => String, { description: 'The page. Show it in a frame without scripts, as `<iframe sandbox srcdoc>`.' })
  html: string;

  @Field(() => String, { description: 'The same without markup.' })
  text: string;
}

@Resolver(() => Delivery)
export class DeliveryMessage {
  @Authorized(sentMessageRead)
  @FieldResolver(() => SentMessageType, {
    nullable: true,
    description:
      'What was sent; null where nothing was, where it was not to a patient or had a code in it, and of a patient who was erased.',
  })
  async message(@Root() { id }: Row<Delivery>, @Ctx() context: Context): Promise<SentMessageType | null> {
    return (await readMessage(id, context)) ?? null;
  }
}

/** The mail of a delivery for someone who is to read it, which is an entry of its own in the audit. */
export async function readMessage(id: string, context: Context): Promise<SentMessage | undefined> {
  const message = await context.load(sentMessage, id);
  if (!message) return undefined;
  const { patientId } = message;
  await noteSeen({ permission: sentMessageRead, subjectType: 'delivery', subjectId: id, patientId }, context);
  return message;
}
