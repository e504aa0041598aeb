import type { Mapping } from './mapping.ts';

/** Flags of the file that have a code. What diabetes it is the file does not tell, and its `Handcap` names no condition. */
const conditions = {
  Hipertension: { code: 'I10', display: 'Essential hypertension' },
  Diabetes: { code: 'E14', display: 'Unspecified diabetes mellitus' },
  Alcoholism: { code: 'F10.2', display: 'Alcohol dependence' },
} as const;

/**
 * The data set "Medical Appointment No Shows" (J. Hoppen). Ids of patients are rounded in it, so that several patients
 * share one: a patient is the id with sex and age, and who shares an id is flagged. Only the day of an appointment is known.
 */
export default {
  name: 'noshow',
  columns: [
    'PatientId',
    'AppointmentID',
    'Gender',
    'ScheduledDay',
    'AppointmentDay',
    'Age',
    ...Object.keys(conditions),
    'No-show',
  ],
  read(row) {
    const sharedId = row.text('PatientId');
    const sex = row.choice('Gender', { F: 'FEMALE', M: 'MALE' } as const);
    const age = row.integer('Age', { least: 0, most: 130 });
    const day = row.day('AppointmentDay');
    const flagged = Object.entries(conditions).filter(([column]) => row.choice(column, { 0: false, 1: true }));
    return {
      patient: {
        externalId: `${sharedId} ${sex} ${age}`,
        sharedId,
        name: `Patient ${sharedId}`,
        // On New Year's Day the age on any day of that year comes out as the file has it.
        birthDate: `${Number(day.slice(0, 4)) - age}-01-01`,
        birthDateApproximate: true,
        sex,
        conditions: flagged.map(([, condition]) => condition),
      },
      appointment: {
        externalId: row.text('AppointmentID'),
        day,
        bookedAt: row.instant('ScheduledDay'),
        status: row.choice('No-show', { No: 'FULFILLED', Yes: 'NO_SHOW' } as const),
      },
    };
  },
} satisfies Mapping as Mapping;
