import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { definePermission, Idempotent, notFound, type Context } from 'clinic-rapport';
import { find } from '../find.ts';
import { localized, LocalizedTextInput } from '../localized-text-input.ts';
import { Service } from '../service.ts';
import { requiredText } from '../text.ts';
import { itemsOf } from './definition.ts';
import { ItemInput } from './item.ts';
import { newestVersion, Questionnaire, ServiceQuestionnaire } from './questionnaire.ts';

export const questionnaireWrite = definePermission(
  'questionnaire.write',
  'Publish questionnaires, and say which service asks which',
  ['owner', 'practitioner'],
);

@InputType({ description: 'A questionnaire to publish.' })
export class PublishQuestionnaireInput {
  @Field(() => String, { description: 'Which questionnaire: `first-visit`; 1 to 50 characters.' })
  name: string;

  @Field(() => LocalizedTextInput, { description: 'Its title, at most 200 characters.' })
  title: LocalizedTextInput;

  @Field(() => LocalizedTextInput, {
    nullable: true,
    description: 'What it is for, at most 2,000 characters; stands before the questions.',
  })
  introduction?: LocalizedTextInput | null;

  @Field(() => [ItemInput], { description: 'Its items in their order, at most 100 with those in groups.' })
  items: ItemInput[];
}

@InputType({ description: 'Which questionnaire is asked before a visit for a service.' })
export class SetServiceQuestionnaireInput {
  @Field(() => ID, { description: 'Id of the service.' })
  serviceId: string;

  @Field(() => String, { nullable: true, description: 'Name of a questionnaire that was published; none, if null.' })
  questionnaire?: string | null;
}

@Resolver()
export class QuestionnairePublicationResolver {
  @Authorized(questionnaireWrite)
  @Idempotent()
  @Mutation(() => Questionnaire, {
    description: 'Publishes a version of a questionnaire, which is asked from now on. Older ones stay readable.',
  })
  publishQuestionnaire(
    @Arg('input', () => PublishQuestionnaireInput, { description: 'The questionnaire.' })
    input: PublishQuestionnaireInput,
    @Ctx() context: Context,
  ): Promise<Questionnaire> {
    return publishQuestionnaire(input, context);
  }

  @Authorized(questionnaireWrite)
  @Mutation(() => Service, { description: 'Says which questionnaire is asked before a visit for a service.' })
  async setServiceQuestionnaire(
    @Arg('input', () => SetServiceQuestionnaireInput, { description: 'Of which service.' })
    { serviceId, questionnaire }: SetServiceQuestionnaireInput,
    @Ctx() context: Context,
  ): Promise<Service> {
    const service = await find(Service, serviceId, context);
    await askBefore(service, questionnaire ?? null, context);
    return service;
  }
}

/** Publishes the next version. Throws BAD_USER_INPUT for what cannot be asked. */
export async function publishQuestionnaire(input: PublishQuestionnaireInput, context: Context): Promise<Questionnaire> {
  const { em, clinicId, actor, now } = context;
  const name = requiredText(input.name, 'input.name', 50);
  // Two who publish at once get two numbers, one after the other.
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`questionnaire ${clinicId} ${name}`]);
  const version = em.create(Questionnaire, {
    name,
    number: ((await newestVersion(name, context))?.number ?? 0) + 1,
    title: localized(input.title, 'input.title', 200),
    introduction: input.introduction && localized(input.introduction, 'input.introduction', 2_000),
    items: itemsOf(input.items, 'input.items'),
    publishedAt: now,
    publishedBy: actor.id,
  });
  await em.flush();
  return version;
}

/** Throws NOT_FOUND for a questionnaire that was never published. */
export async function askBefore(service: Service, questionnaire: string | null, context: Context): Promise<void> {
  const { em } = context;
  if (questionnaire !== null && !(await newestVersion(questionnaire, context))) throw notFound('This questionnaire');
  const asked = await em.findOne(ServiceQuestionnaire, { service });
  if (questionnaire === null) {
    if (asked) em.remove(asked);
  } else if (asked) asked.questionnaire = questionnaire;
  else em.create(ServiceQuestionnaire, { service, questionnaire });
  await em.flush();
}
