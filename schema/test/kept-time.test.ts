import { answer, definePlugin } from 'clinic-rapport';
import { core, keptTimes, type KeptTimeAsked } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient, book, furnish, tuesdayAtTen, type ClinicFixture } from './fixture.ts';

let app: TestApp;
let clinic: ClinicFixture;
let guest: string;
let member: string;
let asked: KeptTimeAsked[] = [];

/** Keeps an hour of every morning of the first practitioner for one patient. */
const keeper = definePlugin({
  name: 'keeper',
  version: '1.0.0',
  requires: { core: '^1.0.0' },
  answers: [
    answer(keptTimes, async given => {
      asked.push(given);
      const startsAt = new Date(tuesdayAtTen);
      const kept = { startsAt, endsAt: new Date(startsAt.getTime() + 3_600_000), practitionerId: clinic.practitioner };
      return given.patientId === member ? [] : [kept];
    }),
  ],
});

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, keeper] });
  clinic = await furnish(app);
  guest = await addPatient(app);
  member = await addPatient(app);
});
beforeEach(() => (asked = []));

const slots = `query ($serviceId: ID!, $practitionerId: ID, $patientId: ID, $from: DateTime!, $to: DateTime!) {
  freeSlots(serviceId: $serviceId, practitionerId: $practitionerId, patientId: $patientId, from: $from, to: $to) { startsAt }
}`;

const hours = async (who: ReturnType<TestApp['as']>, more: object = {}): Promise<string[]> => {
  const window = { from: '2026-06-02T09:00:00+08:00', to: '2026-06-02T12:00:00+08:00' };
  const given = { serviceId: clinic.service, practitionerId: clinic.practitioner, ...window, ...more };
  const { freeSlots } = await who.data(slots, given);
  return freeSlots.map(({ startsAt }: { startsAt: string }) => new Date(startsAt).toISOString().slice(11, 16));
};

const patient = (id: string) => app.as('patient', { patientIds: [id] });
const all = ['01:00', '01:30', '02:00', '02:30', '03:00', '03:30'];
const rest = ['01:00', '01:30', '03:00', '03:30'];

test('what is kept for others is not offered to a patient, and to staff only if they ask for nobody', async () => {
  expect(await hours(patient(guest))).toEqual(rest);
  expect(await hours(patient(member))).toEqual(all);
  expect(await hours(app.as('frontDesk'))).toEqual(all);
  expect(await hours(app.as('frontDesk'), { patientId: guest })).toEqual(rest);
  expect(await hours(app.as(['clinic.read'], { patientIds: [] }))).toEqual(rest);
});

test('other practitioners are free at that time, and it is asked once for the whole window', async () => {
  expect(await hours(patient(guest), { practitionerId: clinic.otherPractitioner })).toEqual(all);
  expect(asked).toHaveLength(1);
});

test('nobody books past it, and moves no appointment there; staff do', async () => {
  const input = {
    patientId: guest,
    serviceId: clinic.service,
    practitionerId: clinic.practitioner,
    startsAt: tuesdayAtTen,
  };
  const refused = await patient(guest).query(book, { input });
  expect(refused.errors?.[0]?.extensions?.['code']).toBe('SLOT_TAKEN');
  const { bookAppointment } = await patient(guest).data(book, {
    input: { ...input, startsAt: '2026-06-02T09:00:00+08:00' },
  });
  const move =
    'mutation ($id: ID!, $at: DateTime!) { rescheduleAppointment(input: { id: $id, startsAt: $at }) { id } }';
  const moved = await patient(guest).query(move, { id: bookAppointment.id, at: tuesdayAtTen });
  expect(moved.errors?.[0]?.extensions?.['code']).toBe('SLOT_TAKEN');
  await app.as('frontDesk').data(move, { id: bookAppointment.id, at: tuesdayAtTen });
});
