import type { TestApp } from 'clinic-rapport/testing';
import { Reminder } from '../reminder.ts';
import { subjectData } from '../subject-data.ts';
import { openApp, openClinic, type Clinic } from './clinic.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

const remindersOf = ({ patientId }: Clinic): Promise<number> =>
  app.staff.run(({ em }) => em.count(Reminder, { patient: patientId }));

async function withReminders(): Promise<Clinic> {
  const clinic = await openClinic({ app });
  await clinic.book('2026-06-10T10:30+08:00');
  await app.settle();
  return clinic;
}

it('exports the reminders of one patient', async () => {
  const { patientId } = await withReminders();
  await withReminders();
  const { reminders } = await app.staff.run(context => subjectData.export(patientId, context));
  expect(reminders).toMatchObject([{ offset: 'P3D' }, { offset: 'P1D' }, { offset: 'PT1H' }]);
});

it('erases those of one patient, and none of them is sent then', async () => {
  const [erased, kept] = [await withReminders(), await withReminders()];
  await app.staff.run(context => subjectData.erase(erased.patientId, context));
  expect([await remindersOf(erased), await remindersOf(kept)]).toEqual([0, 3]);
  app.mails.length = 0;
  app.clock.set('2026-06-09T10:30+08:00');
  await app.settle();
  expect([erased.mails().length, kept.mails().length]).toEqual([0, 1]);
});

it('keeps them while a legal hold stands', async () => {
  const clinic = await withReminders();
  const { patientId } = clinic;
  await app.staff.run(context => subjectData.hold(patientId, true, context));
  await app.staff.run(context => subjectData.erase(patientId, context));
  expect(await remindersOf(clinic)).toBe(3);
  await app.staff.run(context => subjectData.hold(patientId, false, context));
  await app.staff.run(context => subjectData.erase(patientId, context));
  expect(await remindersOf(clinic)).toBe(0);
});
