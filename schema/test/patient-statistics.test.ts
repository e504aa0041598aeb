import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { Condition, core, Department, Patient, Visit } from 'clinic-rapport/schema';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;

beforeAll(async () => (app = await createTestApp({ plugins: [core] })));
beforeEach(async () => {
  app.clock.set('2026-06-01T09:00:00+08:00');
  patientId = await addPatient(app);
});

const visit = (day: string, { of = patientId, code = 'CARD', status = 'COMPLETED' } = {}): Promise<string> =>
  app.staff.run(async ({ em }) => {
    const startedAt = new Date(`${day}T00:30:00+08:00`);
    const department =
      (await em.findOne(Department, { code })) ?? em.create(Department, { code, name: { 'zh-Hant': code } });
    const { id } = em.create(Visit, {
      patient: em.getReference(Patient, of),
      department,
      status: status as 'COMPLETED',
      startedAt,
      completedAt: status === 'COMPLETED' ? startedAt : null,
      currency: 'TWD',
    });
    return id;
  });

const chart = `query ($id: ID!) { patient(id: $id) { category statistics { visits firstVisitOn lastVisitOn } } }`;
const chartOf = async (id = patientId): Promise<any> => (await app.as('owner').data(chart, { id })).patient;

test('visits count by the clinic’s calendar once they are completed, and no more once they are not', async () => {
  expect(await chartOf()).toEqual({ category: 'NEW', statistics: null });
  await visit('2026-05-20', { status: 'IN_PROGRESS' });
  expect((await chartOf()).statistics).toBeNull();
  const first = await visit('2026-03-02');
  await visit('2026-05-04');
  const both = { visits: 2, firstVisitOn: '2026-03-02', lastVisitOn: '2026-05-04' };
  expect((await chartOf()).statistics).toEqual(both);
  await app.staff.run(async ({ em }) => {
    const wrong = await em.findOneOrFail(Visit, { id: first });
    wrong.status = 'CANCELLED';
    wrong.completedAt = null;
  });
  expect((await chartOf()).statistics).toEqual({ visits: 1, firstVisitOn: '2026-05-04', lastVisitOn: '2026-05-04' });
});

test('of twenty visits that are completed at once none is left out', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, at) => visit(`2026-05-${String(at + 1).padStart(2, '0')}`)));
  expect((await chartOf()).statistics).toEqual({ visits: 20, firstVisitOn: '2026-05-01', lastVisitOn: '2026-05-20' });
});

test.each<[string, string[], string | null, string]>([
  ['one visit is a first consult', ['2026-05-20'], null, 'FIRST_CONSULT'],
  ['two visits are occasional', ['2026-01-10', '2026-05-20'], null, 'OCCASIONAL'],
  ['three visits within a year are regular', ['2025-06-01', '2026-01-10', '2026-05-20'], null, 'REGULAR'],
  ['three visits over more than a year are not', ['2025-05-31', '2026-01-10', '2026-05-20'], null, 'OCCASIONAL'],
  ['no visit for eighteen months is lapsed', ['2024-11-30'], 'E11.9', 'LAPSED'],
  ['none for a day less is not', ['2024-12-01'], null, 'FIRST_CONSULT'],
  ['diabetes is chronic', ['2026-05-20'], 'E11.9', 'CHRONIC'],
  ['a cold is not', ['2026-05-20'], 'J00', 'FIRST_CONSULT'],
])('category: %s', async (_, days, code, category) => {
  for (const day of days) await visit(day);
  if (code)
    await app.staff.run(async ({ em, now }) => {
      em.create(Condition, { patient: em.getReference(Patient, patientId), code, recordedAt: now });
    });
  expect((await chartOf()).category).toBe(category);
});

test('who may not see diagnoses does not see the category', async () => {
  const { data, errors } = await app.as('frontDesk').query(chart, { id: patientId });
  expect(data).toMatchObject({ patient: { category: null } });
  expect(errors).toMatchObject([{ path: ['patient', 'category'], extensions: { code: 'FORBIDDEN' } }]);
});

test('settings that make no sense are refused', async () => {
  const update = `mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { core { regularVisits } } }`;
  for (const wrong of [{ regularVisits: 1 }, { lapsedAfterMonths: 0 }, { chronicConditions: ['%'] }]) {
    const { errors } = await app.as('owner').query(update, { input: { core: wrong } });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', field: `input.core.${Object.keys(wrong)[0]}` } },
    ]);
  }
});
