/** What the core lists of questionnaires. */
import { AppointmentQuestionnaires, QuestionnaireRequest } from './asking.ts';
import { questionnaireLink } from './link.ts';
import { questionnaireRoutes } from './page.ts';
import { QuestionnairePublicationResolver, questionnaireWrite } from './publication.ts';
import {
  Questionnaire,
  questionnaireRead,
  QuestionnaireResolver,
  ServiceQuestionnaire,
  ServiceQuestionnaires,
} from './questionnaire.ts';
import { QuestionnaireResponseChangeResolver, responseEvents } from './response-change.ts';
import { PatientResponses, QuestionnaireResponse, QuestionnaireResponseResolver, responseRead } from './response.ts';
import { questionnaireRespond, QuestionnaireSubmission } from './submission.ts';

export const entities = [Questionnaire, ServiceQuestionnaire, QuestionnaireResponse, QuestionnaireRequest];
export const resolvers = [
  QuestionnaireResolver,
  ServiceQuestionnaires,
  QuestionnairePublicationResolver,
  QuestionnaireResponseResolver,
  PatientResponses,
  QuestionnaireSubmission,
  QuestionnaireResponseChangeResolver,
  AppointmentQuestionnaires,
];
export const permissions = [questionnaireRead, questionnaireWrite, responseRead, questionnaireRespond];
export const events = responseEvents;
export const links = [questionnaireLink];
export const routes = questionnaireRoutes;
