import type { TestApp } from 'clinic-rapport/testing';
import { v7 as newId } from 'uuid';
import {
  ContactPoint,
  Department,
  indexPatient,
  Location,
  Patient,
  Practitioner,
  publishNotice,
  Room,
  Schedule,
  Service,
} from 'clinic-rapport/schema';

/** A clinic as the tests of the core need it: open on weekdays from nine to twelve, in slots of half an hour. */
export interface ClinicFixture {
  department: string;
  location: string;
  room: string;
  otherRoom: string;
  /** Both are booked in `room`. */
  practitioner: string;
  otherPractitioner: string;
  /** Half an hour. */
  service: string;
}

let furnished = 0;

/** New places, people and a service each time, so that tests that share an app do not meet. */
export function furnish(app: TestApp, clinicId = app.clinicId): Promise<ClinicFixture> {
  return app.as(['*'], { clinicId }).run(async ({ em }) => {
    const department = em.create(Department, {
      code: `CARD-${++furnished}`,
      name: { 'zh-Hant': '心臟科', en: 'Cardiology' },
    });
    const location = em.create(Location, {
      name: { 'zh-Hant': '晨光診所', en: 'Morning Light' },
      address: { 'zh-Hant': '台北市大安路1號' },
      directions: { 'zh-Hant': '捷運大安站2號出口' },
    });
    const [room, otherRoom] = ['101', '102'].map(name => em.create(Room, { location, name })) as [Room, Room];
    const [practitioner, otherPractitioner] = ['林醫師', 'Dr. Chen'].map(name =>
      em.create(Practitioner, { name, department }),
    ) as [Practitioner, Practitioner];
    const service = em.create(Service, {
      code: `CHECKUP-${furnished}`,
      name: { 'zh-Hant': '健康檢查', en: 'Check-up' },
      department,
      durationMinutes: 30,
    });
    for (const weekday of [1, 2, 3, 4, 5]) {
      for (const who of [practitioner, otherPractitioner]) {
        em.create(Schedule, {
          practitioner: who,
          location,
          room,
          weekday,
          startTime: '09:00',
          endTime: '12:00',
          slotMinutes: 30,
          validFrom: '2026-01-01',
        });
      }
    }
    await em.flush();
    return {
      department: department.id,
      location: location.id,
      room: room.id,
      otherRoom: otherRoom.id,
      practitioner: practitioner.id,
      otherPractitioner: otherPractitioner.id,
      service: service.id,
    };
  });
}

export interface PatientFixture {
  name?: string;
  birthDate?: string;
  /** Verified. */
  email?: string;
  clinicId?: string;
}

export function addPatient(
  app: TestApp,
  { name = '王小明', birthDate, email, clinicId }: PatientFixture = {},
): Promise<string> {
  return app.as(['*'], { clinicId: clinicId ?? app.clinicId }).run(async context => {
    const patient = context.em.create(Patient, { id: newId(), name, birthDate, language: 'zh-Hant' });
    if (email) context.em.create(ContactPoint, { patient, system: 'EMAIL', value: email, verifiedAt: context.now });
    await indexPatient(patient, context);
    return patient.id;
  });
}

/** 10:00 in Taipei on the first Tuesday of June 2026, when the tests' clock shows Monday. */
export const tuesdayAtTen = '2026-06-02T10:00:00+08:00';

export const book = /* GraphQL */ `
  mutation ($input: BookAppointmentInput!) {
    bookAppointment(input: $input) {
      id
      status
      version
      day
      leadDays
      startsAt
      endsAt
      patient {
        name
      }
      practitioner {
        name
      }
      room {
        name
      }
      location {
        directions {
          text(language: ZH_HANT)
        }
      }
    }
  }
`;

/** A notice for consents to rest on; answers the id of its version. */
export function publishSomeNotice(app: TestApp): Promise<string> {
  const text = { zhHant: '說明', zhHans: '说明', en: 'Told' };
  const [collector, purpose, categories, dataUse, rights, refusalEffect] = Array(6).fill(text);
  const notice = { name: 'sample', collector, purpose, categories, dataUse, rights, refusalEffect };
  return app.staff.run(async context => (await publishNotice(notice, context)).id);
}
