import { Entity, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Ctx, Field, FieldResolver, ID, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import { DateTime, defineLoader, type Context, type Row } from 'clinic-rapport';
import { Appointment, appointmentRead } from '../appointment.ts';
import { Patient } from '../patient.ts';
import { questionnaireLink } from './link.ts';
import { newestVersion, ServiceQuestionnaire, type Questionnaire } from './questionnaire.ts';
import { QuestionnaireResponse } from './response.ts';

/** That a mail with the link was made. */
@Entity({ tableName: 'questionnaire_request' })
export class QuestionnaireRequest {
  @ManyToOne(() => Appointment, { primary: true })
  appointment: Appointment;

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Property({ type: 'datetime' })
  askedAt: Date;
}

export const QuestionnaireState = {
  NOT_ASKED: 'NOT_ASKED',
  SENT: 'SENT',
  STARTED: 'STARTED',
  COMPLETED: 'COMPLETED',
} as const;
export type QuestionnaireState = keyof typeof QuestionnaireState;

registerEnumType(QuestionnaireState, {
  name: 'QuestionnaireState',
  description: 'How far a patient is with the questions before an appointment.',
  valuesConfig: {
    NOT_ASKED: { description: 'The service asks nothing, or no mail with the link has been made yet.' },
    SENT: { description: 'A mail with the link was made.' },
    STARTED: { description: 'Some answers were saved, to be gone on with.' },
    COMPLETED: { description: 'It is answered.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'The questions before an appointment; without the answers.' })
export class AppointmentQuestionnaire {
  @Field(() => QuestionnaireState, { description: 'How far the patient is.' })
  status: QuestionnaireState;

  @Field(() => String, {
    nullable: true,
    description: 'Name of what the service asks, or what was answered; null if nothing is.',
  })
  name: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the first mail with the link was made.' })
  askedAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was completed.' })
  completedAt: Date | null;

  @Field(() => ID, { nullable: true, description: 'Id of the response, for `questionnaireResponse`.' })
  responseId: string | null;
}

interface Standing {
  readonly name: string | null;
  readonly patientId: string;
  /** Milliseconds since 1970; null for an appointment without a time. */
  readonly startsAt: number | null;
  readonly isOver: boolean;
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'AMENDED' | null;
  readonly askedAt: number | null;
  readonly completedAt: number | null;
  readonly responseId: string | null;
}

const instant = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** For all appointments that are listed, or written about, together. */
const standings = defineLoader<string, Standing | undefined>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<(Standing & { id: string })[]>(
    `select a.id, a.patient_id as "patientId", ${instant('a.starts_at')} as "startsAt",
       a.status not in ('PENDING', 'BOOKED', 'CONFIRMED', 'ARRIVED') as "isOver",
       coalesce(q.name, s.questionnaire) as name, r.status, r.id as "responseId",
       ${instant('w.asked_at')} as "askedAt", ${instant('r.completed_at')} as "completedAt"
     from appointment a
     left join service_questionnaire s on s.clinic_id = a.clinic_id and s.service_id = a.service_id
     left join questionnaire_request w on w.clinic_id = a.clinic_id and w.appointment_id = a.id
     left join questionnaire_response r on r.clinic_id = a.clinic_id and r.appointment_id = a.id
     left join questionnaire q on q.clinic_id = r.clinic_id and q.id = r.questionnaire_id
     where a.clinic_id = ? and a.id = any(?::uuid[])`,
    [clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id));
});

const stateOf = ({ status, askedAt }: Standing): QuestionnaireState => {
  if (status === 'IN_PROGRESS') return 'STARTED';
  return status ? 'COMPLETED' : askedAt ? 'SENT' : 'NOT_ASKED';
};

const dateOf = (milliseconds: number | string | null): Date | null =>
  milliseconds === null ? null : new Date(Number(milliseconds));

@Resolver(() => Appointment)
export class AppointmentQuestionnaires {
  @Authorized(appointmentRead)
  @FieldResolver(() => AppointmentQuestionnaire, {
    nullable: true,
    description: 'The questions before it, and how far the patient is with them.',
  })
  async questionnaire(@Root() { id }: Row<Appointment>, @Ctx() { load }: Context): Promise<AppointmentQuestionnaire> {
    const standing = (await load(standings, id))!;
    const { name, askedAt, completedAt, responseId } = standing;
    return { status: stateOf(standing), name, askedAt: dateOf(askedAt), completedAt: dateOf(completedAt), responseId };
  }
}

/**
 * A link by which the patient answers before an appointment, to stand in a mail about it; undefined where its service asks
 * nothing, where it is answered, over or called off. It is good until the appointment begins. That the patient was asked is
 * noted in the transaction: call it where a mail is made, not where one is looked at.
 */
export async function questionnaireUrl(appointmentId: string, context: Context): Promise<string | undefined> {
  const standing = await context.load(standings, appointmentId);
  if (!standing?.name || standing.isOver || (standing.status && standing.status !== 'IN_PROGRESS')) return undefined;
  const startsAt = dateOf(standing.startsAt);
  if (!startsAt || startsAt <= context.now) return undefined;
  if (!standing.askedAt) await context.load(requests, appointmentId);
  const { patientId } = standing;
  return context.link(questionnaireLink, { appointmentId }, { patientId, expiresAt: startsAt });
}

/** Notes for all mails that are made together that they ask. */
const requests = defineLoader<string, true>(async (ids, { em, clinicId, now }) => {
  await em.execute(
    `insert into questionnaire_request (clinic_id, appointment_id, patient_id, asked_at)
     select clinic_id, id, patient_id, ?::timestamptz from appointment
     where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
     on conflict (clinic_id, appointment_id) do nothing`,
    [now.toISOString(), clinicId, JSON.stringify(ids)],
  );
  return ids.map(() => true);
});

export interface Asked {
  readonly questionnaire: Questionnaire;
  readonly response?: QuestionnaireResponse;
}

/** What is asked before an appointment: what was begun in the version in which it was begun, else the newest one. */
export async function askedFor(appointment: Appointment, context: Context): Promise<Asked | undefined> {
  const { em } = context;
  const response = await em.findOne(QuestionnaireResponse, { appointment }, { populate: ['questionnaire'] });
  if (response) return { questionnaire: response.questionnaire, response };
  const { service } = appointment;
  const asked = service && (await em.findOne(ServiceQuestionnaire, { service }));
  const questionnaire = asked && (await newestVersion(asked.questionnaire, context));
  return questionnaire ? { questionnaire } : undefined;
}
