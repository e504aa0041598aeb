import { Service } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { seedProgram } from '../program/default-program.ts';
import { codeOf, openApp } from './clinic.ts';
import { bySpend, programOf, setProgram, tier, tryProgram } from './program-clinic.ts';

let app: TestApp;

beforeAll(async () => {
  app = await openApp();
});

const spend = (atLeast: number, days: number | null = 365) => ({ kind: 'SPEND', atLeast, days });
const tiers = (...above: object[]) => bySpend({ tiers: [tier('basic'), ...above] });
const create = 'mutation ($input: CreateMembershipProgramInput!) { createMembershipProgram(input: $input) { id } }';

describe('a programme', () => {
  it('is seeded with three tiers, once, of which the lowest asks for nothing', async () => {
    const id = await app.addClinic('seeded');
    const staff = app.as(['*'], { clinicId: id });
    await staff.run(seedProgram);
    await staff.run(seedProgram);
    const { membershipProgram } = await app
      .as('owner', { clinicId: id })
      .data('{ membershipProgram { name { en } tiers { code name { zhHant } conditions { kind atLeast days } } } }');
    expect(membershipProgram.tiers.map(({ code }: any) => code)).toEqual(['basic', 'advanced', 'honour']);
    expect(membershipProgram.tiers[0].conditions).toEqual([]);
    expect(membershipProgram.tiers[1].conditions).toContainEqual({ kind: 'SPEND', atLeast: 2_000_000, days: 365 });
    const benefits = '{ membershipBenefits { nodes { kind tier { code } needsApproval } } }';
    expect((await app.as('owner', { clinicId: id }).data(benefits)).membershipBenefits.nodes).toEqual([
      { kind: 'STAFF_CALL', tier: { code: 'honour' }, needsApproval: false },
      { kind: 'PRIORITY', tier: { code: 'advanced' }, needsApproval: false },
    ]);
  });

  it('goes on alone: a second one is refused until it is ended', async () => {
    await setProgram(app, bySpend());
    const owner = app.as('owner');
    expect(codeOf(await owner.query(create, { input: { program: bySpend() } }))).toBe('CONFLICT');
    const end = 'mutation ($input: EndMembershipProgramInput!) { endMembershipProgram(input: $input) { active } }';
    const ended = await owner.data(end, { input: { id: (await programOf(app))!.id } });
    expect(ended.endMembershipProgram).toEqual({ active: false });
    const both = await Promise.all([1, 2].map(() => owner.query(create, { input: { program: bySpend() } })));
    expect(both.map(codeOf).toSorted()).toEqual(['CONFLICT', undefined]);
  });

  it('is changed by the owner alone, and not over a change that was not read', async () => {
    await setProgram(app, bySpend());
    const { id, version } = (await programOf(app))!;
    const update =
      'mutation ($input: UpdateMembershipProgramInput!) { updateMembershipProgram(input: $input) { version } }';
    const input = { id, expectedVersion: version - 1, program: bySpend() };
    expect(codeOf(await app.as('owner').query(update, { input }))).toBe('CONFLICT');
    for (const role of ['frontDesk', 'patient', 'marketer'] as const) {
      expect(codeOf(await app.as(role).query(update, { input: { id, program: bySpend() } }))).toBe('FORBIDDEN');
    }
  });
});

describe('rules', () => {
  it.each([
    ['tiers.1.rules', 'no rules above the lowest tier', tiers(tier('advanced'))],
    ['tiers.1.rules', 'none in them', tiers(tier('advanced', { any: [] }))],
    ['tiers.1.rules', 'any and all', tiers(tier('advanced', { any: [spend(1)], all: [spend(1)] }))],
    ['tiers.0.rules', 'rules of the lowest tier', bySpend({ tiers: [tier('basic', { any: [spend(1)] })] })],
    ['tiers.2.rules', 'less for more', tiers(tier('a', { any: [spend(100)] }), tier('b', { any: [spend(50)] }))],
    ['tiers.2.rules', 'the same for more', tiers(tier('a', { any: [spend(100)] }), tier('b', { any: [spend(100)] }))],
    [
      'tiers.2.rules',
      'the same within more time',
      tiers(tier('a', { all: [spend(100, 30)] }), tier('b', { any: [spend(100, 60), spend(500)] })),
    ],
    [
      'tiers.3.rules',
      'less than two tiers below',
      tiers(tier('a', { any: [spend(100)] }), tier('b', { any: [spend(200)] }), tier('c', { any: [spend(90)] })),
    ],
    ['tiers.1.rules.any.0.atLeast', 'nothing', tiers(tier('a', { any: [spend(0)] }))],
    ['tiers.1.rules.any.0.days', 'an empty window', tiers(tier('a', { any: [spend(5, 0)] }))],
    ['tiers.1.rules.any.0.days', 'more than ten years', tiers(tier('a', { any: [spend(5, 3_651)] }))],
    [
      'tiers.1.rules.any.0.days',
      'more visits than days',
      tiers(tier('a', { any: [{ kind: 'VISITS', atLeast: 8, days: 7 }] })),
    ],
    [
      'tiers.1.rules.all.0.days',
      'a window for tenure',
      tiers(tier('a', { all: [{ kind: 'TENURE', atLeast: 8, days: 7 }] })),
    ],
    [
      'tiers.1.rules.all.0.engagements',
      'engagement of no kind',
      tiers(tier('a', { all: [{ kind: 'ENGAGEMENT', atLeast: 8 }] })),
    ],
    [
      'tiers.1.rules.all.0.serviceIds',
      'an item without a name',
      tiers(tier('a', { all: [{ kind: 'ITEM', atLeast: 1 }] })),
    ],
    [
      'tiers.1.rules.all.0.procedureCodes',
      'a procedure for spending',
      tiers(tier('a', { all: [{ ...spend(5), procedureCodes: ['CT'] }] })),
    ],
    [
      'tiers.1.rules',
      'an unknown service',
      tiers(tier('a', { all: [{ kind: 'ITEM', atLeast: 1, serviceIds: ['5a1e8a52-4f0f-4f6e-9b0b-6d6c5b0d1a11'] }] })),
    ],
    ['tiers.1.code', 'two tiers of one code', tiers(tier('basic', { any: [spend(100)] }))],
    ['tiers.0.code', 'a code with spaces', bySpend({ tiers: [tier('The best')] })],
    ['tiers', 'no tiers', bySpend({ tiers: [] })],
    ['graceDays', 'a negative grace', bySpend({ graceDays: -1 })],
  ])('at %s: %s is refused, and nothing is written', async (field, _, program) => {
    await setProgram(app, bySpend());
    const before = await programOf(app);
    const answer = await tryProgram(app, program);
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      ...{ code: 'BAD_USER_INPUT', field: `input.program.${field}` },
    });
    expect(await programOf(app)).toEqual(before);
  });

  it('name services of the clinic', async () => {
    const serviceId = await app.staff.run(
      async ({ em }) => em.create(Service, { code: 'SCOPE', name: { en: 'Endoscopy' }, durationMinutes: 30 }).id,
    );
    await setProgram(app, tiers(tier('a', { any: [{ kind: 'ITEM', atLeast: 1, serviceIds: [serviceId] }, spend(5)] })));
    const query = '{ membershipProgram { tiers { combination conditions { kind serviceIds } } } }';
    const { membershipProgram } = await app.as('patient').data(query);
    expect(membershipProgram.tiers[1]).toMatchObject({
      ...{ combination: 'ANY', conditions: [{ kind: 'ITEM', serviceIds: [serviceId] }, { kind: 'SPEND' }] },
    });
  });

  it('are refused where the law forbids the words', async () => {
    const benefits = { zhHant: '保證治癒', zhHans: '保证治愈', en: 'Guaranteed cure' };
    const answer = await tryProgram(app, tiers(tier('a', { any: [spend(5)] }, { benefits })));
    expect(codeOf(answer)).toBe('COMPLIANCE_BLOCKED');
  });
});
