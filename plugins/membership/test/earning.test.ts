import { completeVisit, refundVisit, startVisit } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { addPerson, disagreements, openApp, pointsOf, statementOf, type Person } from './clinic.ts';

let app: TestApp;
let ming: Person;

beforeAll(async () => {
  app = await openApp();
});
beforeEach(async () => {
  ming = await addPerson(app);
});
afterEach(async () => expect(await disagreements(app)).toEqual([]));

const start = async (): Promise<string> => {
  const id = await app.staff.run(async context => (await startVisit({ patientId: ming.id }, context)).id);
  await app.settle();
  return id;
};
const complete = async (id: string, amount: number): Promise<void> => {
  await app.staff.run(context => completeVisit({ id, amount, procedures: [] }, context));
  await app.settle();
};
const refund = async (id: string, amount?: number): Promise<void> => {
  await app.staff.run(context => refundVisit({ id, amount }, context));
  await app.settle();
};
const cancel = async (id: string): Promise<void> => {
  await app
    .as('owner')
    .data('mutation ($input: CancelVisitInput!) { cancelVisit(input: $input) { id } }', { input: { id } });
  await app.settle();
};

it('earns points that are pending while the visit goes on, and then for what it cost', async () => {
  const visit = await start();
  expect(await pointsOf(ming)).toMatchObject({ available: 0, pending: 10 });
  await complete(visit, 129_900);
  expect(await pointsOf(ming)).toMatchObject({ available: 22, pending: 0 });
  expect(await statementOf(ming)).toEqual([
    ['EARN', 0, 0],
    ['RELEASE', 10, 10],
    ['EARN', 12, 22],
  ]);
});

it('takes back what a visit earned that is broken off, or was recorded by mistake', async () => {
  await cancel(await start());
  expect(await pointsOf(ming)).toMatchObject({ available: 0, pending: 0, owed: 0 });
  const visit = await start();
  await complete(visit, 100_000);
  await cancel(visit);
  expect(await pointsOf(ming)).toMatchObject({ available: 0, pending: 0, owed: 0 });
});

it('takes back in proportion what is paid back, and keeps the points for coming', async () => {
  const visit = await start();
  await complete(visit, 100_000);
  await refund(visit, 25_000);
  expect(await pointsOf(ming)).toMatchObject({ available: 10 + 7 });
  await refund(visit, 25_000);
  expect(await pointsOf(ming)).toMatchObject({ available: 10 + 5 });
  await refund(visit);
  expect(await pointsOf(ming)).toMatchObject({ available: 10, owed: 0 });
  await cancel(visit);
  expect(await pointsOf(ming)).toMatchObject({ available: 0, owed: 0 });
});

it('gives the same once for an event that comes again', async () => {
  const visit = await start();
  await complete(visit, 100_000);
  await app.staff.run(({ em }) =>
    em.execute(`update event_handling set state = 'waiting', due_at = now() - interval '1 year'`),
  );
  await app.settle();
  expect(await pointsOf(ming)).toMatchObject({ available: 20, pending: 0 });
});

it('earns what the clinic has decided, and nothing where it decided so', async () => {
  const set = (input: object) =>
    app
      .as('owner')
      .data(
        `mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { membership { pointsPerVisit } } }`,
        { input: { membership: input } },
      );
  await set({
    pointsPerVisit: 0,
    pointsPerSpendingUnit: 3,
    spendingUnit: 50_000,
    pointsValidMonths: 0,
    pointsExpiryNotices: [],
  });
  const visit = await start();
  expect(await pointsOf(ming)).toBeNull();
  await complete(visit, 149_999);
  expect(await pointsOf(ming)).toMatchObject({ available: 6, nextExpiry: null });
});
