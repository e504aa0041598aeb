import {
  Appointment,
  appointmentBooked,
  cancelAppointment,
  confirmAppointment,
  ContactPoint,
  Patient,
  Practitioner,
  rescheduleAppointment,
  Service,
} from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { openApp, openClinic, type Clinic } from './clinic.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

interface Seen {
  offset: string;
  dueAt: string;
  state: string;
  reason: string | null;
  version: number;
}

async function remindersOf({ app }: Clinic, id: string): Promise<Seen[]> {
  const document = 'query ($id: ID!) { appointment(id: $id) { reminders { offset dueAt state reason version } } }';
  const { appointment } = await app.as('frontDesk').data(document, { id });
  return appointment.reminders;
}

const summary = (reminders: Seen[]): string[] =>
  reminders.map(({ offset, state, reason }) => [offset, state, reason].filter(Boolean).join(' '));

const setOffsets = `mutation ($offsets: [ReminderOffset!]!) {
  updateSettings(input: { recall: { reminderOffsets: $offsets } }) { recall { reminderOffsets } }
}`;

const sentSubjects = (clinic: Clinic): string[] => clinic.mails().map(({ subject }) => subject.replace(/[：:].*/, ''));

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
});

describe('bound to the appointment as it was agreed', () => {
  it('replaces the reminders when the appointment moves', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-05T10:30+08:00');
    await app.settle();
    await app.staff.run(context =>
      rescheduleAppointment({ id, startsAt: new Date('2026-06-20T11:00+08:00') }, context),
    );
    await app.settle();
    expect(summary(await remindersOf(clinic, id))).toEqual([
      'P3D PLANNED',
      'P1D PLANNED',
      'PT1H PLANNED',
      'P3D CANCELLED APPOINTMENT_CHANGED',
      'P1D CANCELLED APPOINTMENT_CHANGED',
      'PT1H CANCELLED APPOINTMENT_CHANGED',
    ]);
    app.mails.length = 0;
    app.clock.set('2026-06-05T11:00+08:00');
    await app.settle();
    expect(clinic.mails()).toEqual([]);
    app.clock.set('2026-06-17T11:00+08:00');
    await app.settle();
    expect(clinic.mails().map(({ text }) => text)).toEqual([expect.stringContaining('2026年6月20日')]);
  });

  it('sends no reminder of an appointment that moved a moment ago, before the event is handled', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-05T10:30+08:00');
    await app.settle();
    app.mails.length = 0;
    app.clock.set('2026-06-04T10:30+08:00');
    await app.staff.run(({ em }) =>
      em.execute(
        `update appointment set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day' where id = ?`,
        [id],
      ),
    );
    await app.settle();
    expect(clinic.mails()).toEqual([]);
    expect(summary(await remindersOf(clinic, id))).toEqual([
      'P3D CANCELLED APPOINTMENT_CHANGED',
      'P1D CANCELLED APPOINTMENT_CHANGED',
      'PT1H PLANNED',
    ]);
  });

  it('does not remind twice when only the room changes', async () => {
    const clinic = await openClinic({ app });
    const startsAt = new Date('2026-06-05T10:30+08:00');
    const id = await clinic.book(startsAt.toISOString());
    await app.settle();
    await app.staff.run(context => rescheduleAppointment({ id, startsAt }, context));
    await app.settle();
    app.mails.length = 0;
    app.clock.set('2026-06-04T10:30+08:00');
    await app.settle();
    expect(sentSubjects(clinic)).toEqual(['預約提醒']);
  });

  it('reminds of nothing after a cancellation', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    await app.staff.run(context => cancelAppointment({ id }, context));
    await app.settle();
    expect(summary(await remindersOf(clinic, id))).toEqual([
      'P3D CANCELLED APPOINTMENT_CANCELLED',
      'P1D CANCELLED APPOINTMENT_CANCELLED',
      'PT1H CANCELLED APPOINTMENT_CANCELLED',
    ]);
    app.mails.length = 0;
    app.clock.set('2026-06-10T10:00+08:00');
    await app.settle();
    expect(clinic.mails()).toEqual([]);
  });

  it('still reminds a patient who has confirmed, without asking again', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    await app.staff.run(context => confirmAppointment(id, null, context));
    await app.settle();
    app.mails.length = 0;
    app.clock.set('2026-06-09T10:30+08:00');
    await app.settle();
    const [mail] = clinic.mails();
    expect(mail!.links.map(link => new URL(link).pathname.split('/')[3])).toEqual(['change']);
  });

  it('changes nothing when an older event is handled again', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    await app.staff.run(context =>
      rescheduleAppointment({ id, startsAt: new Date('2026-06-20T11:00+08:00') }, context),
    );
    await app.settle();
    const before = await remindersOf(clinic, id);
    const change = { appointmentId: id, patientId: clinic.patientId, version: 1, change: 'BOOKED' } as const;
    await app.emit(appointmentBooked, change);
    await app.settle();
    expect(await remindersOf(clinic, id)).toEqual(before);
  });
});

describe('not sent, and why', () => {
  it('sends only the last of several that are due after an outage', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    app.mails.length = 0;
    app.clock.set('2026-06-10T09:45+08:00');
    await app.settle();
    expect(clinic.mails()).toHaveLength(1);
    expect(summary(await remindersOf(clinic, id))).toEqual([
      'P3D SKIPPED TOO_LATE',
      'P1D SKIPPED TOO_LATE',
      'PT1H SENT',
    ]);
  });

  it('sends none once the appointment has begun', async () => {
    const clinic = await openClinic({ app });
    const id = await clinic.book('2026-06-10T10:30+08:00');
    await app.settle();
    app.mails.length = 0;
    app.clock.set('2026-06-10T10:30+08:00');
    await app.settle();
    expect(clinic.mails()).toEqual([]);
    expect(summary(await remindersOf(clinic, id)).at(-1)).toBe('PT1H SKIPPED TOO_LATE');
  });

  it('says that a patient without a verified address was not written to', async () => {
    const clinic = await openClinic({ app });
    await app.staff.run(({ em }) => em.nativeUpdate(ContactPoint, { patient: clinic.patientId }, { verifiedAt: null }));
    const id = await clinic.book('2026-06-01T11:00+08:00');
    await app.settle();
    app.clock.set('2026-06-01T10:00+08:00');
    await app.settle();
    expect(clinic.mails()).toEqual([]);
    const last = (await remindersOf(clinic, id)).at(-1)!;
    expect(last).toMatchObject({ offset: 'PT1H', state: 'SKIPPED', reason: expect.any(String) });
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
