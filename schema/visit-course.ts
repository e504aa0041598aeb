import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { badInput, conflict, definePermission, Idempotent, LocalDate, type Context } from 'clinic-rapport';
import { Appointment } from './appointment.ts';
import { change } from './booking.ts';
import { clinicOf } from './clinic.ts';
import { Department } from './department.ts';
import { findIfGiven, findToChange } from './find.ts';
import { findPatient } from './find-patient.ts';
import { Practitioner } from './practitioner.ts';
import { Procedure } from './procedure.ts';
import { Service } from './service.ts';
import { optionalText, requiredText } from './text.ts';
import { publishVisit } from './visit-change.ts';
import { Visit } from './visit.ts';

const mostProcedures = 100;
const mostMinorUnits = 1_000_000_000;

export const visitWrite = definePermission('visit.write', 'Start, complete and cancel visits', [
  'owner',
  'frontDesk',
  'practitioner',
]);

@InputType({ description: 'A visit to start: of an appointment, or of a patient who just came.' })
export class StartVisitInput {
  @Field(() => ID, { nullable: true, description: 'The appointment that the patient came for.' })
  appointmentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The patient, where there is no appointment.' })
  patientId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who sees the patient; as booked, if not given.' })
  practitionerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The department; that of the service or practitioner, if not given.',
  })
  departmentId?: string | null;
}

export const visitRefund = definePermission('visit.refund', 'Pay visits back, and cancel those that are over', [
  'owner',
  'frontDesk',
]);

@InputType({ description: 'Something that was done in a visit.' })
export class ProcedureInput {
  @Field(() => ID, { nullable: true, description: 'The service that it belongs to.' })
  serviceId?: string | null;

  @Field(() => String, { nullable: true, description: 'Code in the clinic’s own system, at most 50 characters.' })
  code?: string | null;

  @Field(() => String, { description: 'What was done, 1 to 200 characters.' })
  name: string;

  @Field(() => LocalDate, { nullable: true, description: 'When the course that it belongs to was completed.' })
  completedOn?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'What it cost, in minor units of the clinic’s currency (cents); not negative.',
  })
  amount?: number | null;
}

@InputType({ description: 'A visit that is over.' })
export class CompleteVisitInput {
  @Field(() => ID, { description: 'Id of the visit.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => [ProcedureInput], { defaultValue: [], description: 'What was done, at most 100.' })
  procedures: ProcedureInput[];

  @Field(() => Int, {
    nullable: true,
    description: 'What it cost in all, in minor units; the sum of the procedures if not given.',
  })
  amount?: number | null;
}

@InputType({ description: 'A visit of which something is paid back.' })
export class RefundVisitInput {
  @Field(() => ID, { description: 'Id of the visit.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How much, in minor units, at least 1; all that was not paid back yet if not given.',
  })
  amount?: number | null;
}

@InputType({ description: 'A visit that is broken off, or was recorded by mistake.' })
export class CancelVisitInput {
  @Field(() => ID, { description: 'Id of the visit.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'The version that was read; CONFLICT if it was changed since.' })
  expectedVersion?: number | null;
}

@Resolver()
export class VisitCourseResolver {
  @Authorized(visitWrite)
  @Idempotent()
  @Mutation(() => Visit, { description: 'Starts a visit. Its appointment becomes ARRIVED if it is not yet.' })
  startVisit(
    @Arg('input', () => StartVisitInput, { description: 'The visit.' }) input: StartVisitInput,
    @Ctx() context: Context,
  ): Promise<Visit> {
    return startVisit(input, context);
  }

  @Authorized(visitWrite)
  @Idempotent()
  @Mutation(() => Visit, { description: 'Completes a visit. Its appointment becomes FULFILLED.' })
  completeVisit(
    @Arg('input', () => CompleteVisitInput, { description: 'What was done.' }) input: CompleteVisitInput,
    @Ctx() context: Context,
  ): Promise<Visit> {
    return completeVisit(input, context);
  }

  @Authorized(visitWrite)
  @Mutation(() => Visit, {
    description:
      'Cancels a visit that goes on, or, with the right to pay back, one that was completed by mistake: it counts no more. Its appointment stays as it is.',
  })
  async cancelVisit(
    @Arg('input', () => CancelVisitInput, { description: 'Which visit.' }) input: CancelVisitInput,
    @Ctx() context: Context,
  ): Promise<Visit> {
    const visit = await findToChange(Visit, input.id, input.expectedVersion, context);
    const mayCancel = visit.status === 'IN_PROGRESS' || (visit.status === 'COMPLETED' && context.can(visitRefund));
    if (!mayCancel) throw conflict(`A visit that is ${visit.status} cannot be changed any more.`);
    context.em.assign(visit, { status: 'CANCELLED', completedAt: null });
    await context.em.flush();
    publishVisit(visit, 'CANCELLED', context);
    return visit;
  }

  @Authorized(visitRefund)
  @Idempotent()
  @Mutation(() => Visit, {
    description:
      'Records that all or a part of what a completed visit cost was paid back; CONFLICT where it cost less.',
  })
  refundVisit(
    @Arg('input', () => RefundVisitInput, { description: 'Which visit, and how much.' }) input: RefundVisitInput,
    @Ctx() context: Context,
  ): Promise<Visit> {
    return refundVisit(input, context);
  }
}

/** Of a completed visit something is paid back; who gave something for what it cost hears of it by `visit.refunded`. */
export async function refundVisit(input: RefundVisitInput, context: Context): Promise<Visit> {
  const visit = await findToChange(Visit, input.id, input.expectedVersion, context);
  if (visit.status !== 'COMPLETED') throw conflict(`A visit that is ${visit.status} cannot be paid back.`);
  const rest = (visit.amount ?? 0) - visit.refundedAmount;
  const amount = input.amount ?? rest;
  if (amount < 1 && input.amount != null) throw badInput('input.amount', '`input.amount` must be at least 1.');
  if (rest < 1 || amount > rest) throw conflict(`There are ${rest} minor units of it that can be paid back.`);
  visit.refundedAmount += amount;
  await context.em.flush();
  publishVisit(visit, 'REFUNDED', context);
  return visit;
}

/** A patient is seen from now on. Throws CONFLICT where the appointment has a visit already, or cannot be kept any more. */
export async function startVisit(input: StartVisitInput, context: Context): Promise<Visit> {
  const { em, now } = context;
  const appointment = input.appointmentId == null ? undefined : await arrived(input.appointmentId, context);
  const patientId = appointment?.patient.id ?? input.patientId;
  if (patientId == null) throw badInput('input.patientId', 'Give an appointment or a patient.');
  if (input.patientId != null && input.patientId !== patientId) {
    throw badInput('input.patientId', 'The appointment is of another patient.');
  }
  const practitioner = await findIfGiven(Practitioner, input.practitionerId ?? appointment?.practitioner?.id, context);
  const service = await findIfGiven(Service, appointment?.service?.id, context);
  const visit = em.create(Visit, {
    patient: await findPatient(patientId, context),
    appointment,
    practitioner,
    department:
      (await findIfGiven(Department, input.departmentId, context)) ?? service?.department ?? practitioner?.department,
    status: 'IN_PROGRESS',
    startedAt: now,
    currency: (await clinicOf(context)).currency,
  });
  await em.flush();
  publishVisit(visit, 'STARTED', context);
  return visit;
}

/** The patient was seen, and what was done. */
export async function completeVisit(input: CompleteVisitInput, context: Context): Promise<Visit> {
  const visit = await inProgress(input.id, input.expectedVersion, context);
  if (input.procedures.length > mostProcedures) {
    throw badInput('input.procedures', `A visit has at most ${mostProcedures} procedures.`);
  }
  for (const [index, procedure] of input.procedures.entries()) {
    await record(visit, procedure, `input.procedures.${index}`, context);
  }
  const sum = input.procedures.reduce((all, { amount }) => all + (amount ?? 0), 0);
  visit.amount = price(input.amount ?? sum, 'input.amount');
  visit.status = 'COMPLETED';
  visit.completedAt = context.now;
  await context.em.flush();
  publishVisit(visit, 'COMPLETED', context);
  if (visit.appointment)
    await change(await findToChange(Appointment, visit.appointment.id, null, context), 'FULFILLED', context);
  return visit;
}

async function arrived(id: string, context: Context): Promise<Appointment> {
  const appointment = await findToChange(Appointment, id, null, context);
  const seen = await context.em.findOne(Visit, { appointment, status: { $ne: 'CANCELLED' } });
  if (seen) throw conflict('This appointment has a visit already.');
  return appointment.status === 'ARRIVED' ? appointment : change(appointment, 'ARRIVED', context);
}

async function inProgress(id: string, expectedVersion: number | null | undefined, context: Context): Promise<Visit> {
  const visit = await findToChange(Visit, id, expectedVersion, context);
  if (visit.status !== 'IN_PROGRESS') throw conflict(`A visit that is ${visit.status} cannot be changed any more.`);
  return visit;
}

async function record(visit: Visit, input: ProcedureInput, field: string, context: Context): Promise<void> {
  context.em.create(Procedure, {
    visit,
    patient: visit.patient,
    service: await findIfGiven(Service, input.serviceId, context),
    code: optionalText(input.code, `${field}.code`, 50),
    name: requiredText(input.name, `${field}.name`),
    completedOn: input.completedOn,
    amount: input.amount == null ? null : price(input.amount, `${field}.amount`),
  });
}

function price(amount: number, field: string): number {
  if (amount < 0 || amount > mostMinorUnits)
    throw badInput(field, `\`${field}\` must be 0 to ${mostMinorUnits} minor units.`);
  return amount;
}
