import { Arg, Authorized, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { definePermission, Idempotent, type Context } from 'clinic-rapport';
import type { Localized } from './localized-text.ts';
import { noticeInForce, NoticeVersion } from './notice.ts';
import { requiredText } from './text.ts';

const longestText = 5_000;

export const noticeWrite = definePermission('notice.write', 'Publish notices', ['owner']);

@InputType({ description: 'One field of a notice, in each language of the people who read it.' })
export class NoticeTextInput {
  @Field(() => String, { description: `In Chinese, traditional characters; 1 to ${longestText} characters.` })
  zhHant: string;

  @Field(() => String, { description: `In Chinese, simplified characters; 1 to ${longestText} characters.` })
  zhHans: string;

  @Field(() => String, { description: `In English; 1 to ${longestText} characters.` })
  en: string;
}

@InputType({ description: 'A notice to publish; what article 8 of Taiwan’s Personal Data Protection Act asks, whole.' })
export class PublishNoticeInput {
  @Field(() => String, { description: 'Which notice: `privacy`; 1 to 50 characters.' })
  name: string;

  @Field(() => NoticeTextInput, { description: 'Who collects the data.' })
  collector: NoticeTextInput;

  @Field(() => NoticeTextInput, { description: 'For what it is collected.' })
  purpose: NoticeTextInput;

  @Field(() => NoticeTextInput, { description: 'Which categories of data.' })
  categories: NoticeTextInput;

  @Field(() => NoticeTextInput, { description: 'For how long, where, by whom and in which manner it is used.' })
  dataUse: NoticeTextInput;

  @Field(() => NoticeTextInput, { description: 'Which rights people have, and how to exercise them.' })
  rights: NoticeTextInput;

  @Field(() => NoticeTextInput, { description: 'What follows if someone does not give the data.' })
  refusalEffect: NoticeTextInput;
}

@Resolver()
export class NoticePublicationResolver {
  @Authorized(noticeWrite)
  @Idempotent()
  @Mutation(() => NoticeVersion, {
    description: 'Publishes a version of a notice, which is in force at once. Older ones stay readable.',
  })
  publishNotice(
    @Arg('input', () => PublishNoticeInput, { description: 'The notice.' }) input: PublishNoticeInput,
    @Ctx() context: Context,
  ): Promise<NoticeVersion> {
    return publishNotice(input, context);
  }
}

/** Publishes the next version. Throws BAD_USER_INPUT where a text is blank or too long. */
export async function publishNotice(input: PublishNoticeInput, context: Context): Promise<NoticeVersion> {
  const { em, clinicId, actor, now } = context;
  const name = requiredText(input.name, 'input.name', 50);
  // Two who publish at once get two numbers, one after the other.
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`notice ${clinicId} ${name}`]);
  const version = em.create(NoticeVersion, {
    name,
    number: ((await noticeInForce(name, context))?.number ?? 0) + 1,
    collector: localized(input.collector, 'input.collector'),
    purpose: localized(input.purpose, 'input.purpose'),
    categories: localized(input.categories, 'input.categories'),
    dataUse: localized(input.dataUse, 'input.dataUse'),
    rights: localized(input.rights, 'input.rights'),
    refusalEffect: localized(input.refusalEffect, 'input.refusalEffect'),
    publishedAt: now,
    publishedBy: actor.id,
  });
  await em.flush();
  return version;
}

const localized = ({ zhHant, zhHans, en }: NoticeTextInput, field: string): Localized => ({
  'zh-Hant': requiredText(zhHant, `${field}.zhHant`, longestText),
  'zh-Hans': requiredText(zhHans, `${field}.zhHans`, longestText),
  en: requiredText(en, `${field}.en`, longestText),
});
