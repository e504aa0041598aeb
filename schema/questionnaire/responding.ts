import { conflict, type Context } from 'clinic-rapport';
import type { Appointment } from '../appointment.ts';
import type { Patient } from '../patient.ts';
import type { Answers } from './answer.ts';
import type { Questionnaire } from './questionnaire.ts';
import { publishResponse, type ResponseChangeKind } from './response-change.ts';
import { QuestionnaireResponse } from './response.ts';

export interface Responding {
  readonly patient: Patient;
  readonly questionnaire: Questionnaire;
  readonly appointment?: Appointment;
  /** What there is already; begun anew without. */
  readonly response?: QuestionnaireResponse;
  readonly answers: Answers;
  /** False for answers that are saved to be gone on with. */
  readonly isWhole: boolean;
}

/** Writes down what was answered, and tells everyone. Throws CONFLICT where someone else did at the same moment. */
export async function respond(responding: Responding, context: Context): Promise<QuestionnaireResponse> {
  const { em, now } = context;
  const { patient, questionnaire, appointment, answers, isWhole } = responding;
  const before = responding.response;
  if (before && before.status !== 'IN_PROGRESS' && !isWhole)
    throw conflict('It is completed: it can be amended, whole.');
  const response =
    before ??
    em.create(QuestionnaireResponse, {
      patient,
      questionnaire,
      appointment: appointment ?? null,
      status: 'IN_PROGRESS',
      answers,
      startedAt: now,
      updatedAt: now,
    });
  const isAmended = before !== undefined && before.status !== 'IN_PROGRESS';
  const change: ResponseChangeKind = isAmended ? 'AMENDED' : isWhole ? 'COMPLETED' : 'STARTED';
  em.assign(response, { questionnaire, answers, updatedAt: now });
  if (change !== 'STARTED') {
    response.status = change;
    response.completedAt ??= now;
  }
  await flush(context);
  publishResponse(response, change, context);
  return response;
}

/** An appointment has one response: of two that begin it at once, the second is refused. */
async function flush({ em }: Context): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    throw conflict('Someone else has just answered for this appointment.');
  }
}
