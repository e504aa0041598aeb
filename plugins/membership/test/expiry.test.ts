import type { TestApp } from 'clinic-rapport/testing';
import { awardPoints } from '../index.ts';
import { tellOfExpiry } from '../points/expiry-notice.ts';
import { expirePoints } from '../points/expiry.ts';
import { addPerson, adjust, disagreements, openApp, pointsOf, type Person } from './clinic.ts';

let app: TestApp;
let ming: Person;
let keys = 0;

beforeAll(async () => {
  app = await openApp();
});
beforeEach(async () => {
  ming = await addPerson(app);
});
afterEach(async () => expect(await disagreements(app)).toEqual([]));

/** Expires on the same day two years later. */
const award = async (points: number, on: string, patientId = ming.id): Promise<void> => {
  app.clock.set(`${on}T12:00:00+08:00`);
  const given = { patientId, points, key: `expiry:${++keys}`, reason: 'test.award' };
  await app.staff.run(context => awardPoints(given, context));
};
const morning = async (day: string): Promise<void> => {
  app.clock.set(`${day}T10:00:00+08:00`);
  for (const job of [expirePoints, tellOfExpiry]) await app.staff.run(({ enqueue }) => enqueue(job, undefined));
  await app.settle();
};
const mails = () => app.mails.filter(({ to }) => to === ming.address);

it('is told thirty days and seven days before, once each, in the patient’s language', async () => {
  await award(120, '2026-06-10');
  for (const day of ['2028-05-10', '2028-05-11', '2028-05-12', '2028-06-02']) await morning(day);
  expect(mails().map(({ subject }) => subject)).toEqual(['您的部分點數即將到期']);
  expect(mails()[0]!.text).toContain('120');
  expect(mails()[0]!.text).toContain('2028年6月10日');
  for (const day of ['2028-06-03', '2028-06-04', '2028-06-10']) await morning(day);
  expect(mails()).toHaveLength(2);
});

it('is told in one mail of all that is due, also where a morning was missed', async () => {
  await award(100, '2026-06-10');
  await award(50, '2026-06-12');
  await morning('2028-05-20');
  expect(mails()).toHaveLength(1);
  expect(mails()[0]!.text).toContain('150');
  await morning('2028-05-21');
  expect(mails()).toHaveLength(1);
});

it('is not told of points that were spent', async () => {
  await award(100, '2026-06-10');
  await app.as('owner').data(adjust, { input: { patientId: ming.id, points: -100, reason: 'Spent' } });
  await morning('2028-05-20');
  expect(mails()).toEqual([]);
});

it('lets expire what is over and leaves the rest, for many patients in several rounds', async () => {
  const people: Person[] = [];
  for (let count = 0; count < 205; count++) people.push(await addPerson(app));
  for (const { id } of people) await award(10, '2026-06-10', id);
  await award(7, '2026-06-12', people[0]!.id);
  await morning('2028-06-11');
  const left = await Promise.all(people.map(async person => (await pointsOf(person)).available));
  expect(left).toEqual([7, ...Array<number>(204).fill(0)]);
});

it('can be asked of all patients as facts', async () => {
  await award(100, '2026-06-10');
  app.clock.set('2028-06-01T12:00:00+08:00');
  const counting = 'query ($where: PredicateInput!) { patientsMatching(where: $where) { nodes { id } } }';
  const matching = async (fact: string, asked: object) =>
    (await app.as('owner').data(counting, { where: { fact: { fact, ...asked } } })).patientsMatching.nodes;
  expect(await matching('membership.points', { atLeast: 100 })).toEqual([{ id: ming.id }]);
  expect(await matching('membership.points', { atLeast: 101 })).toEqual([]);
  expect(await matching('membership.pointsExpireInDays', { atMost: 9 })).toEqual([{ id: ming.id }]);
  expect(await matching('membership.pointsExpireInDays', { atMost: 8 })).toEqual([]);
  expect(await matching('membership.pointsExpireOn', { to: '2028-06-11' })).toEqual([{ id: ming.id }]);
});
