import { hold, liftWhoBrings, openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;

beforeEach(async () => {
  clinic = await openClinic();
  await liftWhoBrings(clinic);
});

const mei = { name: '林小美', email: 'mei@mail.test' };
const statistics = `{ referralStatistics(from: "2026-06-01", to: "2026-06-30") { byTier { key invited joined qualified } } }`;

test('bringing a friend lifts the advocate, before the advocate’s eyes, until it turns out that nobody came', async () => {
  const advocate = clinic.app.as('patient', { patientIds: [clinic.advocateId] });
  const live = await advocate.subscribe('subscription { tierChanged { reason member { tier { code } } } }');
  const visit = await clinic.see(await clinic.bring(mei));
  expect((await live.next()).tierChanged).toEqual({ reason: 'REACHED', member: { tier: { code: 'friend' } } });
  await clinic.app.as('owner').data('mutation ($id: ID!) { cancelVisit(input: { id: $id }) { id } }', { id: visit });
  await clinic.app.settle();
  expect((await live.next()).tierChanged).toEqual({ reason: 'LOST', member: { tier: { code: 'basic' } } });
});

test('the tier that a friend brings comes with the reward and no sooner: its day would be that of the visit', async () => {
  await hold(clinic, 14);
  const advocate = clinic.app.as('patient', { patientIds: [clinic.advocateId] });
  const member = `query ($id: ID!) { patient(id: $id) { member { tier { code } tierSince } } }`;
  const seen = async () => (await advocate.data(member, { id: clinic.advocateId })).patient.member;
  const visit = await clinic.see(await clinic.bring(mei));
  expect(await seen()).toMatchObject({ tier: { code: 'basic' } });
  // The visit was none after all; another one takes its place, and its own fortnight.
  await clinic.app.as('owner').data('mutation ($id: ID!) { cancelVisit(input: { id: $id }) { id } }', { id: visit });
  await clinic.app.settle();
  clinic.app.clock.advance({ days: 3 });
  const [friend] = (await clinic.app.staff.data('{ patients(search: "林小美", first: 1) { nodes { id } } }')).patients
    .nodes;
  await clinic.see(friend.id);
  clinic.app.clock.set('2026-06-15T09:00:00+08:00');
  await clinic.app.settle();
  expect(await seen()).toMatchObject({ tier: { code: 'basic' } });
  clinic.app.clock.set('2026-06-18T09:00:00+08:00');
  await clinic.app.settle();
  expect(await seen()).toEqual({ tier: { code: 'friend' }, tierSince: '2026-06-18T01:00:00.000Z' });
});

test('what friends came to is told apart by the tier of who brought them', async () => {
  await clinic.bring(mei);
  const byTier = async () => (await clinic.app.as('marketer').data(statistics)).referralStatistics.byTier;
  expect(await byTier()).toEqual([{ key: 'basic', invited: 1, joined: 1, qualified: 0 }]);
  const [friend] = (await clinic.app.staff.data('{ patients(search: "林小美", first: 1) { nodes { id } } }')).patients
    .nodes;
  await clinic.see(friend.id);
  expect(await byTier()).toEqual([{ key: 'friend', invited: 1, joined: 1, qualified: 1 }]);
});
