import { ContactPoint } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { recordEngagement } from '../index.ts';
import { addPerson, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, tier, visit } from './program-clinic.ts';

let app: TestApp;
let ming: Person;

beforeAll(async () => {
  app = await openApp();
});
beforeEach(async () => {
  app.clock.set('2026-06-01T09:00:00+08:00');
  await setProgram(app, bySpend());
  ming = await addPerson(app);
  await sweep(app);
});

const part = `{ tier { code } combination holds needsVerifiedAddress conditions { condition { kind atLeast } has missing holds } }`;
const query = `query ($id: ID!) { patient(id: $id) { member { graceUntil standing { present ${part} next ${part} } } } }`;
const memberOf = async ({ id, self }: Person): Promise<any> => (await self.data(query, { id })).patient.member;
const standingOf = async (person: Person): Promise<any> => (await memberOf(person)).standing;
const summaryOf = ({ tier: { code }, holds, conditions }: any) => [
  code,
  holds,
  ...conditions.map(({ condition, has, missing }: any) => [condition.kind, has, missing]),
];

describe('a member sees', () => {
  it('why the tier is theirs, and what is missing for the next', async () => {
    await visit(app, ming.id, 130_000);
    expect(await standingOf(ming)).toEqual({
      present: {
        ...{ tier: { code: 'advanced' }, combination: 'ANY', holds: true, needsVerifiedAddress: false },
        conditions: [{ condition: { kind: 'SPEND', atLeast: 100_000 }, has: 130_000, missing: 0, holds: true }],
      },
      next: {
        ...{ tier: { code: 'honour' }, combination: 'ALL', holds: false, needsVerifiedAddress: false },
        conditions: [{ condition: { kind: 'SPEND', atLeast: 500_000 }, has: 130_000, missing: 370_000, holds: false }],
      },
    });
  });

  it('nothing above the highest tier, and nothing asked in the lowest', async () => {
    expect((await standingOf(ming)).present).toMatchObject({ tier: { code: 'basic' }, holds: true, conditions: [] });
    await visit(app, ming.id, 500_000);
    const { present, next } = await standingOf(ming);
    expect(summaryOf(present)).toEqual(['honour', true, ['SPEND', 500_000, 0]]);
    expect(next).toBeNull();
  });

  it('that grace runs, as what counted is too long ago', async () => {
    await visit(app, ming.id, 130_000);
    app.clock.set('2027-06-02T09:00:00+08:00');
    await sweep(app);
    const { graceUntil, standing } = await memberOf(ming);
    expect(graceUntil).toBe('2027-07-02');
    expect(summaryOf(standing.present)).toEqual(['advanced', false, ['SPEND', 0, 100_000]]);
  });

  it('each of several conditions, and which of them is enough', async () => {
    const answered = { kind: 'ENGAGEMENT', atLeast: 2, engagements: ['ANSWERED'] };
    const seen = { kind: 'VISITS', atLeast: 1, days: 365 };
    const tiers = [tier('basic'), tier('either', { any: [seen, answered] }), tier('both', { all: [seen, answered] })];
    await setProgram(app, bySpend({ tiers }));
    await app.staff.run(context =>
      recordEngagement({ patientId: ming.id, kind: 'ANSWERED', key: `test:${ming.id}` }, context),
    );
    await visit(app, ming.id, 1);
    const { present, next } = await standingOf(ming);
    expect(summaryOf(present)).toEqual(['either', true, ['VISITS', 1, 0], ['ENGAGEMENT', 1, 1]]);
    expect(summaryOf(next)).toEqual(['both', false, ['VISITS', 1, 0], ['ENGAGEMENT', 1, 1]]);
  });

  it('that an address must be verified first', async () => {
    await setProgram(app, bySpend({ needsVerifiedAddress: true }));
    await app.staff.run(({ em }) => em.nativeUpdate(ContactPoint, { patient: ming.id }, { verifiedAt: null }));
    await visit(app, ming.id, 130_000);
    const { present, next } = await standingOf(ming);
    expect(summaryOf(present)).toEqual(['basic', true]);
    expect(next).toMatchObject({ holds: false, needsVerifiedAddress: true, conditions: [{ holds: true }] });
  });
});

test('what many members have is counted in one statement', async () => {
  const others = await Promise.all(Array.from({ length: 5 }, () => addPerson(app)));
  await sweep(app);
  await visit(app, others[0]!.id, 130_000);
  const { members } = await app
    .as('frontDesk')
    .data(`{ members(first: 50) { nodes { patient { id } standing { present { tier { code } holds } } } } }`);
  const codes = new Map(members.nodes.map(({ patient, standing }: any) => [patient.id, standing.present]));
  expect(codes.get(others[0]!.id)).toEqual({ tier: { code: 'advanced' }, holds: true });
  expect(codes.get(others[1]!.id)).toEqual({ tier: { code: 'basic' }, holds: true });
});
