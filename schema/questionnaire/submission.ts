import { Arg, Authorized, Ctx, Field, Float, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { badInput, conflict, definePermission, Idempotent, LocalDate, type Context } from 'clinic-rapport';
import { Appointment } from '../appointment.ts';
import { find, findToChange } from '../find.ts';
import { findPatient } from '../find-patient.ts';
import { Patient } from '../patient.ts';
import { readAnswers, type Given } from './answer.ts';
import { mostItems, mostOptions } from './item.ts';
import { askedFor } from './asking.ts';
import { Questionnaire } from './questionnaire.ts';
import { respond, type Responding } from './responding.ts';
import { QuestionnaireResponse } from './response.ts';

export const questionnaireRespond = definePermission(
  'questionnaire.response.write',
  'Answer a questionnaire, for oneself or for a patient',
  ['owner', 'practitioner', 'patient'],
);

@InputType({ description: 'The answer to one question: the field of its kind alone.' })
export class QuestionnaireAnswerInput {
  @Field(() => String, { description: '`linkId` of the question.' })
  linkId: string;

  @Field(() => Boolean, { nullable: true, description: 'Yes or no.' })
  boolean?: boolean | null;

  @Field(() => Float, { nullable: true, description: 'The number, whole where the question asks for that.' })
  number?: number | null;

  @Field(() => LocalDate, { nullable: true, description: 'The day.' })
  date?: string | null;

  @Field(() => String, { nullable: true, description: 'The text, as long as the question allows.' })
  text?: string | null;

  @Field(() => [String], { nullable: true, description: 'Codes of the options that are chosen, at most 50.' })
  options?: string[] | null;
}

@InputType({ description: 'Answers to a questionnaire: before an appointment, or of a patient without one.' })
export class SubmitQuestionnaireResponseInput {
  @Field(() => ID, {
    nullable: true,
    description: 'The appointment that they prepare; its service says what is asked.',
  })
  appointmentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The patient, where there is no appointment.' })
  patientId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The version that is answered, where there is no appointment.' })
  questionnaireId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The response to go on with or to amend, where there is no appointment.',
  })
  responseId?: string | null;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => [QuestionnaireAnswerInput], { description: 'All answers; they take the place of those from before.' })
  answers: QuestionnaireAnswerInput[];

  @Field(() => Boolean, { defaultValue: true, description: 'False to save them, and to go on later.' })
  complete: boolean;
}

@Resolver()
export class QuestionnaireSubmission {
  @Authorized(questionnaireRespond)
  @Idempotent()
  @Mutation(() => QuestionnaireResponse, {
    description:
      'Answers a questionnaire, goes on with it, or amends what was answered. BAD_USER_INPUT names the first answer that does not do.',
  })
  async submitQuestionnaireResponse(
    @Arg('input', () => SubmitQuestionnaireResponseInput, { description: 'The answers.' })
    input: SubmitQuestionnaireResponseInput,
    @Ctx() context: Context,
  ): Promise<QuestionnaireResponse> {
    const subject = await subjectOf(input, context);
    const { expectedVersion, complete: isWhole } = input;
    const { response } = subject;
    if (expectedVersion != null && response?.version !== expectedVersion) {
      throw conflict(`It was changed meanwhile: its version is ${response?.version ?? 0}, not ${expectedVersion}.`);
    }
    const { answers, faults } = readAnswers(subject.questionnaire.items, givenIn(input.answers), { whole: isWhole });
    for (const [linkId, fault] of faults)
      throw badInput(`input.answers.${linkId}`, `The answer to '${linkId}': ${fault}.`);
    return respond({ ...subject, answers, isWhole }, context);
  }
}

type Subject = Omit<Responding, 'answers' | 'isWhole'>;

async function subjectOf(input: SubmitQuestionnaireResponseInput, context: Context): Promise<Subject> {
  const { appointmentId, patientId, questionnaireId, responseId } = input;
  if (appointmentId != null) {
    const appointment = await find(Appointment, appointmentId, context);
    const asked = await askedFor(appointment, context);
    if (!asked || appointment.status === 'CANCELLED') throw conflict('Nothing is asked before this appointment.');
    const patient = await find(Patient, appointment.patient.id, context);
    return { patient, appointment, ...asked };
  }
  if (responseId != null) {
    const response = await findToChange(QuestionnaireResponse, responseId, undefined, context);
    const questionnaire = await find(Questionnaire, response.questionnaire.id, context);
    return { patient: await find(Patient, response.patient.id, context), questionnaire, response };
  }
  if (patientId == null || questionnaireId == null) {
    throw badInput('input.appointmentId', 'Name an appointment, a response, or a patient and a questionnaire.');
  }
  const questionnaire = await find(Questionnaire, questionnaireId, context);
  return { patient: await findPatient(patientId, context), questionnaire };
}

function givenIn(answers: readonly QuestionnaireAnswerInput[]): Given {
  if (answers.length > mostItems) throw badInput('input.answers', `There are at most ${mostItems} answers.`);
  return Object.fromEntries(
    answers.map(({ linkId, boolean, number, date, text, options }) => {
      if ((options?.length ?? 0) > mostOptions) throw badInput('input.answers', `At most ${mostOptions} are chosen.`);
      const single = [boolean, number, date, text].filter(value => value != null).map(String);
      return [linkId, [...single, ...(options ?? [])]];
    }),
  );
}
