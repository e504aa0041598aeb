import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  DateTime,
  defineLoader,
  definePermission,
  equals,
  listOf,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { orNotFound } from '../find.ts';
import { LocalizedText, type Localized } from '../localized-text.ts';
import { Service } from '../service.ts';
import { Item } from './item.ts';

export const questionnaireRead = definePermission('questionnaire.read', 'See which questions patients are asked', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

@ObjectType({
  description: 'What patients are asked before a visit. Never changed: a new version takes its place.',
})
@Entity({ tableName: 'questionnaire' })
export class Questionnaire {
  @Field(() => ID, { description: 'Id of the version.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'Which questionnaire it is a version of: `first-visit`.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => Int, { description: 'Counts the versions of this questionnaire, from 1. The highest is asked.' })
  @Property({ type: 'integer' })
  number: number;

  @Field(() => LocalizedText, { description: 'Its title.' })
  @Property({ type: 'json' })
  title: Localized;

  @Field(() => LocalizedText, { nullable: true, description: 'What it is for; stands before the questions.' })
  @Property({ type: 'json', nullable: true })
  introduction?: Localized | null;

  @Field(() => [Item], { description: 'Its items, in their order.' })
  @Property({ type: 'json' })
  items: Item[];

  @Field(() => DateTime, { description: 'When it was published.' })
  @Property({ type: 'datetime' })
  publishedAt: Date;

  /** Id of the user, or the name of what published it. */
  @Property({ type: 'text' })
  publishedBy: string;
}

/** Which questionnaire is asked before a visit for a service: by its name, so always in its newest version. */
@Entity({ tableName: 'service_questionnaire' })
export class ServiceQuestionnaire {
  @ManyToOne(() => Service, { primary: true })
  service: Service;

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Property({ type: 'text' })
  questionnaire: string;
}

/** The newest version of a questionnaire; null where none was published. */
export const newestVersion = (name: string, { em }: Pick<Context, 'em'>): Promise<Questionnaire | null> =>
  em.findOne(Questionnaire, { name }, { orderBy: { number: 'desc' } });

export const questionnaireById = defineLoader(async (ids: readonly string[], { em }: Context) => {
  const found = await em.find(Questionnaire, { id: { $in: [...ids] } });
  const byId = new Map(found.map(questionnaire => [questionnaire.id, questionnaire]));
  return ids.map(id => byId.get(id)!);
});

const nameOfService = defineLoader(async (serviceIds: readonly string[], { em }: Context) => {
  const found = await em.find(ServiceQuestionnaire, { service: { $in: [...serviceIds] } });
  const byService = new Map(found.map(({ service, questionnaire }) => [service.id, questionnaire]));
  return serviceIds.map(id => byService.get(id) ?? null);
});

export const QuestionnaireList = listOf(() => Questionnaire, {
  name: 'Questionnaire',
  filter: { name: equals(String) },
  orderBy: { NAME: 'name', PUBLISHED_AT: 'publishedAt' },
  defaultOrder: { publishedAt: 'desc' },
});

@Resolver(() => Questionnaire)
export class QuestionnaireResolver {
  @Authorized(questionnaireRead)
  @Query(() => Questionnaire, {
    description: 'One version of a questionnaire; NOT_FOUND if there is none with this id.',
  })
  async questionnaire(
    @Arg('id', () => ID, { description: 'Id of the version.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Questionnaire>> {
    return orNotFound(Questionnaire, await read.one(Questionnaire, info, { id }));
  }

  @Authorized(questionnaireRead)
  @Query(() => QuestionnaireList.Connection, { description: 'Questionnaires in all their versions, the newest first.' })
  questionnaires(
    @Args(() => QuestionnaireList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Questionnaire>> {
    return read.page(QuestionnaireList, info, page);
  }
}

@Resolver(() => Service)
export class ServiceQuestionnaires {
  @Authorized(questionnaireRead)
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Name of the questionnaire that is asked before a visit for this service; null if none is.',
  })
  questionnaire(@Root() { id }: Row<Service>, @Ctx() { load }: Context): Promise<string | null> {
    return load(nameOfService, id);
  }
}
