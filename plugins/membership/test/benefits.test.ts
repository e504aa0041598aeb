import { erasePatient, mergePatients, Patient, refundVisit, registerPatient } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { expireBenefits } from '../benefits/expiring.ts';
import { giveBenefits } from '../benefits/giving.ts';
import { grantBenefit, revokeBenefit } from '../index.ts';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, tierCodeOf, visit } from './program-clinic.ts';

let app: TestApp;
let ming: Person;

beforeEach(async () => {
  app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  await app
    .as('owner')
    .data('mutation { updateSettings(input: { core: { compliancePack: TW } }) { core { compliancePack } } }');
  await setProgram(app, bySpend());
  ming = await addPerson(app);
  await sweep(app);
});

const owner = () => app.as('owner', { userId: '018f0000-0000-7000-8000-00000000000a' });
const seat = { zhHant: '健康講座座位', zhHans: '健康讲座座位', en: 'A seat in a lecture' };

const tierId = async (code: string): Promise<string> => {
  const { membershipProgram } = await owner().data('{ membershipProgram { tiers { id code } } }');
  return membershipProgram.tiers.find((tier: any) => tier.code === code).id;
};
const createQuery = `mutation ($input: CreateMembershipBenefitInput!) {
  createMembershipBenefit(input: $input) { id needsApproval warnings active } }`;
const create = async (given: object = {}, code = 'advanced') =>
  owner().query(createQuery, {
    input: { tierId: await tierId(code), name: seat, kind: 'EVENT', period: 'YEAR', ...given },
  });
const created = async (given: object = {}, code?: string): Promise<string> => {
  const { data, errors } = await create(given, code);
  expect(errors).toBeUndefined();
  await app.settle();
  return data.createMembershipBenefit.id;
};
const update = async (input: object): Promise<void> => {
  const query = 'mutation ($input: UpdateMembershipBenefitInput!) { updateMembershipBenefit(input: $input) { id } }';
  await owner().data(query, { input });
  await app.settle();
};
const run = async (job: typeof giveBenefits | typeof expireBenefits): Promise<void> => {
  await app.staff.run(context => job.run(undefined, context));
  await app.settle();
};

interface Given {
  readonly id: string;
  readonly name: { readonly en: string };
  readonly quota: number;
  readonly used: number;
  readonly state: string;
  readonly period: string | null;
  readonly validUntil: string | null;
}
/** As the patient sees them, the latest first. */
const benefitsOf = async ({ id, self }: Person): Promise<Given[]> => {
  const query = `query ($id: ID!) { patient(id: $id) {
    benefits(first: 50) { nodes { id name { en } quota used state period validUntil } } } }`;
  return (await self.data(query, { id })).patient.benefits.nodes;
};
const useQuery = `mutation ($input: UseMembershipBenefitInput!) {
  useMembershipBenefit(input: $input) { used quota state } }`;
const use = (id: string, caller = app.as('frontDesk')) => caller.query(useQuery, { input: { id } });

describe('a benefit of a tier', () => {
  it('is given when the tier is reached, once, with the last day of the period', async () => {
    await created({ quota: 2 });
    expect(await benefitsOf(ming)).toEqual([]);
    await visit(app, ming.id, 100_000);
    await visit(app, ming.id, 100_000);
    await run(giveBenefits);
    expect(await benefitsOf(ming)).toMatchObject([
      { name: { en: seat.en }, quota: 2, used: 0, state: 'OPEN', period: '2026', validUntil: '2026-12-31' },
    ]);
  });

  it('is also for those above, and for those who have the tier already', async () => {
    await visit(app, ming.id, 500_000);
    await created({ period: 'MONTH' });
    await created({ period: 'QUARTER', validDays: 10 }, 'honour');
    await created({ period: 'ONCE' }, 'basic');
    expect(new Set((await benefitsOf(ming)).map(({ period, validUntil }) => `${period} ${validUntil}`))).toEqual(
      new Set(['2026-06 2026-06-30', '2026-Q2 2026-06-11', 'null null']),
    );
  });

  it('of the lowest tier is every new patient’s at once', async () => {
    await created({}, 'basic');
    const { id } = await app.staff.run(context => registerPatient({ name: '陳美麗' }, context));
    await app.settle();
    expect(await benefitsOf({ id, address: '', self: app.as('patient', { patientIds: [id] }) })).toHaveLength(1);
  });

  it('is given anew in each period, and once where it says so', async () => {
    await created({ period: 'MONTH' }, 'basic');
    await created({ period: 'ONCE' }, 'basic');
    app.clock.set('2026-07-01T03:00:00+08:00');
    await run(expireBenefits);
    await run(giveBenefits);
    await run(giveBenefits);
    const seen = (await benefitsOf(ming)).map(({ period, state }) => `${period} ${state}`).toSorted();
    expect(seen).toEqual(['2026-06 EXPIRED', '2026-07 OPEN', 'null OPEN']);
  });

  it('stays until its end with who has come to a lower tier, who is given no other', async () => {
    await setProgram(app, bySpend({ graceDays: 0 }));
    await created({ period: 'MONTH' });
    const paid = await visit(app, ming.id, 100_000);
    await app.staff.run(context => refundVisit({ id: paid }, context));
    await app.settle();
    expect(await tierCodeOf(ming)).toBe('basic');
    const [left] = await benefitsOf(ming);
    expect((await use(left!.id)).data.useMembershipBenefit).toEqual({ used: 1, quota: 1, state: 'USED' });
    app.clock.set('2026-07-01T03:00:00+08:00');
    await run(giveBenefits);
    expect(await benefitsOf(ming)).toHaveLength(1);
  });

  it('that is given up is given no more', async () => {
    const id = await created();
    await update({ id, active: false });
    await visit(app, ming.id, 100_000);
    expect(await benefitsOf(ming)).toEqual([]);
    await update({ id, active: true });
    expect(await benefitsOf(ming)).toHaveLength(1);
    const own = await ming.self.data('{ membershipBenefits { nodes { id tier { code } } } }');
    expect(own.membershipBenefits.nodes).toEqual([{ id, tier: { code: 'advanced' } }]);
  });

  it('is given once, however many runs meet', async () => {
    await visit(app, ming.id, 100_000);
    await created();
    await Promise.all(Array.from({ length: 10 }, () => run(giveBenefits)));
    expect(await benefitsOf(ming)).toHaveLength(1);
  });

  it('is listed when it is due for a review', async () => {
    const due = await created({ reviewOn: '2026-06-01' });
    await created({ reviewOn: '2026-12-01' });
    const query = '{ membershipBenefits(filter: { reviewOn: { to: "2026-06-02" } }) { nodes { id } } }';
    expect((await owner().data(query)).membershipBenefits.nodes).toEqual([{ id: due }]);
    await update({ id: due, reviewOn: '2027-06-01' });
    expect((await owner().data(query)).membershipBenefits.nodes).toEqual([]);
  });

  it.each([{ quota: 0 }, { quota: 1_001 }, { quota: 1.5 }, { validDays: 0 }, { name: { ...seat, en: ' ' } }])(
    'of %j is refused',
    async given => expect(codeOf(await create(given))).toBe('BAD_USER_INPUT'),
  );

  it('of no tier is refused, and nobody but the owner makes one', async () => {
    expect(codeOf(await create({ tierId: 'honour' }))).toBe('NOT_FOUND');
    const input = { tierId: await tierId('basic'), name: seat, kind: 'EVENT', period: 'YEAR' };
    expect(codeOf(await app.as('frontDesk').query(createQuery, { input }))).toBe('FORBIDDEN');
  });
});

describe('the law', () => {
  it('forbids what is announced, with the citation', async () => {
    const { errors } = await create({ kind: 'DISCOUNT', announced: true });
    expect(errors![0]).toMatchObject({ extensions: { code: 'COMPLIANCE_BLOCKED' } });
    expect(errors![0]!.message).toContain('Medical Care Act art. 61');
    expect(codeOf(await create({ name: { ...seat, zhHant: '保證治癒療程' } }))).toBe('COMPLIANCE_BLOCKED');
  });

  it('asks for an approval, and nobody gets it before', async () => {
    await visit(app, ming.id, 100_000);
    const { data } = await create({ kind: 'GIFT' });
    const { id, needsApproval, warnings } = data.createMembershipBenefit;
    await app.settle();
    expect(needsApproval).toBe(true);
    expect(warnings[0]).toContain('tw.reward-quiet: Medical Care Act art. 61');
    await run(giveBenefits);
    expect(await benefitsOf(ming)).toEqual([]);
    const approve = `mutation ($input: ApproveMembershipBenefitInput!) {
      approveMembershipBenefit(input: $input) { needsApproval approvalReason } }`;
    const input = { id, reason: 'Worth less than a cup of coffee' };
    expect(codeOf(await app.as('frontDesk').query(approve, { input }))).toBe('FORBIDDEN');
    expect((await owner().data(approve, { input })).approveMembershipBenefit).toEqual({
      ...{ needsApproval: false, approvalReason: input.reason },
    });
    await app.settle();
    expect(await benefitsOf(ming)).toHaveLength(1);
  });

  it('that has come to forbid a benefit lets no patient be told of it any more', async () => {
    const setPack = (pack: string) =>
      owner().data(`mutation { updateSettings(input: { core: { compliancePack: ${pack} } }) { __typename } }`);
    const seen = async () => (await ming.self.data('{ membershipBenefits { nodes { id } } }')).membershipBenefits.nodes;
    await setPack('EU');
    const id = await created({ kind: 'GIFT', announced: true });
    const approve =
      'mutation ($input: ApproveMembershipBenefitInput!) { approveMembershipBenefit(input: $input) { id } }';
    await owner().data(approve, { input: { id, reason: 'Worth less than a cup of coffee' } });
    expect(await seen()).toContainEqual({ id });
    await setPack('TW');
    expect(await seen()).not.toContainEqual({ id });
  });

  it('of where a patient lives is asked when it is given', async () => {
    const id = await created({ kind: 'CHECK_UP' }, 'basic');
    const hua = await addPerson(app);
    await app.staff.run(({ em }) => em.nativeUpdate(Patient, hua.id, { residence: 'CN' }));
    await sweep(app);
    const approve =
      'mutation ($input: ApproveMembershipBenefitInput!) { approveMembershipBenefit(input: $input) { id } }';
    await owner().data(approve, { input: { id, reason: 'Nobody needs it clinically' } });
    await app.settle();
    expect(await benefitsOf(ming)).toHaveLength(1);
    expect(await benefitsOf(hua)).toEqual([]);
  });
});

describe('a use', () => {
  it('by fifty at once is no more than the quota', async () => {
    await created({ quota: 3 }, 'basic');
    const [{ id }] = (await benefitsOf(ming)) as [Given];
    const answers = await Promise.all(Array.from({ length: 50 }, () => use(id)));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(3);
    expect(new Set(answers.filter(({ errors }) => errors).map(codeOf))).toEqual(new Set(['CONFLICT']));
    expect(await benefitsOf(ming)).toMatchObject([{ used: 3, state: 'USED' }]);
  });

  it('is for staff to record, of what is not over', async () => {
    await created({ validDays: 1 }, 'basic');
    const [{ id }] = (await benefitsOf(ming)) as [Given];
    expect(codeOf(await use(id, ming.self))).toBe('FORBIDDEN');
    expect(codeOf(await use('018f0000-0000-7000-8000-000000000000'))).toBe('NOT_FOUND');
    expect(codeOf(await use('seat'))).toBe('NOT_FOUND');
    app.clock.set('2026-06-02T23:59:00+08:00');
    await run(expireBenefits);
    expect(await benefitsOf(ming)).toMatchObject([{ state: 'OPEN', validUntil: '2026-06-02' }]);
    app.clock.set('2026-06-03T00:01:00+08:00');
    expect(codeOf(await use(id))).toBe('CONFLICT');
    await run(expireBenefits);
    expect(await benefitsOf(ming)).toMatchObject([{ state: 'EXPIRED' }]);
  });

  it('is in the report, by tier and benefit, with what was given and what was lost', async () => {
    const id = await created({ quota: 2, period: 'MONTH' }, 'basic');
    const hua = await addPerson(app);
    await sweep(app);
    await run(giveBenefits);
    await use((await benefitsOf(ming))[0]!.id);
    app.clock.set('2026-07-01T00:20:00+08:00');
    await run(expireBenefits);
    const query = `query ($from: LocalDate!, $to: LocalDate!) { membershipBenefitReport(from: $from, to: $to) {
      benefitId tierCode source granted grantedUses used expired } }`;
    const report = async (from: string, to: string) =>
      (await owner().data(query, { from, to })).membershipBenefitReport;
    const line = { benefitId: id, tierCode: 'basic', source: 'membership.tier' };
    expect(await report('2026-06-01', '2026-06-30')).toEqual([
      { ...line, granted: 2, grantedUses: 4, used: 1, expired: 0 },
    ]);
    expect(await report('2026-07-01', '2026-07-01')).toEqual([
      { ...line, granted: 0, grantedUses: 0, used: 0, expired: 3 },
    ]);
    expect(codeOf(await owner().query(query, { from: '2026-07-01', to: '2026-06-01' }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await hua.self.query(query, { from: '2026-06-01', to: '2026-06-01' }))).toBe('FORBIDDEN');
  });
});

describe('what another plugin grants', () => {
  const name = { 'zh-Hant': '感謝您', 'zh-Hans': '感谢您', en: 'A thank-you' };
  const grant = (given: object = {}) =>
    app.staff.run(context =>
      grantBenefit(
        {
          ...{ patientId: ming.id, kind: 'SERVICE', name, quota: 1, validUntil: '2026-06-30' },
          ...{ key: `test:${ming.id}`, source: 'test.thanks', ...given },
        },
        context,
      ),
    );

  it('is given once for a key, also by ten at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, async () => (await grant()).id));
    expect(new Set(ids).size).toBe(1);
    expect(await benefitsOf(ming)).toMatchObject([{ name: { en: 'A thank-you' }, state: 'OPEN', period: null }]);
  });

  it('is gone when it is revoked, unless it was used', async () => {
    const { id } = await grant();
    await app.staff.run(context => revokeBenefit(`test:${ming.id}`, context));
    expect(codeOf(await use(id))).toBe('CONFLICT');
    const other = await grant({ key: 'test:other' });
    await use(other.id);
    await app.staff.run(context => revokeBenefit('test:other', context));
    expect((await benefitsOf(ming)).map(({ state }) => state).toSorted()).toEqual(['REVOKED', 'USED']);
  });

  it('is refused where it could not be right', async () => {
    await expect(grant({ quota: 0 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(grant({ key: '' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(grant({ validUntil: '2026-05-31' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(grant({ kind: 'GIFT' })).rejects.toMatchObject({ code: 'COMPLIANCE_BLOCKED' });
    await expect(grant({ patientId: 'ming' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await benefitsOf(ming)).toEqual([]);
  });
});

it('is seen by its patient only, and goes along when two records are merged', async () => {
  await created({}, 'basic');
  const hua = await addPerson(app);
  const { membershipGrantedBenefits } = await hua.self.data('{ membershipGrantedBenefits { nodes { id } } }');
  expect(membershipGrantedBenefits.nodes).toEqual([]);
  const input = { keptId: hua.id, mergedId: ming.id, reason: 'Same passport' };
  await app.staff.run(context => mergePatients(input, context));
  await app.settle();
  await run(giveBenefits);
  expect(await benefitsOf(hua)).toHaveLength(1);
});

it('is forgotten with the patient, and not given again', async () => {
  await created({}, 'basic');
  await use((await benefitsOf(ming))[0]!.id);
  await app.staff.run(context => erasePatient({ patientId: ming.id, reason: 'Asked by letter' }, context));
  await app.settle();
  await run(giveBenefits);
  const [left] = await app.staff.run(({ em }) =>
    em.execute<{ rows: number }[]>(
      `select (select count(*) from membership_granted_benefit where patient_id = ?)::integer +
         (select count(*) from membership_benefit_use where patient_id = ?)::integer as rows`,
      [ming.id, ming.id],
    ),
  );
  expect(left!.rows).toBe(0);
});
