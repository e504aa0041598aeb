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
  patientId = await addPatient(app);
});

const input = (more: object = {}) => ({
  patientId,
  serviceId: clinic.service,
  practitionerId: clinic.practitioner,
  startsAt: tuesdayAtTen,
  ...more,
});

const booked = async (more: object = {}): Promise<{ id: string; version: number }> =>
  (await app.as('frontDesk').data(book, { input: input(more) })).bookAppointment;

const codeOf = ({ errors }: { errors?: readonly { extensions?: Record<string, unknown> }[] }): unknown =>
  errors?.[0]?.extensions?.['code'];

const slots = `query ($serviceId: ID!, $practitionerId: ID, $from: DateTime!, $to: DateTime!, $first: Int) {
  freeSlots(serviceId: $serviceId, practitionerId: $practitionerId, from: $from, to: $to, first: $first) {
    startsAt endsAt practitionerId locationId roomId
  }
}`;

const freeOnTuesday = async (as = app.as('frontDesk'), practitionerId = clinic.practitioner): Promise<string[]> => {
  const window = { from: '2026-06-02T00:00:00+08:00', to: '2026-06-03T00:00:00+08:00' };
  const { freeSlots } = await as.data(slots, { serviceId: clinic.service, practitionerId, ...window });
  return freeSlots.map(({ startsAt }: { startsAt: string }) => startsAt.slice(11, 16));
};

const change = (name: string, fields = 'status version', type = 'AppointmentInput'): string =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} } }`;

test('a booking takes practitioner, room and place from the schedule, and is read back in one answer', async () => {
  expect(await booked()).toEqual({
    id: expect.any(String),
    status: 'BOOKED',
    version: 1,
    day: '2026-06-02',
    leadDays: 1,
    startsAt: '2026-06-02T02:00:00.000Z',
    endsAt: '2026-06-02T02:30:00.000Z',
    patient: { name: '王小明' },
    practitioner: { name: '林醫師' },
    room: { name: '101' },
    location: { directions: { text: '捷運大安站2號出口' } },
  });
});

test('fifty clients want one slot: exactly one gets it, the others learn that it is taken', async () => {
  const clients = await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      // Half of them name the other practitioner, whom the schedule puts into the same room.
      const practitionerId = index % 2 ? clinic.practitioner : clinic.otherPractitioner;
      return app.as('frontDesk').query(book, { input: input({ practitionerId }) });
    }),
  );
  const codes = clients.map(codeOf);
  expect(codes.filter(code => code === undefined)).toHaveLength(1);
  expect(codes.filter(code => code === 'SLOT_TAKEN')).toHaveLength(49);
});

test('overlapping times and rooms in mixed order store no overlap, and nobody sees a deadlock', async () => {
  const attempts = Array.from({ length: 60 }, (_, index) => ({
    practitionerId: index % 2 ? clinic.practitioner : clinic.otherPractitioner,
    roomId: index % 3 ? clinic.room : clinic.otherRoom,
    startsAt: new Date(Date.parse(tuesdayAtTen) + (index % 5) * 10 * 60_000).toISOString(),
  }));
  const answers = await Promise.all(attempts.map(more => app.as('frontDesk').query(book, { input: input(more) })));
  expect(new Set(answers.map(codeOf))).toEqual(new Set([undefined, 'SLOT_TAKEN']));
  const overlaps = await app.staff.run(({ em }) =>
    em.execute(`select 1 from appointment a join appointment b on a.id < b.id
      and (a.practitioner_id = b.practitioner_id or a.room_id = b.room_id)
      and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)`),
  );
  expect(overlaps).toEqual([]);
});

test('two appointments that change places at once both end somewhere', async () => {
  const [here, there] = [await booked(), await booked({ startsAt: '2026-06-02T11:00:00+08:00' })];
  const move = change('rescheduleAppointment', 'id', 'RescheduleAppointmentInput');
  const answers = await Promise.all([
    app.as('frontDesk').query(move, { input: { id: here.id, startsAt: '2026-06-02T11:00:00+08:00' } }),
    app.as('frontDesk').query(move, { input: { id: there.id, startsAt: tuesdayAtTen } }),
  ]);
  expect(answers.map(codeOf)).toEqual(['SLOT_TAKEN', 'SLOT_TAKEN']);
});

describe('free slots', () => {
  const all = ['01:00', '01:30', '02:00', '02:30', '03:00', '03:30'];

  test('are the schedule’s, less what is taken of the practitioner or the room', async () => {
    expect(await freeOnTuesday()).toEqual(all);
    await booked();
    const rest = all.filter(time => time !== '02:00');
    expect(await freeOnTuesday()).toEqual(rest);
    expect(await freeOnTuesday(app.as('frontDesk'), clinic.otherPractitioner)).toEqual(rest);
  });

  test('are the true ones for a patient, who sees no appointment of another', async () => {
    await booked();
    const other = await addPatient(app, { name: '陳美玲' });
    const asOther = app.as('patient', { patientIds: [other] });
    expect(await freeOnTuesday(asOther)).toEqual(all.filter(time => time !== '02:00'));
    expect((await asOther.data('{ appointments { totalCount nodes { id } } }')).appointments).toEqual({
      totalCount: 0,
      nodes: [],
    });
  });

  test('are free again after a cancellation, and begin after now', async () => {
    const { id } = await booked();
    await app.as('frontDesk').data(change('cancelAppointment', 'status', 'CancelAppointmentInput'), { input: { id } });
    expect(await freeOnTuesday()).toEqual(all);
    app.clock.set('2026-06-02T10:15:00+08:00');
    expect(await freeOnTuesday()).toEqual(['02:30', '03:00', '03:30']);
  });

  test.each([
    [{ first: 0 }, 'first'],
    [{ first: 3_000_000 }, 'first'],
    [{ to: '2026-06-01T00:00:00+08:00' }, 'to'],
    [{ to: '2026-09-01T00:00:00+08:00' }, 'to'],
  ])('refuse %j', async (more, field) => {
    const window = { from: '2026-06-02T00:00:00+08:00', to: '2026-06-03T00:00:00+08:00' };
    const { errors } = await app.as('patient').query(slots, { serviceId: clinic.service, ...window, ...more });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('a patient', () => {
  const asPatient = () => app.as('patient', { patientIds: [patientId] });

  test('books one of the free slots, confirms, moves and cancels it', async () => {
    const { bookAppointment } = await asPatient().data(book, { input: input() });
    const { id } = bookAppointment;
    const confirmed = await asPatient().data(change('confirmAppointment'), { input: { id, expectedVersion: 1 } });
    expect(confirmed.confirmAppointment).toEqual({ status: 'CONFIRMED', version: 2 });
    const move = change('rescheduleAppointment', 'status version confirmedAt', 'RescheduleAppointmentInput');
    const moved = await asPatient().data(move, { input: { id, startsAt: '2026-06-02T11:30:00+08:00' } });
    expect(moved.rescheduleAppointment).toEqual({ status: 'BOOKED', version: 3, confirmedAt: null });
    const cancel = change('cancelAppointment', 'status cancellationReason', 'CancelAppointmentInput');
    const cancelled = await asPatient().data(cancel, { input: { id, reason: '出國' } });
    expect(cancelled.cancelAppointment).toEqual({ status: 'CANCELLED', cancellationReason: '出國' });
  });

  test.each(['2026-06-02T13:00:00+08:00', '2026-06-07T10:00:00+08:00'])(
    'cannot book at %s, outside the hours',
    async startsAt => {
      expect(codeOf(await asPatient().query(book, { input: input({ startsAt }) }))).toBe('BAD_USER_INPUT');
      expect(codeOf(await app.as('frontDesk').query(book, { input: input({ startsAt }) }))).toBeUndefined();
    },
  );

  test('can neither book for another nor touch the appointment of another, which answers as an unknown one', async () => {
    const other = await addPatient(app, { name: '陳美玲' });
    const { id } = await booked({ patientId: other });
    const answers = await Promise.all([
      asPatient().query(book, { input: input({ patientId: other }) }),
      asPatient().query(change('confirmAppointment'), { input: { id } }),
      asPatient().query('query ($id: ID!) { appointment(id: $id) { id } }', { id }),
      asPatient().query('query ($id: ID!) { appointment(id: $id) { id } }', {
        id: '00000000-0000-7000-8000-000000000000',
      }),
      asPatient().query('query ($id: ID!) { appointment(id: $id) { id } }', { id: 'nonsense' }),
    ]);
    expect(answers.map(codeOf)).toEqual(Array(5).fill('NOT_FOUND'));
    expect(answers[2]!.errors![0]!.message).toBe(answers[3]!.errors![0]!.message);
    expect(answers[4]!.errors![0]!.message).toBe(answers[3]!.errors![0]!.message);
  });

  test('may not check in or record a no-show', async () => {
    const { id } = await booked();
    for (const name of ['checkInAppointment', 'recordNoShow']) {
      expect(codeOf(await asPatient().query(change(name), { input: { id } }))).toBe('FORBIDDEN');
    }
  });
});

test('a patient booked a service with somebody who does not offer it, past the free times', async () => {
  await app.staff.run(({ em, clinicId }) =>
    em.execute('insert into practitioner_service (clinic_id, practitioner_id, service_id) values (?, ?, ?)', [
      ...[clinicId, clinic.otherPractitioner, clinic.service],
    ]),
  );
  const patient = app.as('patient', { patientIds: [patientId] });
  expect(await patient.query(book, { input: input() })).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'input.practitionerId' } }],
  });
  const { bookAppointment } = await patient.data(book, { input: input({ practitionerId: clinic.otherPractitioner }) });
  const moved = { id: bookAppointment.id, practitionerId: clinic.practitioner, startsAt: '2026-06-02T11:00:00+08:00' };
  const move = change('rescheduleAppointment', 'practitioner { name }', 'RescheduleAppointmentInput');
  expect(codeOf(await patient.query(move, { input: moved }))).toBe('BAD_USER_INPUT');
  const { rescheduleAppointment } = await app.as('frontDesk').data(move, { input: moved });
  expect(rescheduleAppointment.practitioner.name).toBe('林醫師');
});

describe('an appointment', () => {
  test('is changed by one of two who read the same version', async () => {
    const { id, version } = await booked();
    const answers = await Promise.all(
      [1, 2].map(() =>
        app.as('frontDesk').query(change('checkInAppointment'), { input: { id, expectedVersion: version } }),
      ),
    );
    expect(answers.map(codeOf).toSorted()).toEqual(['CONFLICT', undefined]);
  });

  test('that is confirmed stays as it is when it is confirmed again', async () => {
    const { id } = await booked();
    const confirm = () => app.as('frontDesk').data(change('confirmAppointment'), { input: { id } });
    expect(await confirm()).toEqual(await confirm());
  });

  test('that is cancelled cannot be confirmed, moved or kept', async () => {
    const { id } = await booked();
    await app.as('frontDesk').data(change('cancelAppointment', 'id', 'CancelAppointmentInput'), { input: { id } });
    for (const name of ['confirmAppointment', 'checkInAppointment']) {
      expect(codeOf(await app.as('frontDesk').query(change(name), { input: { id } }))).toBe('CONFLICT');
    }
  });

  test('is missed only once it has begun, and a late arrival is one after all', async () => {
    const { id } = await booked();
    expect(codeOf(await app.as('frontDesk').query(change('recordNoShow'), { input: { id } }))).toBe('CONFLICT');
    app.clock.set('2026-06-02T10:20:00+08:00');
    expect((await app.as('frontDesk').data(change('recordNoShow'), { input: { id } })).recordNoShow.status).toBe(
      'NO_SHOW',
    );
    expect(
      (await app.as('frontDesk').data(change('checkInAppointment'), { input: { id } })).checkInAppointment.status,
    ).toBe('ARRIVED');
  });

  test.each([
    ['2026-06-01T08:00:00+08:00', 'input.startsAt'],
    ['2029-06-01T10:00:00+08:00', 'input.startsAt'],
  ])('cannot be booked at %s', async (startsAt, field) => {
    const { errors } = await app.as('frontDesk').query(book, { input: input({ startsAt }) });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  test('cannot name a practitioner, service or room of another clinic', async () => {
    const elsewhere = await furnish(app, await app.addClinic('elsewhere'));
    for (const more of [
      { practitionerId: elsewhere.practitioner },
      { serviceId: elsewhere.service },
      { roomId: elsewhere.room },
    ]) {
      expect(codeOf(await app.as('owner').query(book, { input: input(more) }))).toBe('NOT_FOUND');
    }
  });
});

test('who follows sees each change with its cursor, in order, and only of the wanted practitioner', async () => {
  const follow = (filter: object) =>
    app.as('frontDesk').subscribe(
      `subscription ($filter: AppointmentChangeFilter) {
        appointmentChanged(filter: $filter) { cursor change appointment { id status patient { name } } }
      }`,
      { filter },
    );
  const mine = await follow({ practitionerId: [clinic.practitioner] });
  const others = await follow({ practitionerId: [clinic.otherPractitioner] });
  const { id } = await booked();
  await app.as('frontDesk').data(change('confirmAppointment'), { input: { id } });
  await app.as('frontDesk').data(change('rescheduleAppointment', 'id', 'RescheduleAppointmentInput'), {
    input: { id, startsAt: tuesdayAtTen, practitionerId: clinic.otherPractitioner },
  });
  const seen = [];
  for (let index = 0; index < 3; index++) seen.push((await mine.next()).appointmentChanged);
  expect(seen.map(({ change }) => change)).toEqual(['BOOKED', 'CONFIRMED', 'RESCHEDULED']);
  expect(seen[0].appointment).toMatchObject({ id, patient: { name: '王小明' } });
  expect((await others.next()).appointmentChanged.change).toBe('RESCHEDULED');
});
