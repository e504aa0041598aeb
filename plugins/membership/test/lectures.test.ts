import { erasePatient, mergePatients, Service } from 'clinic-rapport/schema';
import type { Caller, TestApp } from 'clinic-rapport/testing';
import { remindOfLectures } from '../lectures/reminding.ts';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, tier, tierCodeOf } from './program-clinic.ts';

let app: TestApp;
let ming: Person;

beforeEach(async () => {
  app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  await setProgram(app, bySpend());
  ming = await addPerson(app);
  await sweep(app);
});

const words = (en: string) => ({ zhHant: '健康講座', zhHans: '健康讲座', en });
const planQuery =
  'mutation ($input: PlanMembershipLectureInput!) { planMembershipLecture(input: $input) { id taken } }';
const tryPlan = async (given: object = {}, who: Caller = app.as('owner')) => {
  const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
  const times = { startsAt: '2026-06-10T14:00:00+08:00', endsAt: '2026-06-10T16:00:00+08:00' };
  const about = { name: words('Sleeping well'), place: words('Hall on the second floor') };
  const input = { tierId: membershipProgram.tiers[0].id, ...about, ...times, capacity: 3, ...given };
  return who.query(planQuery, { input });
};
const plan = async (given: object = {}): Promise<string> => {
  const { data, errors } = await tryPlan(given);
  expect(errors).toBeUndefined();
  return data.planMembershipLecture.id;
};
const takeQuery = 'mutation ($input: TakeMembershipSeatInput!) { takeMembershipSeat(input: $input) { id state } }';
const take = (lectureId: string, person = ming, who = person.self) =>
  who.query(takeQuery, { input: { lectureId, patientId: person.id } });
const seatIn = async (lectureId: string, person = ming): Promise<string> =>
  (await take(lectureId, person)).data.takeMembershipSeat.id;
const onSeat = (mutation: string, id: string, who: Caller = app.as('frontDesk')) =>
  who.query(`mutation ($input: MembershipSeatInput!) { ${mutation}(input: $input) { state attendedAt } }`, {
    input: { id },
  });
const takenOf = async (): Promise<number[]> =>
  (await app.as('owner').data('{ membershipLectures { nodes { taken } } }')).membershipLectures.nodes.map(
    ({ taken }: any) => taken,
  );
const remind = async (): Promise<void> => {
  await app.staff.run(context => remindOfLectures.run(undefined, context));
  await app.settle();
};
const mailsTo = ({ address }: Person): string[] =>
  app.mails.filter(({ to }) => to === address).map(({ subject }) => subject);

describe('a seat', () => {
  it('is had by as many of fifty as there are seats', async () => {
    const lecture = await plan();
    const people = await Promise.all(Array.from({ length: 50 }, () => addPerson(app)));
    await sweep(app);
    const answers = await Promise.all(people.map(person => take(lecture, person)));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(3);
    expect(new Set(answers.filter(({ errors }) => errors).map(codeOf))).toEqual(new Set(['CONFLICT']));
    expect(await takenOf()).toEqual([3]);
  });

  it('is one for a patient who asks fifty times at once', async () => {
    const lecture = await plan();
    const answers = await Promise.all(Array.from({ length: 50 }, () => take(lecture)));
    expect(answers.filter(({ errors }) => errors)).toEqual([]);
    expect(new Set(answers.map(({ data }) => data.takeMembershipSeat.id)).size).toBe(1);
    expect(await takenOf()).toEqual([1]);
  });

  it('that is given back is for somebody else, and can be taken again', async () => {
    const lecture = await plan({ capacity: 1 });
    const id = await seatIn(lecture);
    const hua = await addPerson(app);
    await sweep(app);
    expect(codeOf(await take(lecture, hua))).toBe('CONFLICT');
    expect(codeOf(await onSeat('cancelMembershipSeat', id, hua.self))).toBe('NOT_FOUND');
    expect((await onSeat('cancelMembershipSeat', id, ming.self)).data.cancelMembershipSeat.state).toBe('CANCELLED');
    expect(codeOf(await onSeat('cancelMembershipSeat', id))).toBe('CONFLICT');
    await onSeat('cancelMembershipSeat', await seatIn(lecture, hua));
    expect(await seatIn(lecture)).not.toBe(id);
    expect(await takenOf()).toEqual([1]);
  });

  it('is for the tier, of a lecture that is held and has not begun', async () => {
    const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id } } }');
    expect(codeOf(await take(await plan({ tierId: membershipProgram.tiers[1].id })))).toBe('CONFLICT');
    expect(codeOf(await take('018f0000-0000-7000-8000-000000000000'))).toBe('NOT_FOUND');
    expect(codeOf(await take('lecture'))).toBe('NOT_FOUND');
    const lecture = await plan();
    expect(codeOf(await take(lecture, ming, (await addPerson(app)).self))).toBe('NOT_FOUND');
    const id = await seatIn(lecture);
    app.clock.set('2026-06-10T14:00:00+08:00');
    expect(codeOf(await onSeat('cancelMembershipSeat', id))).toBe('CONFLICT');
    const hua = await addPerson(app);
    await sweep(app);
    expect(codeOf(await take(lecture, hua))).toBe('CONFLICT');
  });

  it('that somebody came to counts for the tier, once', async () => {
    const condition = { kind: 'ENGAGEMENT', atLeast: 1, engagements: ['ATTENDED'] };
    await setProgram(app, bySpend({ tiers: [tier('basic'), tier('advanced', { all: [condition] })] }));
    const id = await seatIn(await plan());
    expect(codeOf(await onSeat('recordMembershipAttendance', id))).toBe('CONFLICT');
    app.clock.set('2026-06-10T13:45:00+08:00');
    expect(codeOf(await onSeat('recordMembershipAttendance', id, ming.self))).toBe('FORBIDDEN');
    const came = { state: 'TAKEN', attendedAt: '2026-06-10T05:45:00.000Z' };
    expect((await onSeat('recordMembershipAttendance', id)).data.recordMembershipAttendance).toEqual(came);
    app.clock.set('2026-06-10T14:05:00+08:00');
    expect((await onSeat('recordMembershipAttendance', id)).data.recordMembershipAttendance).toEqual(came);
    expect(await tierCodeOf(ming)).toBe('advanced');
  });
});

describe('a lecture', () => {
  it('is remembered the day before, once, by those who have a seat still', async () => {
    const lecture = await plan();
    const hua = await addPerson(app);
    await sweep(app);
    await seatIn(lecture);
    await onSeat('cancelMembershipSeat', await seatIn(lecture, hua));
    app.clock.set('2026-06-08T10:00:00+08:00');
    await remind();
    expect(mailsTo(ming)).toEqual([]);
    app.clock.set('2026-06-09T10:00:00+08:00');
    await remind();
    await remind();
    expect(mailsTo(ming)).toEqual(['提醒：您報名的講座']);
    expect(mailsTo(hua)).toEqual([]);
    const { text } = app.mails.find(({ to }) => to === ming.address)!;
    expect(text).toContain('2026年6月10日 14:00');
  });

  it('is remembered also where a service of the clinic is called the same, below the first line', async () => {
    await app.staff.run(({ em }) => {
      em.create(Service, { code: 'SLEEP', name: { 'zh-Hant': '健康講座', en: 'Sleeping well' }, durationMinutes: 30 });
      return em.flush();
    });
    await seatIn(await plan());
    app.clock.set('2026-06-09T10:00:00+08:00');
    await remind();
    expect(mailsTo(ming)).toEqual(['提醒：您報名的講座']);
  });

  it('is not told of to who wants no reminders', async () => {
    await seatIn(await plan());
    const withdraw = 'mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }';
    const choice = { patientId: ming.id, purpose: 'REMINDER', channel: 'EMAIL', source: 'DESK' };
    await app.staff.data(withdraw, { input: choice });
    app.clock.set('2026-06-09T10:00:00+08:00');
    await remind();
    expect(mailsTo(ming)).not.toContain('提醒：您報名的講座');
  });

  it('that is called off is told of, and seen by patients no more', async () => {
    const lecture = await plan();
    await seatIn(lecture);
    const cancel =
      'mutation ($input: CancelMembershipLectureInput!) { cancelMembershipLecture(input: $input) { state taken } }';
    const off = await app.as('owner').data(cancel, { input: { id: lecture } });
    expect(off.cancelMembershipLecture).toEqual({ state: 'CANCELLED', taken: 0 });
    expect(codeOf(await app.as('owner').query(cancel, { input: { id: lecture } }))).toBe('CONFLICT');
    await app.settle();
    expect(mailsTo(ming)).toEqual(['您報名的講座已取消']);
    expect(codeOf(await take(lecture))).toBe('CONFLICT');
    const { membershipLectures } = await ming.self.data('{ membershipLectures { nodes { id } } }');
    expect(membershipLectures.nodes).toEqual([]);
  });

  it.each([
    { capacity: 0 },
    { capacity: 501 },
    { startsAt: '2026-06-01T09:00:00+08:00' },
    { endsAt: '2026-06-10T14:00:00+08:00' },
    { endsAt: '2026-06-12T14:00:00+08:00' },
    { name: words(' ') },
  ])('of %j is refused', async given => expect(codeOf(await tryPlan(given))).toBe('BAD_USER_INPUT'));

  it('is for the owner to plan, in words that may be said', async () => {
    expect(codeOf(await tryPlan({}, app.as('frontDesk')))).toBe('FORBIDDEN');
    expect(codeOf(await tryPlan({ tierId: 'honour' }))).toBe('NOT_FOUND');
    await app
      .as('owner')
      .data('mutation { updateSettings(input: { core: { compliancePack: TW } }) { core { compliancePack } } }');
    expect(codeOf(await tryPlan({ name: { ...words('Cured'), zhHant: '保證治癒療程' } }))).toBe('COMPLIANCE_BLOCKED');
  });
});

const ownSeats = 'query ($id: ID!) { patient(id: $id) { lectureSeats { nodes { state lecture { name { en } } } } } }';

it('a patient sees the own seats, and those of two records that are merged become one', async () => {
  const lecture = await plan();
  const hua = await addPerson(app);
  await sweep(app);
  await seatIn(lecture);
  await seatIn(lecture, hua);
  expect((await ming.self.data('{ membershipSeats { nodes { id } } }')).membershipSeats.nodes).toHaveLength(1);
  const input = { keptId: hua.id, mergedId: ming.id, reason: 'Same passport' };
  await app.staff.run(context => mergePatients(input, context));
  await app.settle();
  const { patient } = await hua.self.data(ownSeats, { id: hua.id });
  expect(patient.lectureSeats.nodes).toEqual([{ state: 'TAKEN', lecture: { name: { en: 'Sleeping well' } } }]);
  expect(await takenOf()).toEqual([1]);
});

it('the seat of a patient whose data is erased is free', async () => {
  await seatIn(await plan());
  await app.staff.run(context => erasePatient({ patientId: ming.id, reason: 'Asked by letter' }, context));
  expect(await takenOf()).toEqual([0]);
});
