import { Location, Practitioner, publishNotice, Schedule, Service } from 'clinic-rapport/schema';
import type { Caller, TestApp } from 'clinic-rapport/testing';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, visit } from './program-clinic.ts';

let app: TestApp;
let serviceId: string;
let practitionerId: string;
let guest: Person;
let member: Person;

/** Open on Tuesdays at nine, and a notice to agree to. */
const furnish = (): Promise<void> =>
  app.staff.run(async context => {
    const { em } = context;
    const location = em.create(Location, { name: { en: 'Main' }, address: { en: '1 Road' } });
    const practitioner = em.create(Practitioner, { name: 'Dr. Lin' });
    const service = em.create(Service, {
      code: 'SCAN',
      name: { en: 'A scan', 'zh-Hant': '掃描' },
      durationMinutes: 60,
    });
    const hours = { weekday: 2, startTime: '09:00', endTime: '10:00', slotMinutes: 60, validFrom: '2026-01-01' };
    em.create(Schedule, { practitioner, location, ...hours });
    await em.flush();
    [serviceId, practitionerId] = [service.id, practitioner.id];
    const text = { zhHant: '說明', zhHans: '说明', en: 'What for' };
    const parts = ['collector', 'purpose', 'categories', 'dataUse', 'rights', 'refusalEffect'] as const;
    const notice = Object.fromEntries(parts.map(part => [part, text])) as Record<(typeof parts)[number], typeof text>;
    await publishNotice({ name: 'privacy', ...notice }, context);
  });

beforeEach(async () => {
  app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  await setProgram(app, bySpend());
  await furnish();
  [guest, member] = [await addPerson(app), await addPerson(app)];
  await sweep(app);
  await visit(app, member.id, 100_000);
});

const wantsNews = async ({ id }: Person): Promise<void> => {
  const { noticeVersions } = await app.as('owner').data('{ noticeVersions(first: 1) { nodes { id } } }');
  const choice = { patientId: id, purpose: 'MARKETING', channel: 'EMAIL', source: 'DESK' };
  const give = 'mutation ($input: ConsentInput!) { giveConsent(input: $input) { id } }';
  await app.as('frontDesk').data(give, { input: { ...choice, noticeVersionId: noticeVersions.nodes[0].id } });
};
const openQuery = 'mutation ($input: OpenMembershipTimesInput!) { openMembershipTimes(input: $input) { id } }';
const tryOpen = async (given: object = {}, who: Caller = app.as('owner')) => {
  const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
  const days = { firstDay: '2026-07-01', lastDay: '2026-07-31' };
  const from = { membersFrom: '2026-06-03T09:00:00+08:00', everybodyFrom: '2026-06-08T09:00:00+08:00' };
  const input = { serviceId, tierId: membershipProgram.tiers[1].id, ...days, ...from, ...given };
  return who.query(openQuery, { input });
};
const open = async (): Promise<string> => {
  const { data, errors } = await tryOpen();
  expect(errors).toBeUndefined();
  await app.settle();
  return data.openMembershipTimes.id;
};
/** Days in June and July on which a slot is free. */
const freeDays = async (who: Caller): Promise<string[]> => {
  const query = `query ($serviceId: ID!, $from: DateTime!, $to: DateTime!) {
    freeSlots(serviceId: $serviceId, from: $from, to: $to) { startsAt } }`;
  const window = { from: '2026-06-23T00:00:00+08:00', to: '2026-07-12T00:00:00+08:00' };
  const { freeSlots } = await who.data(query, { serviceId, ...window });
  return freeSlots.map(({ startsAt }: { startsAt: string }) => startsAt.slice(5, 10));
};
const told = ({ address }: Person) =>
  app.mails.filter(({ to, subject }) => to === address && subject === '新的預約時間，會員優先');

it('new days are for members first, for everybody later, and for staff always', async () => {
  await open();
  expect(await freeDays(member.self)).toEqual(['06-23', '06-30']);
  expect(await freeDays(app.as('frontDesk'))).toEqual(['06-23', '06-30', '07-07']);
  app.clock.set('2026-06-03T09:00:00+08:00');
  expect(await freeDays(member.self)).toEqual(['06-23', '06-30', '07-07']);
  expect(await freeDays(guest.self)).toEqual(['06-23', '06-30']);
  const book = 'mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { id } }';
  const input = { patientId: guest.id, serviceId, practitionerId, startsAt: '2026-07-07T09:00:00+08:00' };
  expect(codeOf(await guest.self.query(book, { input }))).toBe('SLOT_TAKEN');
  app.clock.set('2026-06-08T09:00:00+08:00');
  expect(await freeDays(guest.self)).toEqual(['06-23', '06-30', '07-07']);
});

it('members who want news are told when they may book, and nobody else', async () => {
  for (const person of [guest, member]) await wantsNews(person);
  const silent = await addPerson(app);
  await sweep(app);
  await visit(app, silent.id, 100_000);
  await open();
  expect(told(member)).toEqual([]);
  app.clock.set('2026-06-03T09:01:00+08:00');
  await app.settle();
  const [mail] = told(member);
  expect(mail!.text).toContain('2026年7月1日 – 2026年7月31日');
  expect(mail!.text).toContain('2026年6月8日 09:00');
  expect(mail!.text).toContain('掃描');
  expect([told(guest), told(silent)]).toEqual([[], []]);
});

it('what is called off is for everybody, and nobody is told', async () => {
  await wantsNews(member);
  const id = await open();
  const query = 'mutation ($input: CancelMembershipOpeningInput!) { cancelMembershipOpening(input: $input) }';
  expect(codeOf(await app.as('frontDesk').query(query, { input: { id } }))).toBe('FORBIDDEN');
  expect((await app.as('owner').data(query, { input: { id } })).cancelMembershipOpening).toBe(id);
  expect(codeOf(await app.as('owner').query(query, { input: { id } }))).toBe('NOT_FOUND');
  expect(await freeDays(guest.self)).toEqual(['06-23', '06-30', '07-07']);
  app.clock.set('2026-06-03T09:01:00+08:00');
  await app.settle();
  expect(told(member)).toEqual([]);
});

it.each([
  [{ everybodyFrom: '2026-06-01T09:00:00+08:00' }, 'BAD_USER_INPUT'],
  [{ membersFrom: '2026-06-08T09:00:00+08:00' }, 'BAD_USER_INPUT'],
  [{ membersFrom: '2026-05-24T09:00:00+08:00' }, 'BAD_USER_INPUT'],
  [{ firstDay: '2026-06-08' }, 'BAD_USER_INPUT'],
  [{ lastDay: '2026-06-30' }, 'BAD_USER_INPUT'],
  [{ lastDay: '2027-07-03' }, 'BAD_USER_INPUT'],
  [{ tierId: 'honour' }, 'NOT_FOUND'],
  [{ serviceId: 'scan' }, 'NOT_FOUND'],
])('of %j is refused: %s', async (given, code) => expect(codeOf(await tryOpen(given))).toBe(code));

it('is for the owner to open, and for staff to see', async () => {
  await open();
  expect(codeOf(await tryOpen({}, app.as('frontDesk')))).toBe('FORBIDDEN');
  const query = '{ membershipOpenings { nodes { service { code } tier { code } firstDay lastDay } } }';
  expect((await app.as('frontDesk').data(query)).membershipOpenings.nodes).toEqual([
    { service: { code: 'SCAN' }, tier: { code: 'advanced' }, firstDay: '2026-07-01', lastDay: '2026-07-31' },
  ]);
  expect(codeOf(await member.self.query(query))).toBe('FORBIDDEN');
});

describe('a time that becomes free', () => {
  const join = `mutation ($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { id } }`;
  const wait = async ({ id: patientId }: Person, more: object = {}): Promise<void> => {
    const wish = { serviceId, fromDay: '2026-06-02', toDay: '2026-06-02' };
    await app.as('frontDesk').data(join, { input: { patientId, ...wish, ...more } });
    app.clock.advance({ minutes: 1 });
  };
  const offered = ({ address }: Person): boolean =>
    app.mails.some(({ to, links }) => to === address && links.some(link => link.includes('/waitlist/')));
  /** Somebody has the only time of the day, and gives it up once all wait. */
  const freed = async (waiting: () => Promise<void>): Promise<void> => {
    const desk = app.as('frontDesk');
    const book = 'mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { id } }';
    const { id: patientId } = await addPerson(app);
    const input = { patientId, serviceId, practitionerId, startsAt: '2026-06-02T09:00:00+08:00' };
    const { id } = (await desk.data(book, { input })).bookAppointment;
    await waiting();
    const cancel = 'mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) { id } }';
    await desk.data(cancel, { input: { id } });
    await app.settle();
  };

  beforeEach(async () => {
    const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
    const create = 'mutation ($input: CreateMembershipBenefitInput!) { createMembershipBenefit(input: $input) { id } }';
    const name = { zhHant: '優先候補', zhHans: '优先候补', en: 'First on the waitlist' };
    const input = { tierId: membershipProgram.tiers[1].id, name, kind: 'PRIORITY', period: 'YEAR' };
    await app.as('owner').data(create, { input });
    await app.settle();
  });

  it('is offered to a member with a priority before who has waited longer', async () => {
    await freed(async () => {
      await wait(guest);
      await wait(member);
    });
    expect([offered(member), offered(guest)]).toEqual([true, false]);
  });

  it('is offered to who needs it before any member', async () => {
    await freed(async () => {
      await wait(member);
      await wait(guest, { urgency: 1 });
    });
    expect([offered(member), offered(guest)]).toEqual([false, true]);
  });
});
