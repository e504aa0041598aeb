import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  DateTime,
  definePermission,
  equals,
  listOf,
  Public,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { orNotFound } from './find.ts';
import { LocalizedText, type Localized } from './localized-text.ts';

export const noticeRead = definePermission('notice.read', 'See the notices that people were and are shown', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
  'patient',
]);

@ObjectType({
  description:
    'What people are told before they agree, as article 8 of Taiwan’s Personal Data Protection Act asks. Never changed: a new version takes its place.',
})
@Entity({ tableName: 'notice_version' })
export class NoticeVersion {
  @Field(() => ID, { description: 'Id of the version.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'Which notice it is a version of: `privacy`.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => Int, { description: 'Counts the versions of this notice, from 1. The highest is in force.' })
  @Property({ type: 'integer' })
  number: number;

  @Field(() => LocalizedText, { description: 'Who collects the data.' })
  @Property({ type: 'json' })
  collector: Localized;

  @Field(() => LocalizedText, { description: 'For what it is collected.' })
  @Property({ type: 'json' })
  purpose: Localized;

  @Field(() => LocalizedText, { description: 'Which categories of data.' })
  @Property({ type: 'json' })
  categories: Localized;

  @Field(() => LocalizedText, { description: 'For how long, where, by whom and in which manner it is used.' })
  @Property({ type: 'json' })
  dataUse: Localized;

  @Field(() => LocalizedText, { description: 'Which rights people have, and how to exercise them.' })
  @Property({ type: 'json' })
  rights: Localized;

  @Field(() => LocalizedText, { description: 'What follows if someone does not give the data.' })
  @Property({ type: 'json' })
  refusalEffect: Localized;

  @Field(() => DateTime, { description: 'From when it is in force.' })
  @Property({ type: 'datetime' })
  publishedAt: Date;

  /** Id of the user, or the name of what published it. */
  @Property({ type: 'text' })
  publishedBy: string;
}

/** The version in force of a notice; null where none was published. */
export const noticeInForce = (name: string, { em }: Context): Promise<NoticeVersion | null> =>
  em.findOne(NoticeVersion, { name }, { orderBy: { number: 'desc' } });

export const NoticeVersionList = listOf(() => NoticeVersion, {
  name: 'NoticeVersion',
  filter: { name: equals(String) },
  orderBy: { PUBLISHED_AT: 'publishedAt' },
  defaultOrder: { publishedAt: 'desc' },
});

@Resolver(() => NoticeVersion)
export class NoticeResolver {
  @Public()
  @Query(() => NoticeVersion, {
    description:
      'The version in force of a notice, for who has no login yet; the header `x-clinic-id` names the clinic. NOT_FOUND if none was published.',
  })
  async notice(
    @Arg('name', () => String, { description: 'Which notice: `privacy`.' }) name: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: Context,
  ): Promise<Row<NoticeVersion>> {
    const { id } = orNotFound<NoticeVersion, NoticeVersion>(NoticeVersion, await noticeInForce(name, context));
    return orNotFound(NoticeVersion, await context.read.one(NoticeVersion, info, { id }));
  }

  @Authorized(noticeRead)
  @Query(() => NoticeVersionList.Connection, { description: 'Every version of every notice, the newest first.' })
  noticeVersions(
    @Args(() => NoticeVersionList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<NoticeVersion>> {
    return read.page(NoticeVersionList, info, page);
  }
}
