import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  Authorized,
  Ctx,
  Field,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  range,
  Related,
  type Context,
  type Locale,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import { contactRead } from './contact-point.ts';
import { Language } from './localized-text.ts';
import { Patient, patientRead } from './patient.ts';

export const deliveryRead = definePermission('delivery.read', 'See which mails were sent or withheld, and why', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
  'patient',
  'operator',
  'emergency',
]);

export const DeliveryState = {
  QUEUED: 'queued',
  CLAIMED: 'claimed',
  SENDING: 'sending',
  SENT: 'sent',
  WITHHELD: 'withheld',
  FAILED: 'failed',
  UNCERTAIN: 'uncertain',
} as const;
export type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState];

registerEnumType(DeliveryState, {
  name: 'DeliveryState',
  description: 'Where a mail stands.',
  valuesConfig: {
    QUEUED: { description: 'Waits until it is due.' },
    CLAIMED: { description: 'A worker has taken it on.' },
    SENDING: { description: 'It is being handed to the mail server.' },
    SENT: {
      description:
        'The mail server accepted it. With a `reason`, as `BOUNCED 5.2.2`, that of the reader refused it afterwards.',
    },
    WITHHELD: { description: 'It was not sent, for the `reason`.' },
    FAILED: { description: 'It could not be sent, for the `reason`.' },
    UNCERTAIN: {
      description: 'The connection was lost while it was sent: it may have arrived, and is not sent again.',
    },
  },
});

export const DeliveryStream = { TRANSACTIONAL: 'transactional', MARKETING: 'marketing' } as const;
export type DeliveryStream = (typeof DeliveryStream)[keyof typeof DeliveryStream];

registerEnumType(DeliveryStream, {
  name: 'DeliveryStream',
  description: 'How carefully a mail is kept from being lost, or from being sent twice.',
  valuesConfig: {
    TRANSACTIONAL: { description: 'At least once, with a stable Message-ID.' },
    MARKETING: { description: 'At most once.' },
  },
});

@ObjectType({ description: 'One mail to one recipient, and what became of it.' })
@Entity({ tableName: 'delivery' })
export class Delivery {
  @Field(() => ID, { description: 'Id of the delivery.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => String, { description: 'Name of the mail: `recall.reminder`.' })
  @Property({ type: 'text' })
  mail: string;

  @Field(() => String, { description: 'Name of the plugin that sends it.' })
  @Property({ type: 'text' })
  plugin: string;

  @Field(() => DeliveryStream, { description: 'How carefully it is kept from being lost or sent twice.' })
  @Property({ type: 'text' })
  stream: DeliveryStream;

  @Field(() => String, { description: 'Why it is sent: `reminder`.' })
  @Property({ type: 'text' })
  purpose: string;

  /** What the sender calls it by: a second one of the same mail and key is not recorded. */
  @Property({ type: 'text', nullable: true })
  key?: string | null;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'The patient to whom it goes.' })
  @ManyToOne(() => Patient, { nullable: true })
  patient?: Patient | null;

  @Authorized(contactRead)
  @Field(() => String, { nullable: true, description: 'The address; null until it is sent.' })
  @Property({ type: 'text', nullable: true })
  address?: string | null;

  @Field(() => Language, { nullable: true, description: 'The language that it is in; null until it is sent.' })
  @Property({ type: 'text', nullable: true })
  locale?: Locale | null;

  @Field(() => DeliveryState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: DeliveryState;

  @Field(() => String, { nullable: true, description: 'Why it was withheld or failed: `CONSENT_WITHDRAWN`.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'What allowed it: `consent:<id>`, `message-class:care`.' })
  @Property({ type: 'text', nullable: true })
  basis?: string | null;

  @Property({ type: 'datetime', nullable: true })
  decidedAt?: Date | null;

  @Property({ type: 'datetime', nullable: true })
  addressVerifiedAt?: Date | null;

  @Field(() => String, { description: 'Message-ID of the mail; the same if it has to be sent again.' })
  @Property({ type: 'text' })
  messageId: string;

  @Field(() => Int, { description: 'How often it was tried.' })
  @Property({ type: 'integer' })
  attempts: number;

  @Field(() => DateTime, { description: 'When it is or was due.' })
  @Property({ type: 'datetime' })
  dueAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the mail server accepted it.' })
  @Property({ type: 'datetime', nullable: true })
  sentAt?: Date | null;

  @Field(() => DateTime, { description: 'When it was planned.' })
  @Property({ type: 'datetime' })
  createdAt: Date;
}

export const DeliveryList = listOf(() => Delivery, {
  name: 'Delivery',
  plural: 'deliveries',
  filter: {
    state: anyOf(DeliveryState, { literal: true }),
    stream: anyOf(DeliveryStream),
    mail: anyOf(String),
    patient: anyOfIds(),
    dueAt: range(DateTime),
    createdAt: range(DateTime),
  },
  // Ids are in the order of time, and the primary key is an index that is there anyway.
  orderBy: { CREATED_AT: 'id', DUE_AT: 'dueAt' },
  defaultOrder: { id: 'desc' },
});

@Resolver(() => Delivery)
export class DeliveryResolver {
  @Authorized(deliveryRead)
  @Query(() => DeliveryList.Connection, { description: 'Mails that were planned, sent or withheld, the latest first.' })
  deliveries(
    @Args(() => DeliveryList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Delivery>> {
    return read.page(DeliveryList, info, page);
  }
}

@Resolver(() => Patient)
export class PatientDeliveries {
  @Authorized(deliveryRead)
  @Related(() => DeliveryList, {
    inverse: 'patient',
    nullable: true,
    description: 'Mails to the patient, the latest first.',
  })
  deliveries: Page<Delivery> | null;
}
