import {
  appointmentBooked,
  cancelAppointment,
  confirmAppointment,
  ContactPoint,
  rescheduleAppointment,
} from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { openApp, openClinic } from './clinic.ts';
import { remindersOf, sentSubjects, summary } from './seen.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
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
    expect(mail!.links.map(link => new URL(link).pathname.split('/')[3])).toEqual(['change', 'mail-preferences']);
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
