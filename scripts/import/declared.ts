import { AppointmentStatus, dayOf, Sex, type IdentifierValue, type PatientIdentifierKind } from 'clinic-rapport/schema';
import type { ImportedAppointment, ImportedPatient, Mapping } from './mapping.ts';
import type { Row } from './row.ts';

/** The name of a column, or a column with the format of its dates or the meaning of its words. */
export type Source = string | { column: string; format?: string; words?: Record<string, string> };

/** A mapping as a clinic writes it down, without code. */
export interface Declaration {
  name: string;
  delimiter?: string;
  encoding?: string;
  patient: { externalId: Source; name: Source } & {
    [field in 'otherName' | 'birthDate' | 'sex' | 'email' | 'phone' | keyof typeof numbers | 'country']?: Source;
  };
  appointment?: { externalId: Source; bookedAt: Source; status: Source } & {
    /** One of the two; `minutes` is how long it takes, 30 if not given. */
    day?: Source;
    startsAt?: Source;
    minutes?: number;
  };
}

/** By the field of a declaration. `country` is that of the first two; the clinic’s own if not given. */
const numbers = {
  nationalId: 'NATIONAL_ID',
  insuranceNumber: 'INSURANCE_NUMBER',
  chartNumber: 'CHART_NUMBER',
} as const satisfies Record<string, PatientIdentifierKind>;

type Fields = Record<string, Source | number | undefined>;

const patientFields = [
  'externalId',
  'name',
  'otherName',
  'birthDate',
  'sex',
  'email',
  'phone',
  ...Object.keys(numbers),
  'country',
];
const appointmentFields = ['externalId', 'bookedAt', 'status', 'day', 'startsAt', 'minutes'];

/** Throws where the declaration is not one. */
export function declaredMapping(declaration: Declaration): Mapping {
  const { name, delimiter, encoding, patient, appointment } = declaration;
  if (typeof name !== 'string' || name === '') throw new Error('The mapping needs a "name" of the other system.');
  check('patient', patient, patientFields, ['externalId', 'name']);
  if (appointment) check('appointment', appointment, appointmentFields, ['externalId', 'bookedAt', 'status']);
  if (appointment && (appointment.day === undefined) === (appointment.startsAt === undefined)) {
    throw new Error('"appointment" needs either "day" or "startsAt".');
  }
  return {
    name,
    delimiter,
    encoding,
    columns: [patient, appointment ?? {}].flatMap(fields =>
      Object.values<Source | number | undefined>(fields).flatMap(columnsOf),
    ),
    read: (row, { timeZone }) => ({
      patient: patientOf(row, patient),
      appointment: appointment && appointmentOf(row, appointment, timeZone),
    }),
  };
}

function check(what: string, fields: Fields | undefined, allowed: string[], required: string[]): void {
  const missing = required.find(field => fields?.[field] === undefined);
  if (missing) throw new Error(`"${what}" needs "${missing}": the name of a column.`);
  const unknown = Object.keys(fields!).find(field => !allowed.includes(field));
  if (unknown) throw new Error(`"${what}" knows no "${unknown}"; it has ${allowed.join(', ')}.`);
}

const columnsOf = (source: Source | number | undefined): string[] =>
  source === undefined || typeof source === 'number' ? [] : [columnOf(source)];

const columnOf = (source: Source): string => (typeof source === 'string' ? source : source.column);
const formatOf = (source: Source): string | undefined => (typeof source === 'string' ? undefined : source.format);

function patientOf(row: Row, fields: Declaration['patient']): ImportedPatient {
  const optional = (source?: Source) => source && row.optional(columnOf(source));
  return {
    externalId: row.text(columnOf(fields.externalId)),
    name: row.text(columnOf(fields.name)),
    otherName: optional(fields.otherName),
    birthDate: optional(fields.birthDate) && row.day(columnOf(fields.birthDate!), formatOf(fields.birthDate!)),
    sex: optional(fields.sex) ? wordOf(row, fields.sex!, Sex) : undefined,
    email: optional(fields.email),
    phone: optional(fields.phone),
    identifiers: identifiersOf(row, fields, optional(fields.country)),
  };
}

function identifiersOf(row: Row, fields: Declaration['patient'], country: string | undefined): IdentifierValue[] {
  return (Object.keys(numbers) as (keyof typeof numbers)[]).flatMap(field => {
    const value = fields[field] && row.optional(columnOf(fields[field]));
    const kind = numbers[field];
    return value ? [{ kind, value, country: kind === 'CHART_NUMBER' ? undefined : country }] : [];
  });
}

function appointmentOf(row: Row, fields: NonNullable<Declaration['appointment']>, zone: string): ImportedAppointment {
  const instant = (source: Source) => row.instant(columnOf(source), { format: formatOf(source), zone });
  const startsAt = fields.startsAt && instant(fields.startsAt);
  return {
    externalId: row.text(columnOf(fields.externalId)),
    bookedAt: instant(fields.bookedAt),
    status: wordOf(row, fields.status, AppointmentStatus),
    ...(startsAt
      ? { startsAt, endsAt: new Date(startsAt.getTime() + (fields.minutes ?? 30) * 60_000), day: dayOf(startsAt, zone) }
      : { day: row.day(columnOf(fields.day!), formatOf(fields.day!)) }),
  };
}

/** A word of the other system by the declaration's list; one of our own words where there is none. */
function wordOf<T extends string>(row: Row, source: Source, ours: Readonly<Record<T, T>>): T {
  const words = typeof source === 'string' ? undefined : source.words;
  const unknown = words && Object.values(words).find(word => !Object.hasOwn(ours, word));
  if (unknown) throw new Error(`"${unknown}" is none of ${Object.keys(ours).join(', ')}.`);
  return row.choice(columnOf(source), (words as Record<string, T> | undefined) ?? ours);
}
