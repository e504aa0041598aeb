import { readFile } from 'node:fs/promises';
import { awardPoints, grantBenefit, recordEngagement, releasePoints, reversePoints, revokeBenefit } from '../index.ts';
import { bySpend, setProgram, sweep, tier } from './program-clinic.ts';
import { addPerson, openApp, pointsOf } from './clinic.ts';

it('what the README asks as a patient is answered, after what it does as a plugin', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const document = /^ {4}query \(\$id: ID!\) \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const app = await openApp();
  const ming = await addPerson(app);
  const [patientId, key, reason] = [ming.id, 'referrals.reward:1', 'referrals.reward'];
  await app.staff.run(context => awardPoints({ patientId, points: 50, key, reason, pending: true }, context));
  await app.staff.run(context => releasePoints(key, context));
  const { patient } = await ming.self.data(document, { id: ming.id });
  expect(patient.pointsBalance).toMatchObject({ available: 50, pending: 0, owed: 0 });
  expect(patient.pointsStatement.nodes).toMatchObject([{ kind: 'RELEASE', change: 50, reason }, { kind: 'EARN' }]);
  await app.staff.run(context => reversePoints(key, 'referrals.void', context));
  expect(await pointsOf(ming)).toMatchObject({ available: 0 });
});

it('what the README asks of benefits is answered, after what another plugin gives', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const document = /^ {4}query \(\$patientId: ID!\) \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const app = await openApp();
  const ming = await addPerson(app);
  const [patientId, key] = [ming.id, 'reviews.thanks:1'];
  const name = { 'zh-Hant': '感謝您', 'zh-Hans': '感谢您', en: 'A thank-you' };
  await app.staff.run(context =>
    grantBenefit(
      { patientId, kind: 'SERVICE', name, quota: 1, validUntil: null, key, source: 'reviews.thanks' },
      context,
    ),
  );
  const seen = async () => (await ming.self.data(document, { patientId })).patient.benefits.nodes;
  expect(await seen()).toEqual([
    { name: { en: 'A thank-you' }, kind: 'SERVICE', quota: 1, used: 0, validUntil: null, state: 'OPEN' },
  ]);
  await app.staff.run(context => revokeBenefit(key, context));
  expect(await seen()).toMatchObject([{ state: 'REVOKED' }]);
});

it('what the README keeps for a tier is kept', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const document = /^ {4}mutation \(\$tierId: ID!\) \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const app = await openApp();
  await setProgram(app, bySpend());
  const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
  const { keepMembershipTime } = await app.as('owner').data(document, { tierId: membershipProgram.tiers[1].id });
  expect(keepMembershipTime).toMatchObject({ tier: { code: 'advanced' }, releaseHours: 48 });
});

it('what the README asks for is a list of calls that are overdue', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const document = /^ {4}query \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  const { id: patientId } = await addPerson(app);
  const name = { 'zh-Hant': '來電', 'zh-Hans': '来电', en: 'A call' };
  const given = { patientId, kind: 'STAFF_CALL', name, quota: 1, validUntil: null } as const;
  await app.staff.run(context => grantBenefit({ ...given, key: 'reviews.call:1', source: 'reviews.call' }, context));
  app.clock.set('2026-06-16T09:00:00+08:00');
  const { membershipTasks } = await app.as('frontDesk').data(document);
  expect(membershipTasks.nodes).toMatchObject([{ dueOn: '2026-06-15', grantedBenefit: { name: { en: 'A call' } } }]);
});

it('what the README takes is a seat', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const document = /^ {4}mutation \(\$lectureId: ID!, \$patientId: ID!\) \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  await setProgram(app, bySpend());
  const ming = await addPerson(app);
  await sweep(app);
  const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
  const words = { zhHant: '健康講座', zhHans: '健康讲座', en: 'Sleeping well' };
  const times = { startsAt: '2026-06-10T14:00:00+08:00', endsAt: '2026-06-10T16:00:00+08:00' };
  const input = { tierId: membershipProgram.tiers[0].id, name: words, place: words, capacity: 1, ...times };
  const plan = 'mutation ($input: PlanMembershipLectureInput!) { planMembershipLecture(input: $input) { id } }';
  const { planMembershipLecture } = await app.as('owner').data(plan, { input });
  const seat = await ming.self.data(document, { lectureId: planMembershipLecture.id, patientId: ming.id });
  expect(seat.takeMembershipSeat).toMatchObject({ state: 'TAKEN', lecture: { name: { en: 'Sleeping well' } } });
});

it('what the README begins is a programme, in which a patient sees the own tier and how it came', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const create = /^ {4}mutation \(\$input: CreateMembershipProgramInput!\) \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const document = /^ {4}query \(\$member: ID!\) \{$[^]*?^ {4}\}$/m.exec(readme)![0];
  const app = await openApp();
  const { id: patientId, self } = await addPerson(app);
  const tiers = [
    tier('basic'),
    tier('advanced', { any: [{ kind: 'ENGAGEMENT', atLeast: 1, engagements: ['REVIEWED'] }] }),
  ];
  const { createMembershipProgram } = await app.as('owner').data(create, { input: { program: bySpend({ tiers }) } });
  expect(createMembershipProgram.tiers).toMatchObject([
    { code: 'basic' },
    { conditions: [{ kind: 'ENGAGEMENT', atLeast: 1 }] },
  ]);
  await app.settle();
  await app.staff.run(context => recordEngagement({ patientId, kind: 'REVIEWED', key: 'reviews.review:1' }, context));
  const { patient } = await self.data(document, { member: patientId });
  expect(patient.member).toMatchObject({ tier: { code: 'advanced' }, graceUntil: null });
  expect(patient.tierChanges.nodes).toMatchObject([{ reason: 'REACHED' }, { from: null, to: { code: 'basic' } }]);
});
