import { randomUUID } from 'node:crypto';
import { core } from 'clinic-rapport/schema';
import { openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;
beforeEach(async () => {
  clinic = await openClinic({ rewards: false });
  await pack('TW');
});

const pack = (id: string) =>
  clinic.app.as('owner').data(`mutation { updateSettings(input: { core: { compliancePack: ${id} } }) { __typename } }`);
const name = { zhHant: '小禮物', zhHans: '小礼物', en: 'A small thing' };
const define = `mutation ($input: DefineReferralOfferInput!) { defineReferralOffer(input: $input) { id needsApproval warnings } }`;
const defined = async (input: object) => {
  const { data, errors } = await clinic.app.as('owner').query(define, { input: { side: 'FRIEND', name, ...input } });
  return data?.defineReferralOffer ?? errors![0]!;
};
const present = async () =>
  (await clinic.app.as('owner').data('{ referralOffers { side kind points } }')).referralOffers;
const page = async () => (await clinic.app.fetch(`${clinic.url}?lang=en`)).text();

test('in Taiwan a gift must not be announced, and needs an approval where it is not', async () => {
  const announced = await defined({ kind: 'GIFT', announced: true });
  expect(announced).toMatchObject({ extensions: { code: 'COMPLIANCE_BLOCKED' } });
  expect(announced.message).toContain('tw.reward-announced: Medical Care Act art. 61');
  expect(await present()).toEqual([]);
  const quiet = await defined({ kind: 'GIFT' });
  expect(quiet.needsApproval).toBe(true);

  const friend = await clinic.bring({ name: '林小美', email: 'mei@mail.test' });
  await clinic.see(friend);
  const rewards = '{ referralRewards { nodes { side state reason patient { id } offer { kind } } } }';
  const given = async () => (await clinic.app.as('owner').data(rewards)).referralRewards.nodes;
  expect(await given()).toEqual([
    expect.objectContaining({ side: 'FRIEND', state: 'REFUSED', reason: expect.stringContaining('tw.reward-quiet') }),
  ]);

  const approve = `mutation ($id: ID!) { approveReferralOffer(input: { id: $id, reason: "Worth less than a stamp" }) { needsApproval approvedBy } }`;
  const userId = randomUUID();
  const { approveReferralOffer } = await clinic.app.as('owner', { userId }).data(approve, { id: quiet.id });
  expect(approveReferralOffer).toEqual({ needsApproval: false, approvedBy: userId });
  const second = await clinic.bring({ name: '陳小華', email: 'hua@mail.test' });
  await clinic.see(second);
  const [reward] = (await given()).filter(({ patient }: { patient: { id: string } }) => patient.id === second);
  expect(reward).toMatchObject({ state: 'GRANTED', offer: { kind: 'GIFT' } });
});

test('what is given at the desk is handed over once', async () => {
  await pack('US');
  await defined({ kind: 'NON_MEDICAL_SERVICE' });
  await clinic.see(await clinic.bring({ name: '林小美', email: 'mei@mail.test' }));
  const { referralRewards } = await clinic.app.as('frontDesk').data('{ referralRewards { nodes { id state } } }');
  expect(referralRewards.nodes).toMatchObject([{ state: 'GRANTED' }]);
  const hand = 'mutation ($id: ID!) { handOverReferralReward(input: { id: $id }) { state } }';
  const ask = () => clinic.app.as('frontDesk').query(hand, { id: referralRewards.nodes[0].id });
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
});

test('money is never given, and a name that advertises is refused', async () => {
  expect(await defined({ kind: 'CASH' })).toMatchObject({ extensions: { code: 'COMPLIANCE_BLOCKED' } });
  const loud = { zhHant: '保證治癒，全國第一', zhHans: '保证治愈，全国第一', en: 'Guaranteed cure' };
  expect(await defined({ kind: 'POINTS', points: 10, name: loud })).toMatchObject({
    extensions: { code: 'COMPLIANCE_BLOCKED' },
  });
});

test.each([
  [{ kind: 'POINTS' }],
  [{ kind: 'POINTS', points: 0 }],
  [{ kind: 'POINTS', points: -1 }],
  [{ kind: 'POINTS', points: 1_000_001 }],
  [{ kind: 'GIFT', points: 10 }],
  [{ kind: 'POINTS', points: 10, name: { ...name, en: ' ' } }],
])('%j is refused, and nothing is promised', async input => {
  expect(await defined(input)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  expect(await present()).toEqual([]);
});

test('the page tells of a reward only where it may be announced', async () => {
  await defined({ kind: 'POINTS', points: 50, announced: false });
  expect(await page()).not.toContain('A small thing');
  await defined({ kind: 'POINTS', points: 50, announced: true });
  expect(await page()).toContain('A small thing');
  expect(await present()).toEqual([{ side: 'FRIEND', kind: 'POINTS', points: 50 }]);
});

test('the core is as it was without the plugin', () => {
  expect(core.answers ?? []).toEqual([]);
});
