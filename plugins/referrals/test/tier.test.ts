import { openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;
const name = (en: string) => ({ zhHant: en, zhHans: en, en });

/** Two tiers: who has brought a friend has the upper one. */
beforeEach(async () => {
  clinic = await openClinic();
  const brought = { kind: 'ENGAGEMENT', atLeast: 1, engagements: ['REFERRED'] };
  const program = {
    ...{ name: name('Members'), graceDays: 0, needsVerifiedAddress: false },
    tiers: [
      { code: 'basic', name: name('Basic') },
      { code: 'friend', name: name('Friend'), rules: { all: [brought] } },
    ],
  };
  await clinic.app
    .as('owner')
    .data('mutation ($input: CreateMembershipProgramInput!) { createMembershipProgram(input: $input) { id } }', {
      input: { program },
    });
  await clinic.app.settle();
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

test('what friends came to is told apart by the tier of who brought them', async () => {
  await clinic.bring(mei);
  const byTier = async () => (await clinic.app.as('marketer').data(statistics)).referralStatistics.byTier;
  expect(await byTier()).toEqual([{ key: 'basic', invited: 1, joined: 1, qualified: 0 }]);
  const [friend] = (await clinic.app.staff.data('{ patients(search: "林小美", first: 1) { nodes { id } } }')).patients
    .nodes;
  await clinic.see(friend.id);
  expect(await byTier()).toEqual([{ key: 'friend', invited: 1, joined: 1, qualified: 1 }]);
});
