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

test('what the law has come to forbid is announced no more, though it was approved before', async () => {
  await pack('US');
  const { id } = await defined({ kind: 'GIFT', announced: true });
  expect(await page()).not.toContain(name.en);
  await clinic.app
    .as('owner', { userId: randomUUID() })
    .data('mutation ($id: ID!) { approveReferralOffer(input: { id: $id, reason: "A pen" }) { id } }', { id });
  expect(await page()).toContain(name.en);
  await pack('TW');
  expect(await page()).not.toContain(name.en);
});

test('the mail that a reward is ready leaves out a name that is forbidden where its reader lives', async () => {
  await pack('US');
  const best = { zhHant: '最佳謝禮', zhHans: '全国最佳谢礼', en: 'A thing' };
  await defined({ kind: 'NON_MEDICAL_SERVICE', announced: true, name: best });
  const record = 'mutation ($input: RecordReferralInput!) { recordReferral(input: $input) { id } }';
  const told = async (email: string, more: object): Promise<string> => {
    const friendId = await clinic.patient({ email, language: 'ZH_HANS', ...more });
    await clinic.app.staff.run(({ em }) => em.execute('update contact_point set verified_at = now()'));
    await clinic.app.as('frontDesk').data(record, { input: { code: clinic.code, friendId } });
    await clinic.see(friendId);
    return clinic.app.mails.flatMap(({ to, text }) => (to === email ? [text] : [])).join();
  };
  expect(await told('us@mail.test', {})).toContain(best.zhHans);
  expect(await told('cn@mail.test', { residence: 'CN' })).toContain('有一份谢礼给您');
  expect(await told('cn2@mail.test', { residence: 'CN' })).not.toContain('最佳');
});

test('who brings a friend sees what is promised, and both sides what they were given, without a day', async () => {
  await pack('US');
  const parking = { zhHant: '停車券', zhHans: '停车券', en: 'Parking' };
  await defined({ side: 'ADVOCATE', kind: 'NON_MEDICAL_SERVICE', announced: true, name: parking });
  await defined({ side: 'FRIEND', kind: 'POINTS', points: 50 });
  const summary = `query ($id: ID!) { patient(id: $id) { referralSummary {
    promise { kind name { en } points } rewards { side kind name { en } points state } } } }`;
  const seenBy = async (id: string) =>
    (await clinic.app.as('patient', { patientIds: [id] }).data(summary, { id })).patient.referralSummary;
  const promise = { kind: 'NON_MEDICAL_SERVICE', name: { en: 'Parking' }, points: null };
  expect(await seenBy(clinic.advocateId)).toEqual({ promise, rewards: [] });
  const friend = await clinic.bring({ name: '林小美', email: 'mei@mail.test' });
  await clinic.see(friend);
  const ofAdvocate = { ...promise, side: 'ADVOCATE', state: 'GRANTED' };
  expect(await seenBy(clinic.advocateId)).toEqual({ promise, rewards: [ofAdvocate] });
  const ofFriend = { side: 'FRIEND', kind: 'POINTS', name: { en: name.en }, points: 50, state: 'GRANTED' };
  expect(await seenBy(friend)).toEqual({ promise, rewards: [ofFriend] });
  await pack('CN');
  await clinic.app.staff.run(({ em }) =>
    em.execute(`update referrals_offer set name = ?::jsonb where side = 'ADVOCATE'`, [
      JSON.stringify({ 'zh-Hant': '全國最佳', 'zh-Hans': '全国最佳', en: 'Best in the country' }),
    ]),
  );
  expect((await seenBy(clinic.advocateId)).promise).toBeNull();
});
