import { v7 as newId } from 'uuid';
import { badInput, type Context } from 'clinic-rapport';
import { findPatient, type AppointmentChange, type ResponseChange, type Visit } from 'clinic-rapport/schema';
import { evaluate } from './evaluation.ts';
import type { Engagement } from './words.ts';

const longestKey = 200;

export interface Engaged {
  readonly patientId: string;
  readonly kind: Engagement;
  /** Of what happened, over all plugins, as `referrals.friend:<id>`: a second one with it counts nothing. */
  readonly key: string;
}

/**
 * Counts something that a patient did, once for one key, and looks at the tier anew. Throws BAD_USER_INPUT for a key of more
 * than 200 characters, NOT_FOUND for an unknown patient, CONFLICT for one whose record was erased or merged.
 */
export async function recordEngagement({ patientId, kind, key }: Engaged, context: Context): Promise<void> {
  if (key === '' || key.length > longestKey) throw badInput('key', `A key has 1 to ${longestKey} characters.`);
  await findPatient(patientId, context);
  const { em, clinicId, now } = context;
  await em.flush();
  const added = await em.execute<object[]>(
    `insert into membership_engagement (clinic_id, id, patient_id, kind, key, recorded_at) values (?, ?, ?, ?, ?, ?)
     on conflict (clinic_id, key) do nothing returning id`,
    [clinicId, newId(), patientId, kind, key, now.toISOString()],
  );
  if (added.length > 0) await evaluate([patientId], context);
}

/** What it was counted for turned out not to be: the tier is looked at anew. An unknown key changes nothing. */
export async function forgetEngagement(key: string, context: Context): Promise<void> {
  const { em, clinicId } = context;
  await em.flush();
  const gone = await em.execute<{ patientId: string }[]>(
    'delete from membership_engagement where clinic_id = ? and key = ? returning patient_id as "patientId"',
    [clinicId, key],
  );
  if (gone[0]) await evaluate([gone[0].patientId], context);
}

const keys = {
  confirmed: (appointmentId: string) => `core.confirmed:${appointmentId}`,
  attended: (appointmentId: string) => `core.attended:${appointmentId}`,
  answered: (responseId: string) => `core.answered:${responseId}`,
};

export async function countAppointments(
  { appointmentId, patientId, change }: AppointmentChange,
  context: Context,
): Promise<void> {
  if (change === 'CONFIRMED') {
    await engaged({ patientId, kind: 'CONFIRMED', key: keys.confirmed(appointmentId) }, context);
  } else if (change === 'FULFILLED') {
    await engaged({ patientId, kind: 'ATTENDED', key: keys.attended(appointmentId) }, context);
  }
}

export const countAnswers = ({ responseId, patientId }: ResponseChange, context: Context): Promise<void> =>
  engaged({ patientId, kind: 'ANSWERED', key: keys.answered(responseId) }, context);

/** What was recorded by mistake was not attended either. */
export async function uncountAttendance({ appointment }: Visit, context: Context): Promise<void> {
  if (appointment) await forgetEngagement(keys.attended(appointment.id), context);
}

/** An event may come when the record is somebody no more. */
async function engaged(what: Engaged, context: Context): Promise<void> {
  const [patient] = await context.em.execute<object[]>(
    'select 1 from patient where clinic_id = ? and id = ? and erased_at is null and merged_into is null',
    [context.clinicId, what.patientId],
  );
  if (patient) await recordEngagement(what, context);
}
