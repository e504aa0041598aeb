import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { anyOf, DateTime, listOf, range, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { Purpose } from './consent.ts';
import { Patient, patientRead } from './patient.ts';
import { suppressionRead } from './suppression.ts';

export const LeavingReason = {
  TOO_MANY: 'TOO_MANY',
  NOT_RELEVANT: 'NOT_RELEVANT',
  NEVER_ASKED: 'NEVER_ASKED',
  OTHER: 'OTHER',
} as const;
export type LeavingReason = keyof typeof LeavingReason;

registerEnumType(LeavingReason, {
  name: 'LeavingReason',
  description: 'Why a patient wants no more of some mails.',
  valuesConfig: {
    TOO_MANY: { description: 'They are too many.' },
    NOT_RELEVANT: { description: 'They are not about what concerns the patient.' },
    NEVER_ASKED: { description: 'The patient never asked for them.' },
    OTHER: { description: 'For something else.' },
  },
});

export const LeavingWay = { ONE_CLICK: 'ONE_CLICK', PAGE: 'PAGE' } as const;
export type LeavingWay = keyof typeof LeavingWay;

registerEnumType(LeavingWay, {
  name: 'LeavingWay',
  description: 'How a patient left.',
  valuesConfig: {
    ONE_CLICK: { description: 'By the button of the mail program (RFC 8058).' },
    PAGE: { description: 'On the page where one chooses which mails to get.' },
  },
});

@ObjectType({ description: 'A patient who wanted no more of some mails, and said so by a link in one.' })
@Entity({ tableName: 'unsubscribe' })
export class Unsubscribe {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who left.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Purpose, { nullable: true, description: 'Which mails; null for all to that address.' })
  @Property({ type: 'text', nullable: true })
  purpose?: Purpose | null;

  @Field(() => LeavingWay, { description: 'How.' })
  @Property({ type: 'text' })
  way: LeavingWay;

  @Field(() => LeavingReason, { nullable: true, description: 'Why, if the patient said so.' })
  @Property({ type: 'text', nullable: true })
  reason?: LeavingReason | null;

  @Field(() => ID, { nullable: true, description: 'Id of the delivery whose link it was.' })
  @Property({ type: 'uuid', nullable: true })
  deliveryId?: string | null;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;
}

export const UnsubscribeList = listOf(() => Unsubscribe, {
  name: 'Unsubscribe',
  filter: {
    purpose: anyOf(Purpose),
    way: anyOf(LeavingWay),
    reason: anyOf(LeavingReason),
    recordedAt: range(DateTime),
  },
  orderBy: { RECORDED_AT: 'recordedAt' },
  defaultOrder: { recordedAt: 'desc' },
});

@Resolver(() => Unsubscribe)
export class UnsubscribeResolver {
  @Authorized(suppressionRead)
  @Query(() => UnsubscribeList.Connection, {
    description: 'Who wanted no more of which mails, and why, the latest first. `totalCount` counts those of a reason.',
  })
  unsubscribes(
    @Args(() => UnsubscribeList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Unsubscribe>> {
    return read.page(UnsubscribeList, info, page);
  }
}
