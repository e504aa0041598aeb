import { erasePatient, Practitioner } from 'clinic-rapport/schema';
import type { Caller, TestApp } from 'clinic-rapport/testing';
import { expireBenefits } from '../benefits/expiring.ts';
import { grantBenefit, revokeBenefit } from '../index.ts';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, visit } from './program-clinic.ts';

let app: TestApp;
let ming: Person;

beforeEach(async () => {
  app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  await setProgram(app, bySpend());
  ming = await addPerson(app);
  await sweep(app);
});

const call = { zhHant: '醫師親自來電', zhHans: '医师亲自来电', en: 'The doctor calls' };
/** Of the honour tier, due within ten days. */
const giveCalls = async (given: object = {}): Promise<void> => {
  const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
  const tierId = membershipProgram.tiers[2].id;
  const input = { tierId, name: call, kind: 'STAFF_CALL', period: 'YEAR', taskDays: 10, ...given };
  const query = 'mutation ($input: CreateMembershipBenefitInput!) { createMembershipBenefit(input: $input) { id } }';
  await app.as('owner').data(query, { input });
  await app.settle();
};
const query = `query ($overdue: Boolean, $filter: MembershipTaskFilter) {
  membershipTasks(overdue: $overdue, filter: $filter) { nodes {
    id dueOn state doneBy patient { id } practitioner { name } grantedBenefit { name { en } used state } } } }`;
const tasks = async (variables: Record<string, unknown> = {}, who: Caller = app.as('frontDesk')): Promise<any[]> =>
  (await who.data(query, variables)).membershipTasks.nodes;
const completeQuery = `mutation ($input: CompleteMembershipTaskInput!) {
  completeMembershipTask(input: $input) { state endedAt doneBy grantedBenefit { used state } } }`;
const complete = (id: string, who: Caller = app.as('practitioner')) => who.query(completeQuery, { input: { id } });

it('begins with the benefit, is due some days later, and is somebody’s when it is done', async () => {
  await giveCalls();
  await visit(app, ming.id, 500_000);
  const [task] = await tasks();
  expect(task).toMatchObject({
    ...{ dueOn: '2026-06-11', state: 'OPEN', patient: { id: ming.id }, practitioner: null },
    grantedBenefit: { name: { en: call.en }, used: 0 },
  });
  const userId = '018f0000-0000-7000-8000-00000000000b';
  const { data } = await complete(task.id, app.as('practitioner', { userId }));
  expect(data.completeMembershipTask).toMatchObject({
    ...{ state: 'DONE', doneBy: userId, endedAt: '2026-06-01T01:00:00.000Z' },
    grantedBenefit: { used: 1, state: 'USED' },
  });
  expect(codeOf(await complete(task.id))).toBe('CONFLICT');
  expect(await tasks({ filter: { state: ['OPEN'] } })).toEqual([]);
});

it('is the practitioner’s whom the patient has seen last, or whoever takes it over', async () => {
  const [lin, chen] = await app.staff.run(async ({ em }) => {
    const both = ['林醫師', 'Dr. Chen'].map(name => em.create(Practitioner, { name }));
    await em.flush();
    return both.map(({ id }) => id);
  });
  await giveCalls();
  const id = await visit(app, ming.id, 100_000);
  await app.staff.run(({ em }) => em.execute('update visit set practitioner_id = ? where id = ?', [lin, id]));
  await visit(app, ming.id, 400_000);
  await app.staff.run(({ em }) => em.execute('update visit set practitioner_id = ?', [lin]));
  const [task] = await tasks();
  const assign = `mutation ($input: AssignMembershipTaskInput!) {
    assignMembershipTask(input: $input) { practitioner { name } } }`;
  const give = (practitionerId: unknown) =>
    app.as('frontDesk').query(assign, { input: { id: task.id, practitionerId } });
  expect((await give(chen)).data.assignMembershipTask).toEqual({ practitioner: { name: 'Dr. Chen' } });
  expect(await tasks({ filter: { practitionerId: [chen] } })).toHaveLength(1);
  expect(codeOf(await give('018f0000-0000-7000-8000-000000000000'))).toBe('NOT_FOUND');
  await complete(task.id);
  expect(codeOf(await give(lin))).toBe('CONFLICT');
});

it('of a benefit for several uses is followed by the next one', async () => {
  await giveCalls({ quota: 2 });
  await visit(app, ming.id, 500_000);
  await complete((await tasks())[0].id);
  app.clock.set('2026-06-20T09:00:00+08:00');
  const [second, ...rest] = await tasks({ filter: { state: ['OPEN'] } });
  expect(rest).toEqual([]);
  expect(second.dueOn).toBe('2026-06-11');
  await complete(second.id);
  expect(await tasks({ filter: { state: ['OPEN'] } })).toEqual([]);
});

it('is overdue after its day, and not on it', async () => {
  await giveCalls();
  await visit(app, ming.id, 500_000);
  app.clock.set('2026-06-11T23:59:00+08:00');
  expect(await tasks({ overdue: true })).toEqual([]);
  app.clock.set('2026-06-12T00:01:00+08:00');
  expect(await tasks({ overdue: true })).toHaveLength(1);
});

it('is done once by fifty who say so', async () => {
  await giveCalls({ quota: 3 });
  await visit(app, ming.id, 500_000);
  const [{ id }] = await tasks();
  const answers = await Promise.all(Array.from({ length: 50 }, () => complete(id)));
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
  expect(await tasks({ filter: { state: ['OPEN'] } })).toMatchObject([{ grantedBenefit: { used: 1 } }]);
});

it('is dropped when the benefit is over, revoked, or used at the desk', async () => {
  const name = { 'zh-Hant': '來電', 'zh-Hans': '来电', en: 'A call' };
  const grant = (key: string, validUntil: string | null) =>
    app.staff.run(context => {
      const given = { patientId: ming.id, kind: 'STAFF_CALL', name, quota: 1, validUntil } as const;
      return grantBenefit({ ...given, key, source: 'test.call' }, context);
    });
  await grant('test:over', '2026-06-03');
  await grant('test:revoked', null);
  const { id } = await grant('test:used', null);
  expect((await tasks()).map(({ dueOn }) => dueOn)).toEqual(['2026-06-03', '2026-06-15', '2026-06-15']);
  await app.staff.run(context => revokeBenefit('test:revoked', context));
  const use = 'mutation ($input: UseMembershipBenefitInput!) { useMembershipBenefit(input: $input) { state } }';
  await app.as('frontDesk').data(use, { input: { id } });
  expect(await tasks({ filter: { state: ['OPEN'] } })).toHaveLength(1);
  app.clock.set('2026-06-04T01:00:00+08:00');
  await app.staff.run(context => expireBenefits.run(undefined, context));
  expect((await tasks()).map(({ state }) => state)).toEqual(['DROPPED', 'DROPPED', 'DROPPED']);
});

it('is for staff, and forgotten with the patient', async () => {
  await giveCalls();
  await visit(app, ming.id, 500_000);
  expect(codeOf(await ming.self.query(query))).toBe('FORBIDDEN');
  expect(codeOf(await complete((await tasks())[0].id, ming.self))).toBe('FORBIDDEN');
  expect(codeOf(await complete('018f0000-0000-7000-8000-000000000000'))).toBe('NOT_FOUND');
  await app.staff.run(context => erasePatient({ patientId: ming.id, reason: 'Asked by letter' }, context));
  expect(await tasks()).toEqual([]);
});
