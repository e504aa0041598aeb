import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  LocalDate,
  Needs,
  Related,
  type Context,
  type Page,
  type Row,
} from 'clinic-rapport';
import { Appointment, appointmentRead } from '../appointment.ts';
import { orNotFound } from '../find.ts';
import { LocalizedText, type Localized } from '../localized-text.ts';
import { Patient, patientRead } from '../patient.ts';
import { answered, type Answer, type Answers } from './answer.ts';
import { Option, QuestionnaireItemType, type Question } from './item.ts';
import { Questionnaire, questionnaireById, questionnaireRead } from './questionnaire.ts';

export const responseRead = definePermission('questionnaire.response.read', 'See what patients answered', [
  'owner',
  'practitioner',
  'patient',
]);

export const ResponseStatus = { IN_PROGRESS: 'IN_PROGRESS', COMPLETED: 'COMPLETED', AMENDED: 'AMENDED' } as const;
export type ResponseStatus = keyof typeof ResponseStatus;

registerEnumType(ResponseStatus, {
  name: 'QuestionnaireResponseStatus',
  description: 'How far the answers are.',
  valuesConfig: {
    IN_PROGRESS: { description: 'Begun, and to be gone on with.' },
    COMPLETED: { description: 'Answered.' },
    AMENDED: { description: 'Changed after it was completed.' },
  },
});

@ObjectType('QuestionnaireAnswer', { simpleResolvers: true, description: 'What was answered to one question.' })
export class ResponseAnswer {
  @Field(() => String, { description: '`linkId` of the question.' })
  linkId: string;

  @Field(() => QuestionnaireItemType, {
    description: 'What kind of question it is; the field of that kind has the answer.',
  })
  type: QuestionnaireItemType;

  @Field(() => LocalizedText, { description: 'The question.' })
  question: Localized;

  @Field(() => Boolean, { nullable: true, description: 'Yes or no.' })
  boolean?: boolean;

  @Field(() => Float, { nullable: true, description: 'The number, whole or not.' })
  number?: number;

  @Field(() => LocalDate, { nullable: true, description: 'The day.' })
  date?: string;

  @Field(() => String, { nullable: true, description: 'The text.' })
  text?: string;

  @Field(() => [Option], { description: 'The options that were chosen; empty for other kinds.' })
  options: readonly Option[];
}

@ObjectType({ description: 'What a patient answered to a questionnaire.' })
@Entity({ tableName: 'questionnaire_response' })
export class QuestionnaireResponse {
  @Field(() => ID, { description: 'Id of the response.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(questionnaireRead)
  @Field(() => Questionnaire, { nullable: true, description: 'The version that was answered.' })
  @ManyToOne(() => Questionnaire)
  questionnaire: Questionnaire;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Who answered, or was answered for.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Authorized(appointmentRead)
  @Field(() => Appointment, { nullable: true, description: 'The appointment that it prepares; null without one.' })
  @ManyToOne(() => Appointment, { nullable: true })
  appointment?: Appointment | null;

  @Field(() => ResponseStatus, { description: 'How far it is.' })
  @Property({ type: 'text' })
  status: ResponseStatus;

  @Property({ type: 'json' })
  answers: Answers;

  @Field(() => DateTime, { description: 'When it was begun.' })
  @Property({ type: 'datetime' })
  startedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was completed; null until then.' })
  @Property({ type: 'datetime', nullable: true })
  completedAt?: Date | null;

  @Field(() => DateTime, { description: 'When an answer was last changed.' })
  @Property({ type: 'datetime' })
  updatedAt: Date;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;
}

export const QuestionnaireResponseList = listOf(() => QuestionnaireResponse, {
  name: 'QuestionnaireResponse',
  filter: { status: anyOf(ResponseStatus), questionnaire: anyOfIds(), appointment: anyOfIds() },
  defaultOrder: { id: 'desc' },
});

@Resolver(() => QuestionnaireResponse)
export class QuestionnaireResponseResolver {
  @Authorized(responseRead)
  @Query(() => QuestionnaireResponse, {
    description: 'One response; NOT_FOUND if there is none with this id that the actor may see.',
  })
  async questionnaireResponse(
    @Arg('id', () => ID, { description: 'Id of the response.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<QuestionnaireResponse>> {
    return orNotFound(QuestionnaireResponse, await read.one(QuestionnaireResponse, info, { id }));
  }

  @Authorized(responseRead)
  @Needs('answers')
  @FieldResolver(() => [ResponseAnswer], {
    nullable: true,
    description: 'The answers, in the order of the questions; those without an answer are left out.',
  })
  async answers(
    @Root() { answers, questionnaireId }: Row<QuestionnaireResponse>,
    @Ctx() { load }: Context,
  ): Promise<ResponseAnswer[]> {
    const { items } = await load(questionnaireById, questionnaireId);
    return answered(items, answers).map(question => answerTo(question, answers[question.linkId]!));
  }
}

function answerTo({ linkId, type, text, options }: Question, answer: Answer): ResponseAnswer {
  const chosen = Array.isArray(answer) ? options.filter(({ code }) => answer.includes(code)) : [];
  const told = { linkId, type, question: text, options: chosen };
  if (typeof answer === 'boolean') return { ...told, boolean: answer };
  if (typeof answer === 'number') return { ...told, number: answer };
  if (typeof answer !== 'string') return told;
  return type === 'DATE' ? { ...told, date: answer } : { ...told, text: answer };
}

@Resolver(() => Patient)
export class PatientResponses {
  @Authorized(responseRead)
  @Related(() => QuestionnaireResponseList, {
    inverse: 'patient',
    nullable: true,
    description: 'What the patient answered, the latest first.',
  })
  questionnaireResponses: Page<QuestionnaireResponse> | null;
}
