import { DateTime } from 'luxon';
import {
  ageOn,
  Appointment,
  bookAppointment,
  Condition,
  ContactPoint,
  dayOf,
  Department,
  freeSlots,
  giveConsent,
  indexPatient,
  Location,
  Patient,
  Practitioner,
  Procedure,
  publishNotice,
  recordIdentifiers,
  Room,
  Schedule,
  Service,
  Visit,
} from 'clinic-rapport/schema';
import type { Context } from 'clinic-rapport';
import * as demo from './clinic.ts';
import { demoNotice } from './notice.ts';
import { patients, type DemoPatient } from './patients.ts';

/** What the demo's patients are known by, so that a second start finds them. */
export const source = 'demo';
export const externalIdOf = (index: number): string => `P-${String(index + 1).padStart(3, '0')}`;

interface Places {
  departments: ReadonlyMap<string, Department>;
  services: Service[];
  practitioners: Practitioner[];
}

/** Writes the demo's data unless it is there, in the running transaction. Answers whether it was missing. */
export async function plant(context: Context): Promise<boolean> {
  const { em, clinicId } = context;
  // Two first starts over one database must not both find it empty.
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`demo ${clinicId}`]);
  if ((await em.count(Practitioner)) > 0) return false;
  await em.execute(
    `update clinic_plugin set settings = '{"compliancePack": "tw"}' where clinic_id = ? and plugin = 'core' and settings = '{}'`,
    [clinicId],
  );
  const places = await plantPlaces(context);
  const planted: Patient[] = [];
  const notice = await publishNotice(demoNotice, context);
  for (const [index, patient] of patients.entries()) {
    planted.push(await plantPatient(patient, index, notice.id, context));
  }
  await plantPast(planted, places, context);
  await plantFuture(planted, places, context);
  return true;
}

async function plantPlaces(context: Context): Promise<Places> {
  const { em, now } = context;
  const departments = new Map(demo.departments.map(each => [each.code, em.create(Department, each)]));
  const rooms = new Map<string, Room>();
  for (const { key: _, rooms: names, ...each } of demo.locations) {
    const location = em.create(Location, each);
    for (const name of names) rooms.set(name, em.create(Room, { name, location }));
  }
  const services = demo.services.map(({ department, ...each }) =>
    em.create(Service, { ...each, currency: demo.clinic.currency, department: departments.get(department) }),
  );
  const practitioners = demo.practitioners.map(({ name, title, department, room: number, ...hours }) => {
    const practitioner = em.create(Practitioner, { name, title, department: departments.get(department) });
    const room = rooms.get(number)!;
    for (const weekday of hours.weekdays) {
      em.create(Schedule, {
        practitioner,
        room,
        location: room.location,
        weekday,
        startTime: hours.from,
        endTime: hours.to,
        slotMinutes: hours.slot,
        validFrom: dayOf(now, demo.clinic.timeZone),
      });
    }
    return practitioner;
  });
  await em.flush();
  await em.execute(
    `insert into practitioner_service (clinic_id, practitioner_id, service_id)
     select p.clinic_id, p.id, s.id from practitioner p join service s
       on s.clinic_id = p.clinic_id and s.department_id = p.department_id where p.clinic_id = ?`,
    [context.clinicId],
  );
  return { departments, services, practitioners };
}

async function plantPatient(
  person: DemoPatient,
  index: number,
  noticeVersionId: string,
  context: Context,
): Promise<Patient> {
  const { em, now } = context;
  const { mailbox, phone, conditions = [], ...record } = person;
  // Minors agree to marketing by their guardian alone.
  const isOfAge = ageOn(person.birthDate!, now, demo.clinic.timeZone) >= 20;
  const patient = em.create(Patient, {
    ...record,
    source,
    externalId: externalIdOf(index),
    createdAt: now,
    updatedAt: now,
  });
  const contact = (system: 'EMAIL' | 'PHONE', value: string, rank: number) =>
    em.create(ContactPoint, { patient, system, value, rank, verifiedAt: now, createdAt: now });
  contact('EMAIL', `${mailbox}@mail.example`, 1);
  contact('PHONE', phone, 2);
  for (const condition of conditions) em.create(Condition, { ...condition, patient, recordedAt: now });
  await indexPatient(patient, context);
  const number = `A-${String(index + 1).padStart(5, '0')}`;
  await recordIdentifiers([{ patientId: patient.id, kind: 'CHART_NUMBER', value: number }], context);
  if (index % 2 === 0 && isOfAge) {
    const choice = { purpose: 'MARKETING', channel: 'EMAIL', source: 'DESK' } as const;
    await giveConsent({ ...choice, patientId: patient.id, noticeVersionId }, context);
  }
  return patient;
}

/** Two appointments of each patient in the last year: most were kept, every seventh was missed. */
async function plantPast(planted: readonly Patient[], places: Places, { em, now }: Context): Promise<void> {
  for (const [index, patient] of [...planted, ...planted].entries()) {
    const service = places.services[index % places.services.length]!;
    const practitioner = places.practitioners.find(({ department }) => department === service.department)!;
    const begin = DateTime.fromJSDate(now, { zone: demo.clinic.timeZone })
      .startOf('day')
      .minus({ days: 3 + index * 6 })
      .set({ hour: 9 + (index % 8) });
    const startsAt = begin.toJSDate();
    const endsAt = begin.plus({ minutes: service.durationMinutes }).toJSDate();
    const leadDays = index % 20;
    const appointment = em.create(Appointment, {
      ...{ patient, service, practitioner, startsAt, endsAt, leadDays },
      day: begin.toISODate()!,
      bookedAt: begin.minus({ days: leadDays }).toJSDate(),
      status: index % 7 === 3 ? 'NO_SHOW' : 'FULFILLED',
    });
    if (appointment.status === 'FULFILLED') plantVisit(appointment, service, em);
  }
  await em.flush();
}

function plantVisit(appointment: Appointment, service: Service, em: Context['em']): void {
  const { patient, practitioner, startsAt, endsAt, day } = appointment;
  const { department, price: amount } = service;
  const visit = em.create(Visit, {
    ...{ patient, practitioner, appointment, department, amount },
    status: 'COMPLETED',
    startedAt: startsAt!,
    completedAt: endsAt,
    currency: demo.clinic.currency,
  });
  em.create(Procedure, {
    visit,
    patient,
    service,
    code: service.code,
    name: service.name['zh-Hant']!,
    completedOn: day,
    amount,
  });
}

/** Every third patient has an appointment in the days that come, booked as anyone books. */
async function plantFuture(planted: readonly Patient[], { services }: Places, context: Context): Promise<void> {
  const from = new Date(context.now.getTime() + 3_600_000);
  for (const [turn, patient] of planted.filter((_, index) => index % 3 === 0).entries()) {
    const service = services[turn % services.length]!;
    const opens = new Date(from.getTime() + turn * 86_400_000);
    const to = new Date(opens.getTime() + 14 * 86_400_000);
    const [slot] = await freeSlots({ serviceId: service.id, from: opens, to, first: 1 }, context);
    if (!slot) continue;
    const { startsAt, practitionerId } = slot;
    await bookAppointment({ patientId: patient.id, serviceId: service.id, practitionerId, startsAt }, context);
  }
}
