import { Appointment, Patient, Practitioner, rescheduleAppointment, Service } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { openApp, openClinic } from './clinic.ts';
import { remindersOf, sentSubjects, summary, type Seen } from './seen.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

const setOffsets = `mutation ($offsets: [ReminderOffset!]!) {
  updateSettings(input: { recall: { reminderOffsets: $offsets } }) { recall { reminderOffsets } }
}`;

describe('planned when an appointment is booked', () => {
  it('reminds three days, a day and an hour before', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    const reminders = await remindersOf(clinic, id);
    expect(summary(reminders)).toEqual(['P3D PLANNED', 'P1D PLANNED', 'PT1H PLANNED']);
    expect(reminders.map(({ dueAt }) => dueAt)).toEqual([
      '2026-06-07T02:30:00.000Z',
      '2026-06-09T02:30:00.000Z',
      '2026-06-10T01:30:00.000Z',
    ]);
  });

  it('sends each once, when it is due and not before', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    app.mails.length = 0;
    for (const [at, count] of [
      ['2026-06-07T10:29+08:00', 0],
      ['2026-06-07T10:30+08:00', 1],
      ['2026-06-09T10:30+08:00', 2],
      ['2026-06-10T09:30+08:00', 3],
      ['2026-06-12T00:00+08:00', 3],
    ] as const) {
      app.clock.set(at);
      await app.settle();
      expect([at, clinic.mails().length]).toEqual([at, count]);
    }
    expect(summary(await remindersOf(clinic, id))).toEqual(['P3D SENT', 'P1D SENT', 'PT1H SENT']);
    expect(new Set(clinic.mails().map(({ messageId }) => messageId)).size).toBe(3);
  });

  it('skips the offsets that have passed for a late booking, and says so', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-01T10:02+08:00');
    await app.settle();
    expect(summary(await remindersOf(clinic, id))).toEqual([
      'P3D SKIPPED OFFSET_PASSED',
      'P1D SKIPPED OFFSET_PASSED',
      'PT1H PLANNED',
    ]);
    app.clock.advance({ minutes: 2 });
    await app.settle();
    expect(sentSubjects(clinic)).toEqual(['預約成功', '預約提醒']);
  });

  it('keeps the hour of the day when the clocks change in between', async () => {
    const clinic = await openClinic({ at: '2026-03-01T09:00-05:00', timeZone: 'America/New_York' });
    const { app } = clinic;
    const id = await clinic.book('2026-03-09T09:00-04:00');
    await app.settle();
    expect((await remindersOf(clinic, id)).map(({ dueAt }) => dueAt)).toEqual([
      '2026-03-06T14:00:00.000Z',
      '2026-03-08T13:00:00.000Z',
      '2026-03-09T12:00:00.000Z',
    ]);
  });

  it('takes the offsets from the clinic’s settings', async () => {
    const clinic = await openClinic();
    const { app } = clinic;
    await app.staff.data(setOffsets, { offsets: ['P7D', 'PT2H', 'PT2H'] });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    expect(summary(await remindersOf(clinic, id))).toEqual(['P7D PLANNED', 'PT2H PLANNED']);
  });

  it('refuses an offset that is none', async () => {
    const { errors } = await app.staff.query(setOffsets, { offsets: ['P1M'] });
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it('refuses more offsets than anyone can bear', async () => {
    const offsets = Array.from({ length: 11 }, (_, index) => `P${index + 1}D`);
    const { errors } = await app.staff.query(setOffsets, { offsets });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.recall.reminderOffsets' });
  });
});

describe('what staff see', () => {
  it('lists the reminders that are due in a time, the first due ones first', async () => {
    const clinic = await openClinic({ app });
    const ids = [await clinic.book('2026-06-10T10:30+08:00'), await clinic.book('2026-06-09T10:30+08:00')];
    await app.settle();
    const { reminders } = await app.as('frontDesk').data(
      `query ($ids: [ID!]) { reminders(first: 10, filter: {
          appointmentId: $ids, dueAt: { from: "2026-06-08T00:00:00+08:00", to: "2026-06-10T00:00:00+08:00" }
        }) { totalCount nodes { offset dueAt state appointment { startsAt } } } }`,
      { ids },
    );
    expect(reminders.totalCount).toBe(3);
    expect(reminders.nodes.map(({ offset, dueAt }: Seen) => [offset, dueAt])).toEqual([
      ['P1D', '2026-06-08T02:30:00.000Z'],
      ['PT1H', '2026-06-09T01:30:00.000Z'],
      ['P1D', '2026-06-09T02:30:00.000Z'],
    ]);
  });

  it('is not for a marketer', async () => {
    const { errors } = await app.as('marketer').query('{ reminders { nodes { id } } }');
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});

it('an imported appointment is reminded of only once it moves', async () => {
  const clinic = await openClinic({ app });
  const id = await app.staff.run(async ({ em, now }) => {
    const imported = em.create(Appointment, {
      patient: em.getReference(Patient, clinic.patientId),
      practitioner: em.getReference(Practitioner, clinic.practitionerId),
      service: em.getReference(Service, clinic.serviceId),
      day: '2026-06-10',
      startsAt: new Date('2026-06-10T10:30+08:00'),
      endsAt: new Date('2026-06-10T11:00+08:00'),
      bookedAt: now,
      leadDays: 9,
      status: 'BOOKED',
      source: 'noshow',
      externalId: '1',
    });
    await em.flush();
    return imported.id;
  });
  await app.settle();
  expect(await remindersOf(clinic, id)).toEqual([]);
  await app.staff.run(context => rescheduleAppointment({ id, startsAt: new Date('2026-06-12T10:30+08:00') }, context));
  await app.settle();
  expect(summary(await remindersOf(clinic, id))).toEqual(['P3D PLANNED', 'P1D PLANNED', 'PT1H PLANNED']);
});
