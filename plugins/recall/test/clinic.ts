import type { Context, Locale } from 'clinic-rapport';
import {
  bookAppointment,
  ContactPoint,
  core,
  Location,
  Patient,
  Practitioner,
  Room,
  Schedule,
  Service,
  type Appointment,
} from 'clinic-rapport/schema';
import { createTestApp, type TestApp, type TestAppOptions } from 'clinic-rapport/testing';
import recall from '../index.ts';

/** A clinic with one practitioner, who works every day from 08:00 to 20:00, and one patient with a verified address. */
export interface Clinic {
  readonly app: TestApp;
  readonly patientId: string;
  readonly practitionerId: string;
  readonly serviceId: string;
  /** Books for the patient, as the front desk does; answers the id. */
  book(startsAt: string): Promise<string>;
  /** Another patient, whose verified address is `<name>@example.com`. */
  addPatient(name: string, language?: Locale): Promise<string>;
}

export const phone = '+886223456789';

export async function openClinic(options: Partial<TestAppOptions> & { language?: Locale } = {}): Promise<Clinic> {
  const app = await createTestApp({ plugins: [core, recall], ...options });
  const { practitioner, service } = await app.staff.run(context => furnish(context));
  const addPatient = (name: string, language: Locale = 'zh-Hant'): Promise<string> =>
    app.staff.run(async context => newPatient(name, language, context));
  const patientId = await addPatient('ming', options.language);
  const ids = { patientId, practitionerId: practitioner.id, serviceId: service.id };
  const book = (startsAt: string): Promise<string> => bookFor(app, ids, startsAt);
  return { app, ...ids, book, addPatient };
}

type Booking = { patientId: string; practitionerId: string; serviceId: string };

export const bookFor = async (app: TestApp, booking: Booking, startsAt: string): Promise<string> => {
  const appointment: Appointment = await app.staff.run(context =>
    bookAppointment({ ...booking, startsAt: new Date(startsAt) }, context),
  );
  return appointment.id;
};

async function furnish({ em }: Context): Promise<{ practitioner: Practitioner; service: Service }> {
  const location = em.create(Location, {
    name: { 'zh-Hant': '大安門診', 'zh-Hans': '大安门诊', en: 'Da’an branch' },
    address: { 'zh-Hant': '臺北市大安區和平東路一段 1 號', en: '1 Heping East Road, Taipei' },
    directions: { 'zh-Hant': '捷運古亭站 5 號出口', 'zh-Hans': '地铁古亭站 5 号出口', en: 'Metro Guting, exit 5' },
    parking: { 'zh-Hant': '地下二樓', 'zh-Hans': '地下二层', en: 'Basement, level 2' },
    phone,
  });
  const room = em.create(Room, { location, name: '203' });
  const practitioner = em.create(Practitioner, { name: '林怡君', title: '醫師' });
  const service = em.create(Service, {
    code: 'HIV',
    name: { 'zh-Hant': '愛滋篩檢', en: 'HIV screening' },
    durationMinutes: 30,
  });
  for (const weekday of [1, 2, 3, 4, 5, 6, 7]) {
    const hours = { startTime: '08:00', endTime: '20:00', slotMinutes: 30, validFrom: '2020-01-01' };
    em.create(Schedule, { practitioner, location, room, weekday, ...hours });
  }
  await em.flush();
  return { practitioner, service };
}

async function newPatient(name: string, language: Locale, { em, now }: Context): Promise<string> {
  const patient = em.create(Patient, { name, language });
  em.create(ContactPoint, { patient, system: 'EMAIL', value: `${name}@example.com`, verifiedAt: now });
  await em.flush();
  return patient.id;
}
