import { Appointment, core, Patient, Visit } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from './fixture.ts';

const move = 'mutation ($input: ChangeTimeZoneInput!) { changeTimeZone(input: $input) { timeZone } }';
const days = '{ appointments { nodes { day leadDays } } }';

let app: TestApp;
beforeEach(async () => (app = await createTestApp({ plugins: [core] })));

const appointmentAt = (startsAt: string, patientId: string): Promise<unknown> =>
  app.staff.run(async ({ em }) =>
    em.create(Appointment, {
      patient: em.getReference(Patient, patientId),
      day: startsAt.slice(0, 10),
      startsAt: new Date(startsAt),
      endsAt: new Date(Date.parse(startsAt) + 1_800_000),
      bookedAt: new Date('2026-05-01T09:00+08:00'),
      leadDays: 1,
      status: 'BOOKED',
    }),
  );

test('another time zone gives appointments to come their days there, and leaves those that are over', async () => {
  const patientId = await addPatient(app);
  await appointmentAt('2026-05-20T08:00:00+08:00', patientId);
  await appointmentAt('2026-06-20T08:00:00+08:00', patientId);
  await app.as('owner').data(move, { input: { timeZone: 'America/New_York' } });
  const { appointments } = await app.as('owner').data(days);
  expect(appointments.nodes).toEqual([
    { day: '2026-05-20', leadDays: 1 },
    { day: '2026-06-19', leadDays: 50 },
  ]);
});

test('visits count by the days of the new zone', async () => {
  const patientId = await addPatient(app);
  await app.staff.run(async ({ em }) => {
    const startedAt = new Date('2026-05-20T08:00+08:00');
    const patient = em.getReference(Patient, patientId);
    em.create(Visit, { patient, status: 'COMPLETED', startedAt, completedAt: startedAt, currency: 'TWD' });
  });
  await app.as('owner').data(move, { input: { timeZone: 'America/New_York' } });
  await app.settle();
  const { patient } = await app
    .as('owner')
    .data('query ($id: ID!) { patient(id: $id) { statistics { lastVisitOn } } }', { id: patientId });
  expect(patient.statistics.lastVisitOn).toBe('2026-05-19');
});

test('a zone that does not exist is refused, and nothing is written; only the owner may move the clinic', async () => {
  const { errors } = await app.as('owner').query(move, { input: { timeZone: 'Mars/Olympus' } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.timeZone' });
  const refused = await app.as('frontDesk').query(move, { input: { timeZone: 'Asia/Tokyo' } });
  expect(refused.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  expect((await app.as('owner').data('{ clinic { timeZone } }')).clinic.timeZone).toBe('Asia/Taipei');
});
