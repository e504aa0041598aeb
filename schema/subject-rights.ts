import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { definePermission, eraseSubject, holdSubject, Idempotent, conflict, type Context } from 'clinic-rapport';
import { AppointmentStatus } from './appointment-transitions.ts';
import { Appointment } from './appointment.ts';
import { change } from './booking.ts';
import { find, findToChange } from './find.ts';
import { Patient, patientErased } from './patient.ts';
import { recordsOf } from './records.ts';
import { SubjectRequest, type SubjectRequestKind } from './subject-request.ts';
import { requiredText } from './text.ts';
import { Visit } from './visit.ts';

export const patientExport = definePermission('patient.export', 'Export all that is stored of a patient');
export const patientErase = definePermission('patient.erase', 'Erase all that is stored of a patient');
export const patientHold = definePermission('patient.hold', 'Keep the data of a patient from erasure, and let it go');

@InputType({ description: 'What is to be done with all that is stored of a patient, and why.' })
export class SubjectRequestInput {
  @Field(() => ID, { description: 'Whose data.' })
  patientId: string;

  @Field(() => String, { description: 'Why, 1 to 1000 characters: kept for ever, so it names nobody.' })
  reason: string;
}

@InputType({ description: 'Whose data is to be handed out, and why.' })
export class ExportPatientInput extends SubjectRequestInput {}

@Resolver()
export class SubjectRightsResolver {
  @Authorized(patientExport)
  @Idempotent()
  @Mutation(() => SubjectRequest, {
    description:
      'Opens an export of all that the core and every plugin have stored of a patient, as JSON with a section for each. It is made when it is fetched from `downloadPath`, and kept nowhere.',
  })
  async exportPatient(
    @Arg('input', () => ExportPatientInput, { description: 'Whose data, and why.' }) input: ExportPatientInput,
    @Ctx() context: Context,
  ): Promise<SubjectRequest> {
    return note('EXPORT', await find(Patient, input.patientId, context), input, context);
  }

  @Authorized(patientErase)
  @Mutation(() => Patient, {
    description:
      'Erases what the core and every installed plugin have stored of a patient, all of it or nothing. Visits and recorded choices stay, and are nobody’s; appointments to come are called off, mails that wait are not sent, links lead nowhere. CONFLICT under a legal hold, or while a visit is under way. Erasing again erases what came since.',
  })
  erasePatient(
    @Arg('input', () => SubjectRequestInput, { description: 'Whose data, and why.' }) input: SubjectRequestInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    return erasePatient(input, context);
  }

  @Authorized(patientHold)
  @Mutation(() => Patient, {
    description: 'Keeps what is stored of a patient from erasure until it is released. Holding again changes nothing.',
  })
  holdPatient(
    @Arg('input', () => SubjectRequestInput, { description: 'Whose data, and why.' }) input: SubjectRequestInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    return hold(true, input, context);
  }

  @Authorized(patientHold)
  @Mutation(() => Patient, {
    description: 'Ends a legal hold: the data may be erased again. Where none stands nothing changes.',
  })
  releasePatient(
    @Arg('input', () => SubjectRequestInput, { description: 'Whose data, and why.' }) input: SubjectRequestInput,
    @Ctx() context: Context,
  ): Promise<Patient> {
    return hold(false, input, context);
  }
}

/** Erases everything, in every plugin, or throws and has erased nothing. */
export async function erasePatient(input: SubjectRequestInput, context: Context): Promise<Patient> {
  const patient = await findToChange(Patient, input.patientId, undefined, context);
  if (patient.heldSince) throw underHold();
  if (patient.mergedInto) throw conflict(`This record was merged into ${patient.mergedInto.id}: erase that one.`);
  const isFirst = !patient.erasedAt;
  await callOff(patient, context);
  // Those that were merged into it are of the same person.
  for (const id of await recordsOf(patient.id, context)) await eraseSubject(id, context);
  await note('ERASURE', patient, input, context);
  if (isFirst) context.publish(patientErased, { patientId: patient.id, version: patient.version });
  return patient;
}

export const underHold = () => conflict('A legal hold stands: nothing of this patient may be erased.');

const toCome = [
  AppointmentStatus.PENDING,
  AppointmentStatus.BOOKED,
  AppointmentStatus.CONFIRMED,
  AppointmentStatus.WAITLIST,
];

/** Times that nobody will come for are free again. Whoever sits in the clinic now is not forgotten yet. */
async function callOff(patient: Patient, context: Context): Promise<void> {
  const { em, now } = context;
  if ((await em.count(Visit, { patient, status: 'IN_PROGRESS' })) > 0) {
    throw conflict('A visit of this patient is under way: complete or cancel it first.');
  }
  const when = { $or: [{ startsAt: null }, { startsAt: { $gt: now } }] };
  for (const appointment of await em.find(Appointment, { patient, status: { $in: toCome }, ...when })) {
    appointment.cancelledAt = now;
    await change(appointment, 'CANCELLED', context);
  }
}

async function hold(on: boolean, input: SubjectRequestInput, context: Context): Promise<Patient> {
  const patient = await findToChange(Patient, input.patientId, undefined, context);
  if ((patient.heldSince != null) === on) return patient;
  for (const id of await recordsOf(patient.id, context)) await holdSubject(id, on, context);
  await note(on ? 'HOLD' : 'RELEASE', patient, input, context);
  return patient;
}

async function note(
  kind: SubjectRequestKind,
  patient: Patient,
  { reason }: SubjectRequestInput,
  { em, actor, now }: Context,
): Promise<SubjectRequest> {
  const request = em.create(SubjectRequest, {
    patient,
    kind,
    reason: requiredText(reason, 'input.reason', 1_000),
    actorKind: actor.kind,
    actorId: actor.id,
    at: now,
  });
  await em.flush();
  return request;
}
