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
import { Visit, visitRead } from './visit.ts';

export const VisitChangeKind = {
  STARTED: 'STARTED',
  COMPLETED: 'COMPLETED',
  CANCELLED: 'CANCELLED',
  REFUNDED: 'REFUNDED',
} as const;
export type VisitChangeKind = keyof typeof VisitChangeKind;

registerEnumType(VisitChangeKind, {
  name: 'VisitChangeKind',
  description: 'What happened to a visit.',
  valuesConfig: {
    STARTED: { description: 'It began.' },
    COMPLETED: { description: 'The patient was seen.' },
    CANCELLED: { description: 'It was broken off, or recorded by mistake.' },
    REFUNDED: { description: 'Something was paid back.' },
  },
});

/** What happened to a visit. Ids only: the rest is read under the rights of who follows it. */
export interface VisitChange {
  visitId: string;
  patientId: string;
  /** Of the visit, after the change. */
  version: number;
  appointmentId?: string;
  practitionerId?: string;
  departmentId?: string;
  change: VisitChangeKind;
  /** In all until then, in minor units; where something was paid back. */
  refundedAmount?: number;
}

const visitEvent = (name: string): Event<VisitChange> =>
  defineEvent<VisitChange>(name, ({ visitId, patientId, version }) => ({
    type: 'visit',
    id: visitId,
    version,
    patientId,
  }));

export const visitStarted = visitEvent('visit.started');
export const visitCompleted = visitEvent('visit.completed');
export const visitCancelled = visitEvent('visit.cancelled');
export const visitRefunded = visitEvent('visit.refunded');

const events: Readonly<Record<VisitChangeKind, Event<VisitChange>>> = {
  STARTED: visitStarted,
  COMPLETED: visitCompleted,
  CANCELLED: visitCancelled,
  REFUNDED: visitRefunded,
};

export const visitEvents: readonly Event<VisitChange>[] = Object.values(events);

/** Tells everyone of a change that has been written: `version` is the one after it. */
export function publishVisit(visit: Visit, change: VisitChangeKind, { publish }: Context): void {
  publish(events[change], {
    visitId: visit.id,
    patientId: visit.patient.id,
    version: visit.version,
    ...(visit.appointment && { appointmentId: visit.appointment.id }),
    ...(visit.practitioner && { practitionerId: visit.practitioner.id }),
    ...(visit.department && { departmentId: visit.department.id }),
    change,
    ...(change === 'REFUNDED' && { refundedAmount: visit.refundedAmount }),
  });
}

@ObjectType({ description: 'A change of a visit, as it happens.' })
export class VisitChanged {
  @Field(() => String, { description: 'Where to go on after a lost connection: `after: <cursor>`.' })
  cursor: string;

  @Field(() => VisitChangeKind, { description: 'What happened.' })
  change: VisitChangeKind;

  @Field(() => DateTime, { description: 'When it happened.' })
  at: Date;

  @Field(() => Visit, { description: 'The visit as it is now.' })
  visit: Row<Visit>;
}

@InputType({ description: 'Which changes to follow; all parts that are given must hold.' })
export class VisitChangeFilter {
  @Field(() => [VisitChangeKind], { nullable: true, description: 'Any of these kinds of change.' })
  change?: VisitChangeKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of visits with any of these practitioners.' })
  practitionerId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of visits in any of these departments.' })
  departmentId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of visits of any of these patients.' })
  patientId?: string[] | null;
}

function wanted(filter: VisitChangeFilter | null | undefined, payload: VisitChange): boolean {
  const parts = ['change', 'practitionerId', 'departmentId', 'patientId'] as const;
  return parts.every(part => {
    const values: readonly string[] | null | undefined = filter?.[part];
    const value = payload[part];
    return values == null || (value !== undefined && values.includes(value));
  });
}

@Resolver()
export class VisitChangeResolver {
  @Authorized(visitRead)
  @Subscription(() => VisitChanged, {
    ...follow(visitEvents),
    description: 'Visits as they begin, and as they are completed, broken off or paid back.',
  })
  async visitChanged(
    @Root() { payload, cursor, at }: Occurrence<VisitChange>,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
    @Arg('filter', () => VisitChangeFilter, { nullable: true, description: 'Which changes; all if not given.' })
    filter?: VisitChangeFilter | null,
  ): Promise<VisitChanged | null> {
    if (!wanted(filter, payload)) return null;
    const visit = await read.one(Visit, info, { id: payload.visitId }, 'visit');
    return visit && { cursor, change: payload.change, at, visit };
  }
}
