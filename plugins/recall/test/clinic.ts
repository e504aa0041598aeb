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
} from 'clinic-rapport/schema';
import { createTestApp, type ReceivedMail, type TestApp, type TestAppOptions } from 'clinic-rapport/testing';
import recall from '../index.ts';

/** One practitioner, who works every day from 08:00 to 20:00, and one patient with a verified address. */
export interface Clinic {
  readonly app: TestApp;
  readonly patientId: string;
  readonly practitionerId: string;
  readonly serviceId: string;
  /** Books for the patient, as the front desk does; answers the id. */
  book(startsAt: string): Promise<string>;
  /** What the patient has received. */
  mails(): ReceivedMail[];
  /** Books for another patient. */
  bookForOther(startsAt: string): Promise<{ id: string; mails(): ReceivedMail[] }>;
}

export interface ClinicOptions {
  /** Furnished once more, with people of its own, and its clock set back; a new one if not given. */
  app?: TestApp;
  language?: Locale;
  /** What the clock shows. */
  at?: string;
  timeZone?: string;
}

export const phone = '+886223456789';
const opened = '2026-06-01T09:00+08:00';
let people = 0;

export const openApp = (options: Partial<TestAppOptions> = {}): Promise<TestApp> =>
  createTestApp({ plugins: [core, recall], at: opened, ...options });

export async function openClinic({
  app: given,
  language = 'zh-Hant',
  at = opened,
  timeZone,
}: ClinicOptions = {}): Promise<Clinic> {
  const app = given ?? (await openApp({ at, timeZone }));
  app.clock.set(at);
  const { practitioner, service } = await app.staff.run(furnish);
  const newcomer = (): Promise<Person> => app.staff.run(context => register(language, context));
  const mailsTo = (address: string): ReceivedMail[] => app.mails.filter(({ to }) => to === address);
  const bookFor = async ({ id: patientId }: Person, startsAt: string): Promise<string> => {
    const booking = { patientId, practitionerId: practitioner.id, serviceId: service.id, startsAt: new Date(startsAt) };
    return (await app.staff.run(context => bookAppointment(booking, context))).id;
  };
  const patient = await newcomer();
  return {
    app,
    patientId: patient.id,
    practitionerId: practitioner.id,
    serviceId: service.id,
    book: startsAt => bookFor(patient, startsAt),
    mails: () => mailsTo(patient.address),
    async bookForOther(startsAt) {
      const other = await newcomer();
      return { id: await bookFor(other, startsAt), mails: () => mailsTo(other.address) };
    },
  };
}

interface Person {
  id: string;
  address: string;
}

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
    code: `HIV-${++people}`,
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

async function register(language: Locale, { em, now }: Context): Promise<Person> {
  const address = `ming-${++people}@example.com`;
  const patient = em.create(Patient, { name: '王小明', language });
  em.create(ContactPoint, { patient, system: 'EMAIL', value: address, verifiedAt: now });
  await em.flush();
  return { id: patient.id, address };
}
