import { Patient } from 'clinic-rapport/schema';
import { openClinic } from './clinic.ts';
import { remindersOf, summary } from './seen.ts';

const move = 'mutation ($input: ChangeTimeZoneInput!) { changeTimeZone(input: $input) { timeZone } }';

const dueOf = async (clinic: Parameters<typeof remindersOf>[0], id: string): Promise<Record<string, string>> =>
  Object.fromEntries((await remindersOf(clinic, id)).map(({ offset, dueAt }) => [offset, dueAt]));

it('reminders that were planned when the clinic moved to another time zone were sent by the clocks of the former one', async () => {
  const clinic = await openClinic({ at: '2026-03-05T12:00-05:00', timeZone: 'America/New_York' });
  const { app } = clinic;
  // New York’s clocks go forward on 8 March: a day before is 23 hours there, and 24 in Taipei.
  const id = await clinic.book('2026-03-08T10:00-04:00');
  await app.settle();
  const before = await dueOf(clinic, id);
  expect(before).toMatchObject({ P1D: '2026-03-07T15:00:00.000Z', PT1H: '2026-03-08T13:00:00.000Z' });
  await app.as('owner').data(move, { input: { timeZone: 'Asia/Taipei' } });
  await app.settle();
  expect(await dueOf(clinic, id)).toEqual({ ...before, P1D: '2026-03-07T14:00:00.000Z' });
  app.mails.length = 0;
  app.clock.set('2026-03-07T13:59:00Z');
  await app.settle();
  expect(clinic.mails()).toEqual([]);
  app.clock.set('2026-03-07T14:00:00Z');
  await app.settle();
  app.clock.set('2026-03-07T15:30:00Z');
  await app.settle();
  expect(clinic.mails().map(({ text }) => text)).toEqual([expect.stringContaining('2026年3月8日')]);
  expect(summary(await remindersOf(clinic, id))).toContain('P1D SENT');
});

it('a move to another zone after a reminder was sent sends it no second time', async () => {
  const clinic = await openClinic({ at: '2026-03-05T09:00+08:00' });
  const { app } = clinic;
  const id = await clinic.book('2026-03-08T22:00+08:00');
  await app.settle();
  app.clock.set('2026-03-07T22:30+08:00');
  await app.settle();
  app.mails.length = 0;
  await app.as('owner').data(move, { input: { timeZone: 'America/New_York' } });
  await app.settle();
  app.clock.set('2026-03-08T06:00+08:00');
  await app.settle();
  expect(clinic.mails()).toEqual([]);
  expect(summary(await remindersOf(clinic, id))).toEqual(['P3D SKIPPED TOO_LATE', 'P1D SENT', 'PT1H PLANNED']);
});

it('who lives in another time zone is reminded by the clinic’s clock, once, and told its hour', async () => {
  const clinic = await openClinic({ at: '2026-06-01T09:00+08:00' });
  const { app } = clinic;
  await app.staff.run(({ em }) =>
    em.nativeUpdate(Patient, { id: clinic.patientId }, { timeZone: 'America/New_York', language: 'en' }),
  );
  await clinic.book('2026-06-10T10:30+08:00');
  await app.settle();
  app.mails.length = 0;
  for (const at of ['2026-06-09T10:29+08:00', '2026-06-09T10:30+08:00', '2026-06-09T12:30+08:00']) {
    app.clock.set(at);
    await app.settle();
  }
  expect(clinic.mails().map(({ text }) => text)).toEqual([expect.stringContaining('Time: 10:30 AM')]);
});

it('in an hour that comes twice a reminder is sent once', async () => {
  const clinic = await openClinic({ at: '2026-10-31T09:00-04:00', timeZone: 'America/New_York' });
  const { app } = clinic;
  const id = await clinic.book('2026-11-02T01:30-05:00');
  await app.settle();
  app.mails.length = 0;
  for (const at of ['2026-11-01T05:30Z', '2026-11-01T06:29Z', '2026-11-01T06:30Z', '2026-11-01T07:30Z']) {
    app.clock.set(at);
    await app.settle();
    expect([at, clinic.mails().length]).toEqual([at, at < '2026-11-01T06:30Z' ? 0 : 1]);
  }
  expect((await dueOf(clinic, id))['P1D']).toBe('2026-11-01T06:30:00.000Z');
});

it('after an outage a reminder of three days before was sent two days late, a minute before the next one', async () => {
  const clinic = await openClinic();
  const { app } = clinic;
  const [id, other] = [
    await clinic.book('2026-06-10T10:30+08:00'),
    await clinic.bookForOther('2026-06-11T12:30+08:00'),
  ];
  await app.settle();
  app.mails.length = 0;
  app.clock.set('2026-06-09T10:29+08:00');
  await app.settle();
  expect(clinic.mails()).toEqual([]);
  expect(summary(await remindersOf(clinic, id))).toEqual(['P3D SKIPPED TOO_LATE', 'P1D PLANNED', 'PT1H PLANNED']);
  // Not half of its time is over: it is of use still.
  expect(summary(await remindersOf(clinic, other.id))).toEqual(['P3D SENT', 'P1D PLANNED', 'PT1H PLANNED']);
});
