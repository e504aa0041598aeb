import type { TestApp } from 'clinic-rapport/testing';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, tier, tierCodeOf, visit } from './program-clinic.ts';

let app: TestApp;
let people: Person[];

/** One who is basic, two who are advanced, one who is honour, and one who is no member yet. */
beforeEach(async () => {
  app = await openApp();
  await setProgram(app, bySpend());
  people = await Promise.all(Array.from({ length: 4 }, () => addPerson(app)));
  await sweep(app);
  for (const [index, amount] of [150_000, 250_000, 600_000].entries()) await visit(app, people[index + 1]!.id, amount);
  people.push(await addPerson(app));
});

const query = `query ($input: SimulateMembershipProgramInput!) { simulateMembershipProgram(input: $input) {
  members stay up down join yearlyCostNow yearlyCostThen moves { from to patients afterDays } } }`;
const simulate = async (program: object) =>
  (await app.as('owner').data(query, { input: { program } })).simulateMembershipProgram;
const spend = (atLeast: number) => ({ any: [{ kind: 'SPEND', atLeast, days: 365 }] });

/** All that a simulation could have written. */
const written = () =>
  app.staff.run(({ em }) =>
    em.execute(`select (select jsonb_agg(m order by id) from membership_member m) as members,
      (select jsonb_agg(t order by id) from membership_tier t) as tiers,
      (select jsonb_agg(p order by id) from membership_program p) as programs,
      (select count(*) from membership_tier_change) as changes, (select count(*) from outbox) as events`),
  );

test('who would go up and down, and what it costs, is known before anything is saved', async () => {
  const before = await written();
  const tiers = [
    tier('basic'),
    tier('advanced', spend(200_000), { yearlyValue: 1_000 }),
    tier('honour', spend(250_000), { yearlyValue: 4_000 }),
  ];
  expect(await simulate(bySpend({ tiers, graceDays: 45 }))).toEqual({
    ...{ members: 5, stay: 2, up: 1, down: 1, join: 1 },
    ...{ yearlyCostNow: 500 + 500 + 3_000, yearlyCostThen: 4_000 + 4_000 },
    moves: expect.arrayContaining([
      { from: 'basic', to: 'basic', patients: 1, afterDays: 0 },
      { from: 'advanced', to: 'basic', patients: 1, afterDays: 45 },
      { from: 'advanced', to: 'honour', patients: 1, afterDays: 0 },
      { from: 'honour', to: 'honour', patients: 1, afterDays: 0 },
      { from: null, to: 'basic', patients: 1, afterDays: 0 },
    ]),
  });
  expect(await written()).toEqual(before);
});

test('what was said is what happens once it is saved', async () => {
  const tiers = [tier('basic'), tier('honour', spend(200_000))];
  const program = bySpend({ tiers, graceDays: 0 });
  const { moves } = await simulate(program);
  await setProgram(app, program);
  const codes = await Promise.all(people.map(tierCodeOf));
  const reached = Map.groupBy(codes, code => code);
  for (const code of ['basic', 'honour']) {
    const foretold = moves.filter(({ to }: { to: string }) => to === code);
    const patients = foretold.reduce((sum: number, move: { patients: number }) => sum + move.patients, 0);
    expect([code, reached.get(code)?.length]).toEqual([code, patients]);
  }
});

test('members of a tier that is given up come to the next lower one after the grace, and are among those who come lower', async () => {
  const tiers = [tier('basic'), tier('advanced', spend(100_000))];
  const { moves, down, stay } = await simulate(bySpend({ tiers }));
  expect(moves).toContainEqual({ from: 'honour', to: 'advanced', patients: 1, afterDays: 30 });
  expect({ down, stay }).toEqual({ down: 1, stay: 3 });
});

test('the plan of the statement can be seen, and no patient in it', async () => {
  const plan = `query ($input: SimulateMembershipProgramInput!) { simulateMembershipProgram(input: $input) { plan } }`;
  const { simulateMembershipProgram } = await app.as('owner').data(plan, { input: { program: bySpend() } });
  expect(simulateMembershipProgram.plan.join('\n')).toMatch(/Scan.* on patient/);
});

test('a programme that would be refused is refused when it is tried, and only the owner tries', async () => {
  const contradictory = bySpend({ tiers: [tier('basic'), tier('a', spend(200)), tier('b', spend(100))] });
  const answer = await app.as('owner').query(query, { input: { program: contradictory } });
  expect(codeOf(answer)).toBe('BAD_USER_INPUT');
  for (const role of ['frontDesk', 'marketer', 'patient'] as const)
    expect(codeOf(await app.as(role).query(query, { input: { program: bySpend() } }))).toBe('FORBIDDEN');
});

test('a clinic without a programme learns who would be what', async () => {
  const owner = app.as('owner');
  const { membershipProgram } = await owner.data('{ membershipProgram { id } }');
  await owner.data('mutation ($input: EndMembershipProgramInput!) { endMembershipProgram(input: $input) { id } }', {
    input: { id: membershipProgram.id },
  });
  expect(await simulate(bySpend())).toMatchObject({ members: 5, yearlyCostThen: 500 + 500 + 3_000 });
});
