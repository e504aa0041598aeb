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

test('what visits added up, one by one or many at once, is what a count of them all says', async () => {
  const other = await addPatient(app);
  const dates = Array.from(
    { length: 30 },
    (_, at) => `2026-0${1 + (at % 5)}-${String(1 + ((at * 7) % 28)).padStart(2, '0')}`,
  );
  for (const day of dates.slice(0, 5)) await visit(day);
  await app.staff.run(async ({ em, clinicId }) => {
    await em.execute(
      `insert into visit (clinic_id, id, patient_id, department_id, status, started_at, completed_at, currency)
       select ?, gen_random_uuid(), case when n % 4 = 0 then ?::uuid else ?::uuid end,
         (select id from department where code = 'CARD'), case when n % 5 = 0 then 'IN_PROGRESS' else 'COMPLETED' end,
         day::timestamptz, case when n % 5 = 0 then null else now() end, 'TWD'
       from unnest(?::text[]) with ordinality due (day, n)`,
      [clinicId, other, patientId, `{${dates.slice(5).join(',')}}`],
    );
  });
  const kept = (): Promise<unknown[]> =>
    app.staff.run(({ em }) =>
      em.execute(
        `select s.patient_id, s.visits, s.first_visit_on, s.last_visit_on, s.recent_visits::text, d.visits as there,
           d.last_visit_on as last_there
         from patient_statistics s left join patient_department d on d.patient_id = s.patient_id
         where s.patient_id in (?, ?) order by s.patient_id`,
        [patientId, other],
      ),
    );
  const added = await kept();
  expect(added).toMatchObject([
    { visits: 20, there: 20 },
    { visits: 5, there: 5 },
  ]);
  await app.staff.run(({ em, clinicId }) =>
    em.execute('select refresh_patient_statistics(?, array[?, ?]::uuid[])', [clinicId, patientId, other]),
  );
  expect(await kept()).toEqual(added);
});

test('a department that none of the visits was in any more is forgotten', async () => {
  await visit('2026-03-02', { code: 'DERM' });
  const last = await visit('2026-05-04', { code: 'CARD' });
  const where = { fact: { fact: 'visit.departments', oneOf: ['CARD'] } };
  const isAmong = async (): Promise<boolean> => {
    const document = `query ($id: ID!, $where: PredicateInput!) { patientMatch(patientId: $id, where: $where) { matches } }`;
    return (await app.as('owner').data(document, { id: patientId, where })).patientMatch.matches;
  };
  expect(await isAmong()).toBe(true);
  await app.staff.run(({ em }) => em.nativeDelete(Visit, { id: last }));
  expect(await isAmong()).toBe(false);
  expect((await chartOf()).statistics).toEqual({ visits: 1, firstVisitOn: '2026-03-02', lastVisitOn: '2026-03-02' });
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
