import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  Info,
  InputType,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { DateTime, defineEvent, follow, type Context, type Event, type Occurrence, type Row } from 'clinic-rapport';
import { appointmentRead } from '../appointment.ts';
import { QuestionnaireResponse } from './response.ts';

export const ResponseChangeKind = { STARTED: 'STARTED', COMPLETED: 'COMPLETED', AMENDED: 'AMENDED' } as const;
export type ResponseChangeKind = keyof typeof ResponseChangeKind;

registerEnumType(ResponseChangeKind, {
  name: 'QuestionnaireResponseChangeKind',
  description: 'What happened to the answers of a patient.',
  valuesConfig: {
    STARTED: { description: 'Some were saved, to be gone on with.' },
    COMPLETED: { description: 'All questions that must be were answered.' },
    AMENDED: { description: 'They were changed after that.' },
  },
});

/** Ids only: the rest is read under the rights of who follows it. */
export interface ResponseChange {
  responseId: string;
  patientId: string;
  /** Of the response, after the change. */
  version: number;
  appointmentId?: string;
  practitionerId?: string;
  change: ResponseChangeKind;
}

const responseEvent = (name: string): Event<ResponseChange> =>
  defineEvent<ResponseChange>(name, ({ responseId, patientId, version }) => ({
    type: 'questionnaire_response',
    id: responseId,
    version,
    patientId,
  }));

export const responseStarted = responseEvent('questionnaire-response.started');
export const responseCompleted = responseEvent('questionnaire-response.completed');
export const responseAmended = responseEvent('questionnaire-response.amended');

const events: Readonly<Record<ResponseChangeKind, Event<ResponseChange>>> = {
  STARTED: responseStarted,
  COMPLETED: responseCompleted,
  AMENDED: responseAmended,
};

export const responseEvents: readonly Event<ResponseChange>[] = Object.values(events);

/** Tells everyone of a change that has been written: `version` is the one after it. */
export function publishResponse(
  { id, patient, version, appointment }: QuestionnaireResponse,
  change: ResponseChangeKind,
  { publish }: Context,
): void {
  publish(events[change], {
    responseId: id,
    patientId: patient.id,
    version,
    ...(appointment && { appointmentId: appointment.id }),
    ...(appointment?.practitioner && { practitionerId: appointment.practitioner.id }),
    change,
  });
}

@ObjectType({ description: 'A change of a patient’s answers, as it happens.' })
export class QuestionnaireResponseChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => ResponseChangeKind, { description: 'What happened.' })
  change: ResponseChangeKind;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => QuestionnaireResponse, { description: 'The response as it is now.' })
  response: Row<QuestionnaireResponse>;
}

@InputType({ description: 'Which changes to follow; all parts that are given must hold.' })
export class QuestionnaireResponseChangeFilter {
  @Field(() => [ResponseChangeKind], { nullable: true, description: 'Any of these kinds of change.' })
  change?: ResponseChangeKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'For appointments with any of these practitioners.' })
  practitionerId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'For any of these appointments.' })
  appointmentId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of any of these patients.' })
  patientId?: string[] | null;
}

function wanted(filter: QuestionnaireResponseChangeFilter | null | undefined, payload: ResponseChange): boolean {
  const parts = ['change', 'practitionerId', 'appointmentId', 'patientId'] as const;
  return parts.every(part => {
    const values: readonly string[] | null | undefined = filter?.[part];
    const value = payload[part];
    return values == null || (value !== undefined && values.includes(value));
  });
}

@Resolver()
export class QuestionnaireResponseChangeResolver {
  @Authorized(appointmentRead)
  @Subscription(() => QuestionnaireResponseChanged, {
    ...follow(responseEvents),
    description: 'Answers of patients as they are begun, completed and changed; what they are needs another right.',
  })
  async questionnaireResponseChanged(
    @Root() { payload, cursor, at }: Occurrence<ResponseChange>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
    @Arg('filter', () => QuestionnaireResponseChangeFilter, {
      nullable: true,
      description: 'Which changes; all if not given.',
    })
    filter?: QuestionnaireResponseChangeFilter | null,
  ): Promise<QuestionnaireResponseChanged | null> {
    if (!wanted(filter, payload)) return null;
    const response = await read.one(QuestionnaireResponse, info, { id: payload.responseId }, 'response');
    return response && { cursor, change: payload.change, at, response };
  }
}
