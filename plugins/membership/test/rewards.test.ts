import { erasePatient, mergePatients, Patient } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { awardPoints } from '../index.ts';
import { lapseRedemptions } from '../points/lapsing.ts';
import { addPerson, codeOf, disagreements, openApp, pointsOf, statementOf, type Person } from './clinic.ts';

let app: TestApp;
let ming: Person;
let keys = 0;

beforeAll(async () => {
  app = await openApp();
  await setPack('TW');
});
beforeEach(async () => {
  app.clock.set('2026-06-01T09:00:00+08:00');
  ming = await addPerson(app);
});
afterEach(async () => expect(await disagreements(app)).toEqual([]));

const setPack = (pack: string) =>
  app.as('owner').data(`mutation { updateSettings(input: { core: { compliancePack: ${pack} } }) { __typename } }`);
const owner = () => app.as('owner', { userId: '018f0000-0000-7000-8000-00000000000a' });
const seat = { zhHant: '健康講座座位', zhHans: '健康讲座座位', en: 'A seat in a lecture' };
const defineQuery = `mutation ($input: DefineMembershipRewardInput!) {
  defineMembershipReward(input: $input) { id needsApproval warnings stock } }`;
const define = (given: object = {}) =>
  owner().query(defineQuery, { input: { name: seat, kind: 'NON_MEDICAL_SERVICE', points: 100, ...given } });
const reward = async (given: object = {}): Promise<string> => (await define(given)).data.defineMembershipReward.id;

const award = (points: number, person = ming, given: object = {}) =>
  app.staff.run(context =>
    awardPoints({ patientId: person.id, points, key: `rewards:${++keys}`, reason: 'test.award', ...given }, context),
  );
const redeemQuery = `mutation ($input: RedeemMembershipRewardInput!) {
  redeemMembershipReward(input: $input) { id code state points validUntil reward { name { en } } } }`;
const redeem = (rewardId: string, person = ming, caller = person.self) =>
  caller.query(redeemQuery, { input: { rewardId, patientId: person.id } });
const redeemed = async (rewardId: string, person = ming) => {
  const { data, errors } = await redeem(rewardId, person);
  expect(errors).toBeUndefined();
  return data.redeemMembershipReward as { id: string; code: string };
};
const use = (code: string) =>
  app
    .as('frontDesk')
    .query(
      'mutation ($input: UseMembershipRedemptionInput!) { useMembershipRedemption(input: $input) { state patient { id } } }',
      { input: { code } },
    );
const cancel = (id: string, caller = app.as('frontDesk')) =>
  caller.query(
    'mutation ($input: CancelMembershipRedemptionInput!) { cancelMembershipRedemption(input: $input) { state } }',
    { input: { id, reason: 'Lecture called off' } },
  );

describe('a redemption', () => {
  it('spends points, gives a code by mail, and is used once at the desk', async () => {
    await award(130);
    const { data } = await redeem(await reward({ validDays: 90 }));
    expect(data.redeemMembershipReward).toMatchObject({ state: 'OPEN', points: 100, validUntil: '2026-08-30' });
    const { code } = data.redeemMembershipReward;
    expect(await pointsOf(ming)).toMatchObject({ available: 30 });
    await app.settle();
    const mail = app.mails.find(({ to }) => to === ming.address)!;
    expect(mail.subject).toBe('您兌換的項目已備妥');
    expect(mail.text).toContain(`${code.slice(0, 4)} ${code.slice(4)}`);
    expect(mail.text).toContain('2026年8月30日');
    expect((await use(`${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`)).data.useMembershipRedemption).toEqual({
      state: 'USED',
      patient: { id: ming.id },
    });
    expect(codeOf(await use(code))).toBe('CONFLICT');
    expect(codeOf(await use('22222222'))).toBe('NOT_FOUND');
  });

  it('that is called off gives the points back to the lots that they came from', async () => {
    await award(60);
    app.clock.set('2026-06-05T09:00:00+08:00');
    await award(60);
    const { id } = await redeemed(await reward({ stock: 1 }));
    expect(await pointsOf(ming)).toMatchObject({ available: 20, nextExpiry: { on: '2028-06-05' } });
    expect((await cancel(id)).data.cancelMembershipRedemption).toEqual({ state: 'CANCELLED' });
    expect(await pointsOf(ming)).toMatchObject({ available: 120, nextExpiry: { on: '2028-06-01', points: 60 } });
    expect(await statementOf(ming)).toEqual([
      ['EARN', 60, 60],
      ['EARN', 60, 120],
      ['REDEEM', -60, 60],
      ['REDEEM', -40, 20],
      ['RETURN', 60, 80],
      ['RETURN', 40, 120],
    ]);
    expect(codeOf(await cancel(id))).toBe('CONFLICT');
    expect(codeOf(await cancel('nobody’s'))).toBe('NOT_FOUND');
  });

  it('is called off for the record that it was merged into', async () => {
    const other = await addPerson(app);
    await award(100, other);
    const { id } = await redeemed(await reward(), other);
    const input = { keptId: ming.id, mergedId: other.id, reason: 'Same passport' };
    await app.staff.run(context => mergePatients(input, context));
    await cancel(id);
    expect(await pointsOf(ming)).toMatchObject({ available: 100 });
  });

  it('by fifty who want the last three is had by three', async () => {
    const rewardId = await reward({ stock: 3 });
    const people = await Promise.all(Array.from({ length: 50 }, () => addPerson(app)));
    for (const person of people) await award(100, person);
    const answers = await Promise.all(people.map(person => redeem(rewardId, person)));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(3);
    const left = await Promise.all(people.map(async person => (await pointsOf(person)).available));
    expect(left.filter(points => points === 0)).toHaveLength(3);
  });

  it('of one patient by fifty at once spends what there is', async () => {
    await award(300);
    const rewardId = await reward();
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(rewardId)));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(3);
    expect(await pointsOf(ming)).toMatchObject({ available: 0 });
  });

  it('that cannot be is refused, and nothing is written', async () => {
    await award(99);
    const [dear, gone] = [await reward(), await reward({ points: 1, stock: 0 })];
    const closed = await reward({ points: 1 });
    const close =
      'mutation ($input: UpdateMembershipRewardInput!) { updateMembershipReward(input: $input) { active } }';
    await owner().data(close, { input: { id: closed, active: false } });
    expect(codeOf(await redeem(dear))).toBe('CONFLICT');
    expect(codeOf(await redeem(gone))).toBe('CONFLICT');
    expect(codeOf(await redeem(closed))).toBe('CONFLICT');
    expect(codeOf(await redeem('018f0000-0000-7000-8000-000000000000'))).toBe('NOT_FOUND');
    expect(codeOf(await redeem('gift'))).toBe('NOT_FOUND');
    expect(await pointsOf(ming)).toMatchObject({ available: 99 });
    const { membershipRedemptions } = await ming.self.data('{ membershipRedemptions { nodes { id } } }');
    expect(membershipRedemptions.nodes).toEqual([]);
  });

  it('of another patient’s points is not for patients', async () => {
    await award(100);
    const hua = await addPerson(app);
    expect(codeOf(await redeem(await reward(), ming, hua.self))).toBe('NOT_FOUND');
    expect(codeOf(await cancel((await redeemed(await reward())).id, ming.self))).toBe('FORBIDDEN');
  });

  it('that nobody fetches lapses', async () => {
    await award(100);
    const { code } = await redeemed(await reward({ validDays: 0 }));
    app.clock.set('2026-06-02T00:11:00+08:00');
    expect(codeOf(await use(code))).toBe('CONFLICT');
    await app.staff.run(({ enqueue }) => enqueue(lapseRedemptions, undefined));
    await app.settle();
    const { membershipRedemptions } = await ming.self.data('{ membershipRedemptions { nodes { state } } }');
    expect(membershipRedemptions.nodes).toEqual([{ state: 'LAPSED' }]);
  });

  it('lapses where the data of the patient is erased', async () => {
    await award(100);
    const { code } = await redeemed(await reward());
    await app.staff.run(context => erasePatient({ patientId: ming.id, reason: 'Asked by letter' }, context));
    expect(codeOf(await use(code))).toBe('CONFLICT');
  });
});

describe('a reward', () => {
  it.each([
    { points: 0 },
    { points: -5 },
    { points: 1_000_000_001 },
    { points: 1.5 },
    { stock: -1 },
    { validDays: -1 },
  ])('of %j is refused', async given => expect(codeOf(await define(given))).toBe('BAD_USER_INPUT'));

  it('that the law forbids is refused with the citation', async () => {
    const { errors } = await define({ kind: 'CASH' });
    expect(errors![0]).toMatchObject({ extensions: { code: 'COMPLIANCE_BLOCKED' } });
    expect(errors![0]!.message).toContain('tw.reward-cash: Medical Care Act art. 61');
    expect(codeOf(await define({ kind: 'GIFT', announced: true }))).toBe('COMPLIANCE_BLOCKED');
  });

  it('that needs an approval is redeemed by nobody until somebody with a name has approved it', async () => {
    await award(300);
    const { data } = await define({ kind: 'GIFT' });
    const { id, needsApproval, warnings } = data.defineMembershipReward;
    expect(needsApproval).toBe(true);
    expect(warnings[0]).toContain('tw.reward-quiet: Medical Care Act art. 61');
    const seen = async () =>
      (await ming.self.data('{ membershipRewards(first: 100) { nodes { id } } }')).membershipRewards.nodes;
    expect(await seen()).not.toContainEqual({ id });
    expect(codeOf(await redeem(id))).toBe('COMPLIANCE_BLOCKED');
    const approve = `mutation ($input: ApproveMembershipRewardInput!) {
      approveMembershipReward(input: $input) { needsApproval approvedBy approvalReason } }`;
    const input = { id, reason: 'Worth less than a cup of coffee' };
    expect(codeOf(await app.as('frontDesk').query(approve, { input }))).toBe('FORBIDDEN');
    expect((await owner().data(approve, { input })).approveMembershipReward).toEqual({
      ...{ needsApproval: false, approvalReason: input.reason },
      approvedBy: '018f0000-0000-7000-8000-00000000000a',
    });
    expect(await seen()).toContainEqual({ id });
    expect((await redeem(id)).errors).toBeUndefined();
    expect(codeOf(await owner().query(approve, { input: { ...input, id: await reward() } }))).toBe('CONFLICT');
  });

  it('that the law has come to forbid is told to nobody any more, nor its name to who lives where that is forbidden', async () => {
    const seen = async ({ self }: Person): Promise<string[]> => {
      const { membershipRewards } = await self.data('{ membershipRewards(first: 100) { nodes { id } } }');
      return membershipRewards.nodes.map(({ id }: { id: string }) => id);
    };
    await setPack('EU');
    const mug = await reward({ kind: 'GIFT', announced: true });
    const approve =
      'mutation ($input: ApproveMembershipRewardInput!) { approveMembershipReward(input: $input) { id } }';
    await owner().data(approve, { input: { id: mug, reason: 'Worth less than a cup of coffee' } });
    const best = await reward({ name: { ...seat, zhHans: '全国最佳讲座' } });
    expect(await seen(ming)).toEqual(expect.arrayContaining([mug, best]));
    await setPack('TW');
    expect(await seen(ming)).not.toContain(mug);
    await setPack('EU');
    const hua = await addPerson(app);
    await app.staff.run(({ em }) => em.nativeUpdate(Patient, hua.id, { residence: 'CN' }));
    expect(await seen(hua)).not.toContain(best);
    expect(await seen(ming)).toContain(best);
    await setPack('TW');
  });

  it('that the law of the patient’s residence forbids is not for this patient', async () => {
    await award(100);
    const { id } = (await define({ kind: 'FREE_TREATMENT' })).data.defineMembershipReward;
    const approve =
      'mutation ($input: ApproveMembershipRewardInput!) { approveMembershipReward(input: $input) { id } }';
    await owner().data(approve, { input: { id, reason: 'For staff of the clinic' } });
    await app.staff.run(({ em }) => em.nativeUpdate(Patient, ming.id, { residence: 'CN' }));
    const { errors } = await redeem(id);
    expect(errors![0]).toMatchObject({ extensions: { code: 'COMPLIANCE_BLOCKED' } });
    expect(errors![0]!.message).toContain('cn.reward-care');
    expect(await pointsOf(ming)).toMatchObject({ available: 100 });
  });

  it('whose name promises what must not be promised is refused', async () => {
    const name = { ...seat, zhHant: '保證治癒療程' };
    expect(codeOf(await define({ name }))).toBe('COMPLIANCE_BLOCKED');
  });
});
