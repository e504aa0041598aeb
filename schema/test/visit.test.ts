import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { addPatient, book, furnish, tuesdayAtTen, type ClinicFixture } from './fixture.ts';

let app: TestApp;
let clinic: ClinicFixture;
let patientId: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
});

beforeEach(async () => {
  app.clock.set('2026-06-01T09:00:00+08:00');
  clinic = await furnish(app);
  patientId = await addPatient(app, { birthDate: '1985-03-09' });
});

const start = `mutation ($input: StartVisitInput!) {
  startVisit(input: $input) { id status version currency department { code } appointment { id status } patient { name } }
}`;
const complete = `mutation ($input: CompleteVisitInput!) {
  completeVisit(input: $input) { status completedAt amount procedures { name completedOn amount } appointment { status } }
}`;

const appointment = async (more: object = {}): Promise<string> => {
  const input = {
    patientId,
    serviceId: clinic.service,
    practitionerId: clinic.practitioner,
    startsAt: tuesdayAtTen,
    ...more,
  };
  return (await app.as('frontDesk').data(book, { input })).bookAppointment.id;
};

type Answer = Awaited<ReturnType<ReturnType<TestApp['as']>['query']>>;
const codeOf = ({ errors }: Answer): unknown => errors?.[0]?.extensions?.['code'];

test('a visit follows an appointment, which arrives and is fulfilled with it', async () => {
  const appointmentId = await appointment();
  const follower = await app
    .as('practitioner')
    .subscribe('subscription { visitChanged { change visit { status appointment { status } } } }');
  app.clock.set(tuesdayAtTen);
  const { startVisit } = await app.as('practitioner').data(start, { input: { appointmentId } });
  expect(startVisit).toMatchObject({
    status: 'IN_PROGRESS',
    currency: 'TWD',
    department: { code: expect.stringMatching(/^CARD/) },
    appointment: { id: appointmentId, status: 'ARRIVED' },
    patient: { name: '王小明' },
  });
  const procedures = [
    { name: '心電圖', completedOn: '2026-06-02', amount: 80_000 },
    { name: '抽血', amount: 30_000 },
  ];
  const { completeVisit } = await app.as('practitioner').data(complete, { input: { id: startVisit.id, procedures } });
  expect(completeVisit).toEqual({
    status: 'COMPLETED',
    completedAt: '2026-06-02T02:00:00.000Z',
    amount: 110_000,
    procedures: [
      { name: '心電圖', completedOn: '2026-06-02', amount: 80_000 },
      { name: '抽血', completedOn: null, amount: 30_000 },
    ],
    appointment: { status: 'FULFILLED' },
  });
  expect((await follower.next()).visitChanged.change).toBe('STARTED');
  expect((await follower.next()).visitChanged).toEqual({
    change: 'COMPLETED',
    visit: { status: 'COMPLETED', appointment: { status: 'FULFILLED' } },
  });
});

test('an appointment has one visit, and a visit that is over stays as it is', async () => {
  const appointmentId = await appointment();
  const { startVisit } = await app.as('frontDesk').data(start, { input: { appointmentId } });
  expect(codeOf(await app.as('frontDesk').query(start, { input: { appointmentId } }))).toBe('CONFLICT');
  await app.as('frontDesk').data(complete, { input: { id: startVisit.id } });
  expect(codeOf(await app.as('frontDesk').query(complete, { input: { id: startVisit.id } }))).toBe('CONFLICT');
});

test('a patient who just comes is seen too; a patient may not start one', async () => {
  const { startVisit } = await app
    .as('frontDesk')
    .data(start, { input: { patientId, departmentId: clinic.department } });
  expect(startVisit).toMatchObject({ appointment: null, department: { code: expect.stringMatching(/^CARD/) } });
  expect(codeOf(await app.as('frontDesk').query(start, { input: {} }))).toBe('BAD_USER_INPUT');
  expect(codeOf(await app.as('patient', { patientIds: [patientId] }).query(start, { input: { patientId } }))).toBe(
    'FORBIDDEN',
  );
});

test('amounts are not negative', async () => {
  const { startVisit } = await app.as('frontDesk').data(start, { input: { patientId } });
  const input = { id: startVisit.id, procedures: [{ name: '退款', amount: -1 }] };
  const { errors } = await app.as('frontDesk').query(complete, { input });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.procedures.0.amount' });
});

describe('statistics', () => {
  const query = `query ($from: LocalDate!, $to: LocalDate!) {
    appointmentStatistics(from: $from, to: $to) {
      total fulfilled noShow cancelled noShowRate
      byAgeBand { key total noShow noShowRate } byLeadTime { key total noShow } byCondition { key total noShow }
    }
  }`;
  const thursday = { from: '2026-06-04', to: '2026-06-04' };

  beforeAll(async () => {
    app.clock.set('2026-06-01T09:00:00+08:00');
    clinic = await furnish(app);
    patientId = await addPatient(app, { birthDate: '1985-03-09' });
    const old = await addPatient(app, { name: '陳美玲', birthDate: '1950-01-01' });
    const record = 'mutation ($input: RecordConditionInput!) { recordCondition(input: $input) { id } }';
    for (const code of ['I10', 'E11']) await app.as('owner').data(record, { input: { patientId: old, code } });
    const kept = await appointment({ startsAt: '2026-06-04T10:00:00+08:00' });
    const missed = await appointment({ patientId: old, startsAt: '2026-06-04T11:00:00+08:00' });
    await appointment({ startsAt: '2026-06-04T11:30:00+08:00' });
    await appointment({ startsAt: '2026-06-05T11:30:00+08:00' });
    app.clock.set('2026-06-04T12:00:00+08:00');
    const { startVisit } = await app.as('frontDesk').data(start, { input: { appointmentId: kept } });
    await app.as('frontDesk').data(complete, { input: { id: startVisit.id } });
    await app.as('frontDesk').data('mutation ($id: ID!) { recordNoShow(input: { id: $id }) { id } }', { id: missed });
  });

  test('count what was kept and missed, by age, lead time and condition', async () => {
    const { appointmentStatistics } = await app.as('owner').data(query, thursday);
    expect(appointmentStatistics).toEqual({
      total: 3,
      fulfilled: 1,
      noShow: 1,
      cancelled: 0,
      noShowRate: 0.5,
      byAgeBand: [
        { key: '35-49', total: 2, noShow: 0, noShowRate: 0 },
        { key: '65+', total: 1, noShow: 1, noShowRate: 1 },
      ],
      byLeadTime: [{ key: '1-3', total: 3, noShow: 1 }],
      byCondition: [
        { key: 'NONE', total: 2, noShow: 0 },
        { key: 'E11', total: 1, noShow: 1 },
        { key: 'I10', total: 1, noShow: 1 },
      ],
    });
  });

  test('keep conditions from the front desk', async () => {
    const { data, errors } = await app.as('frontDesk').query(query, thursday);
    expect(data.appointmentStatistics).toMatchObject({ total: 3, byCondition: null });
    expect(errors!.map(({ extensions }) => extensions!['code'])).toEqual(['FORBIDDEN']);
  });

  test('of days without appointments are empty, and of too many days refused', async () => {
    const none = await app.as('owner').data(query, { from: '2020-01-01', to: '2020-01-31' });
    expect(none.appointmentStatistics).toMatchObject({ total: 0, noShowRate: null, byAgeBand: [] });
    for (const window of [
      { from: '2000-01-01', to: '2026-01-01' },
      { from: '2026-06-02', to: '2026-06-01' },
    ]) {
      expect(codeOf(await app.as('owner').query(query, window))).toBe('BAD_USER_INPUT');
    }
  });
});

describe('a visit that was paid', () => {
  const refund = `mutation ($input: RefundVisitInput!) { refundVisit(input: $input) { amount refundedAmount status version } }`;
  const cancel = `mutation ($input: CancelVisitInput!) { cancelVisit(input: $input) { status completedAt } }`;
  let id: string;

  beforeEach(async () => {
    id = (await app.as('frontDesk').data(start, { input: { patientId } })).startVisit.id;
    await app.as('frontDesk').data(complete, { input: { id, amount: 110_000 } });
  });

  const pay = (input: object, role: 'frontDesk' | 'practitioner' = 'frontDesk'): Promise<any> =>
    app.as(role).query(refund, { input: { id, ...input } });

  test('is paid back in parts, and never more than it cost', async () => {
    const live = await app
      .as('frontDesk')
      .subscribe('subscription { visitChanged { change visit { refundedAmount } } }');
    expect((await pay({ amount: 30_000 })).data?.refundVisit.refundedAmount).toBe(30_000);
    // Before the next part is paid back: an event shows the visit as it is when the event is delivered.
    expect((await live.next()).visitChanged).toEqual({ change: 'REFUNDED', visit: { refundedAmount: 30_000 } });
    expect(codeOf(await pay({ amount: 80_001 }))).toBe('CONFLICT');
    expect((await pay({})).data?.refundVisit).toMatchObject({ amount: 110_000, refundedAmount: 110_000 });
    expect(codeOf(await pay({}))).toBe('CONFLICT');
  });

  test('is paid back once by two who ask for all of it at once', async () => {
    const answers = await Promise.all([pay({ amount: 110_000 }), pay({ amount: 110_000 })]);
    expect(answers.map(codeOf).filter(Boolean)).toEqual(['CONFLICT']);
  });

  test('takes no amount below 1, and no stale version', async () => {
    for (const amount of [0, -1]) expect(codeOf(await pay({ amount }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await pay({ amount: 1, expectedVersion: 1 }))).toBe('CONFLICT');
  });

  test('is paid back, and cancelled once it is over, by those who have the right to', async () => {
    expect(codeOf(await pay({ amount: 1 }, 'practitioner'))).toBe('FORBIDDEN');
    expect(codeOf(await app.as('practitioner').query(cancel, { input: { id } }))).toBe('CONFLICT');
  });

  test('counts no more once it turns out to be a mistake', async () => {
    const read = 'query ($id: ID!) { patient(id: $id) { lastVisitAt statistics { visits } } }';
    const before = await app.as('frontDesk').data(read, { id: patientId });
    expect(before.patient.lastVisitAt).not.toBeNull();
    const { cancelVisit } = await app.as('frontDesk').data(cancel, { input: { id } });
    expect(cancelVisit).toEqual({ status: 'CANCELLED', completedAt: null });
    const { patient } = await app.as('frontDesk').data(read, { id: patientId });
    expect(patient).toEqual({ lastVisitAt: null, statistics: { visits: 0 } });
    expect(codeOf(await pay({ amount: 1 }))).toBe('CONFLICT');
  });
});
