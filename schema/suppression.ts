import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import {
  anyOf,
  DateTime,
  definePermission,
  listOf,
  range,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';

export const suppressionRead = definePermission('suppression.read', 'See which addresses get no mail, and why', [
  'owner',
  'frontDesk',
  'marketer',
  'operator',
]);

export const SuppressionReason = {
  UNSUBSCRIBED: 'UNSUBSCRIBED',
  HARD_BOUNCE: 'HARD_BOUNCE',
  COMPLAINT: 'COMPLAINT',
  STAFF: 'STAFF',
} as const;
export type SuppressionReason = keyof typeof SuppressionReason;

registerEnumType(SuppressionReason, {
  name: 'SuppressionReason',
  description:
    'Why nothing goes to an address. What its owner asks for at that moment, to sign in or to confirm it, goes out still.',
  valuesConfig: {
    UNSUBSCRIBED: { description: 'Its owner wants no mail of the clinic at all.' },
    HARD_BOUNCE: { description: 'Its mail server said that there is no such mailbox.' },
    COMPLAINT: { description: 'Its owner reported a mail as spam. This stops everything, also what is asked for.' },
    STAFF: { description: 'Someone of the clinic stopped it.' },
  },
});

@ObjectType({
  description: 'A standing stop for an address, whoever has it. The address itself is not kept: a hash of it is.',
})
@Entity({ tableName: 'suppression' })
export class Suppression {
  @Field(() => ID, { description: 'Id of the suppression.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  /** Keyed by the clinic. */
  @Property({ type: 'text', hidden: true })
  addressHash: string;

  @Field(() => String, {
    nullable: true,
    description: 'As much of the address as tells who has it which one it is: `m…@clinic.example`; null once erased.',
  })
  @Property({ type: 'text', fieldName: 'masked', nullable: true })
  maskedAddress?: string | null;

  @Field(() => SuppressionReason, { description: 'Why nothing goes there.' })
  @Property({ type: 'text' })
  reason: SuppressionReason;

  @Field(() => DateTime, { description: 'Since when.' })
  @Property({ type: 'datetime' })
  since: Date;

  @Field(() => ID, { nullable: true, description: 'Id of the delivery that brought it about; null if none did.' })
  @Property({ type: 'uuid', nullable: true })
  deliveryId?: string | null;

  @Field(() => String, { description: 'What recorded it: `user <id>`, `job mail`, `link mail.preferences`.' })
  @Property({ type: 'text' })
  recordedBy: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was lifted; null while it stands.' })
  @Property({ type: 'datetime', nullable: true })
  liftedAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'What lifted it, as `recordedBy`; null while it stands.' })
  @Property({ type: 'text', nullable: true })
  liftedBy?: string | null;

  @Field(() => String, { nullable: true, description: 'Why staff lifted it; null while it stands.' })
  @Property({ type: 'text', nullable: true })
  liftedReason?: string | null;
}

export const SuppressionList = listOf(() => Suppression, {
  name: 'Suppression',
  filter: { reason: anyOf(SuppressionReason), since: range(DateTime), liftedAt: range(DateTime) },
  orderBy: { SINCE: 'since' },
  // Ids are in the order of time, and the primary key is an index that is there anyway.
  defaultOrder: { id: 'desc' },
});

@Resolver(() => Suppression)
export class SuppressionResolver {
  @Authorized(suppressionRead)
  @Query(() => SuppressionList.Connection, {
    description: 'Addresses to which nothing goes, the latest first; also those that were lifted.',
  })
  suppressions(
    @Args(() => SuppressionList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Suppression>> {
    return read.page(SuppressionList, info, page);
  }
}
