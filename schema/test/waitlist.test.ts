import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { offerTimes } from '../waitlist/offering.ts';
import { addPatient, book, furnish, type ClinicFixture } from './fixture.ts';

let app: TestApp;
let clinic: ClinicFixture;
let people = 0;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  clinic = await furnish(app);
});

const join = `mutation ($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { id status } }`;
// Only Tuesday at ten and half past ten would do.
const wish = { fromDay: '2026-06-02', toDay: '2026-06-02', fromTime: '10:00:00', toTime: '10:30:00' };
const waiting = async (input: object = {}, by = app.staff) => {
  const email = `p${++people}@mail.test`;
  const patientId = await addPatient(app, { name: `人${people}`, email });
  const asked = { patientId, serviceId: clinic.service, practitionerId: clinic.practitioner, ...wish, ...input };
  return { patientId, email, ...(await by.data(join, { input: asked })).joinWaitlist };
};
const bookAt = async (hour: string, more: object = {}) => {
  const input = {
    ...{ patientId: await addPatient(app), serviceId: clinic.service, practitionerId: clinic.practitioner },
    startsAt: `2026-06-02T${hour}:00+08:00`,
    ...more,
  };
  return (await app.staff.data(book, { input })).bookAppointment.id;
};
const cancel = async (id: string) => {
  await app.staff.data('mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) { id } }', {
    input: { id },
  });
  await app.settle();
};
const sweep = async () => {
  await app.staff.run(({ enqueue }) => enqueue(offerTimes, undefined));
  await app.settle();
};
const linkTo = (email: string) =>
  app.mails.findLast(mail => mail.to === email)?.links.find(link => link.includes('/waitlist/'));
const act = (link: string, what: string) =>
  app.fetch(link, { method: 'POST', body: new URLSearchParams({ act: what }) });
const statusOf = async (id: string) => {
  const query = '{ waitlistEntries(first: 50) { nodes { id status appointment { startsAt origin } } } }';
  const { waitlistEntries } = await app.staff.data(query);
  return waitlistEntries.nodes.find((entry: { id: string }) => entry.id === id);
};
/** Both times that would do are taken; answers the first appointment. */
const fill = async () => {
  const [first] = [await bookAt('10:00'), await bookAt('10:30')];
  return first;
};

it('a time that becomes free is offered to who needs it most, then to who has waited longest', async () => {
  const first = await fill();
  const early = await waiting();
  app.clock.advance({ minutes: 1 });
  const urgent = await waiting({ urgency: 2 });
  await sweep();
  expect(app.mails).toEqual([]);
  await cancel(first);
  expect(app.mails.map(({ to }) => to)).toEqual([urgent.email]);
  const [mail] = app.mails;
  expect(mail!.text).toContain('2026年6月2日');
  expect(`${mail!.subject}${mail!.html}`).not.toMatch(/健康檢查|人\d/);

  expect(await (await act(linkTo(urgent.email)!, 'pass')).text()).toContain('再通知您');
  await sweep();
  expect(app.mails.map(({ to }) => to)).toEqual([urgent.email, early.email]);
  expect(await statusOf(early.id)).toMatchObject({ status: 'OFFERED' });
  const done = await (await act(linkTo(early.email)!, 'take')).text();
  expect(done).toContain('預約完成');
  expect(done).toContain('/calendar/');
  expect(await statusOf(early.id)).toEqual({
    id: early.id,
    status: 'BOOKED',
    appointment: { startsAt: '2026-06-02T02:00:00.000Z', origin: 'waitlist' },
  });
  expect((await act(linkTo(early.email)!, 'take')).status).toBe(410);
});

it('an offer that nobody answers goes to the next after an hour, and its link says so', async () => {
  const first = await fill();
  const [one, two] = [await waiting(), await waiting()];
  await cancel(first);
  expect(linkTo(one.email)).toBeDefined();
  app.clock.advance({ minutes: 61 });
  await sweep();
  expect(linkTo(two.email)).toBeDefined();
  const late = await act(linkTo(one.email)!, 'take');
  expect(late.status).toBe(410);
  expect(await statusOf(one.id)).toMatchObject({ status: 'WAITING' });
});

it('whoever books first has the time; the other is told, and waits on', async () => {
  await cancel(await fill());
  const one = await waiting();
  await sweep();
  await bookAt('10:00');
  const late = await act(linkTo(one.email)!, 'take');
  expect(late.status).toBe(409);
  expect(await late.text()).toContain('剛被預約了');
  expect(await statusOf(one.id)).toMatchObject({ status: 'WAITING' });
});

it('a click that comes ten times at once books once', async () => {
  await cancel(await fill());
  const one = await waiting();
  await sweep();
  const answers = await Promise.all(Array.from({ length: 10 }, () => act(linkTo(one.email)!, 'take')));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(410)]);
  const query = 'query ($id: ID!) { patient(id: $id) { appointments { totalCount } } }';
  expect((await app.staff.data(query, { id: one.patientId })).patient.appointments.totalCount).toBe(1);
});

it('one time is offered to one at a time, however many wait and sweeps run', async () => {
  await cancel(await fill());
  for (let index = 0; index < 5; index++) await waiting({ toTime: '10:00:00' });
  await Promise.all([sweep(), sweep(), sweep()]);
  expect(app.mails).toHaveLength(1);
});

it('opening the link changes nothing', async () => {
  await cancel(await fill());
  const one = await waiting();
  await sweep();
  for (let index = 0; index < 5; index++) expect((await app.fetch(linkTo(one.email)!)).status).toBe(200);
  expect(await statusOf(one.id)).toMatchObject({ status: 'OFFERED' });
});

it('nobody is asked at night, nor offered what begins within two hours', async () => {
  await cancel(await fill());
  await waiting();
  app.clock.set('2026-06-01T22:00:00+08:00');
  await sweep();
  expect(app.mails).toEqual([]);
  app.clock.set('2026-06-02T08:31:00+08:00');
  await sweep();
  expect(app.mails).toEqual([]);
});

it('who leaves, books otherwise, or whose days are over, waits no more', async () => {
  const first = await fill();
  const [leaver, booker, late] = [await waiting(), await waiting(), await waiting()];
  await app.staff.data('mutation ($input: LeaveWaitlistInput!) { leaveWaitlist(input: $input) { status } }', {
    input: { id: leaver.id },
  });
  await bookAt('11:00', { patientId: booker.patientId });
  await app.settle();
  expect(await statusOf(leaver.id)).toMatchObject({ status: 'LEFT' });
  expect(await statusOf(booker.id)).toMatchObject({ status: 'BOOKED' });
  app.clock.set('2026-06-03T09:00:00+08:00');
  await cancel(first).catch(() => undefined);
  await sweep();
  expect(await statusOf(late.id)).toMatchObject({ status: 'EXPIRED' });
  expect(app.mails).toEqual([]);
});

it('refuses what makes no sense, a second wish, and urgency that is not of staff', async () => {
  const one = await waiting();
  const again = { patientId: one.patientId, serviceId: clinic.service, ...wish };
  const refused = (input: object, by = app.staff) => expect(by.data(join, { input: { ...again, ...input } })).rejects;
  await refused({}).toThrow('CONFLICT');
  const patientId = await addPatient(app);
  const patient = app.as('patient', { patientIds: [patientId] });
  await refused({ patientId, urgency: 2 }, patient).toThrow('BAD_USER_INPUT');
  await refused({ patientId, toDay: '2026-05-01' }).toThrow('BAD_USER_INPUT');
  await refused({ patientId, toDay: '2028-05-01' }).toThrow('BAD_USER_INPUT');
  await refused({ patientId, fromTime: '12:00:00', toTime: '10:00:00' }).toThrow('BAD_USER_INPUT');
  await refused({ patientId, urgency: 3 }).toThrow('BAD_USER_INPUT');
  await refused({}, patient).toThrow('NOT_FOUND');
  expect((await patient.data(join, { input: { ...again, patientId } })).joinWaitlist.status).toBe('WAITING');
  const seen = await patient.data('{ waitlistEntries { nodes { patient { id } } } }');
  expect(seen.waitlistEntries.nodes).toEqual([{ patient: { id: patientId } }]);
});

it('staff see live who joins and what is offered', async () => {
  const subscription = await app.as('frontDesk').subscribe('subscription { waitlistChanged { entry { status } } }');
  await cancel(await fill());
  await waiting();
  await sweep();
  const statuses: string[] = [];
  while (statuses.at(-1) !== 'OFFERED') statuses.push((await subscription.next()).waitlistChanged.entry.status);
  await subscription.close();
  expect(statuses.length).toBeLessThanOrEqual(2);
});

it('whoever waits behind many for whom nothing is free is offered a time as well', async () => {
  const first = await fill();
  // Nobody of these can ever have a time: they wish for one at night.
  for (let index = 0; index < 55; index += 1) await waiting({ fromTime: '03:00:00', toTime: '03:30:00', urgency: 1 });
  const one = await waiting();
  await cancel(first);
  expect(linkTo(one.email)).toBeDefined();
});

it('whoever takes an offered time at which nobody works any more is told so, and waits on', async () => {
  await cancel(await fill());
  const one = await waiting();
  await sweep();
  const link = linkTo(one.email)!;
  await app.staff.run(({ em }) =>
    em.execute(`update schedule set valid_until = '2026-06-01' where practitioner_id = ?`, [clinic.practitioner]),
  );
  expect((await act(link, 'take')).status).toBe(409);
  expect(await statusOf(one.id)).toMatchObject({ status: 'WAITING' });
});
