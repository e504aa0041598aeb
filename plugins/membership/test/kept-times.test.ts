import { Location, Practitioner, Schedule, Service } from 'clinic-rapport/schema';
import type { Caller, TestApp } from 'clinic-rapport/testing';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, setProgram, sweep, visit } from './program-clinic.ts';

interface Furnished {
  readonly service: string;
  readonly other: string;
  readonly practitioner: string;
}

let app: TestApp;
let clinic: Furnished;
let guest: Person;
let member: Person;

/** Open on Tuesdays from nine to twelve, in slots of an hour. */
const furnish = (): Promise<Furnished> =>
  app.staff.run(async ({ em }) => {
    const location = em.create(Location, { name: { en: 'Main' }, address: { en: '1 Road' } });
    const practitioner = em.create(Practitioner, { name: 'Dr. Lin' });
    const [service, other] = ['SCAN', 'VISIT'].map(code =>
      em.create(Service, { code, name: { en: code }, durationMinutes: 60 }),
    ) as [Service, Service];
    const hours = { weekday: 2, startTime: '09:00', endTime: '12:00', slotMinutes: 60, validFrom: '2026-01-01' };
    em.create(Schedule, { practitioner, location, ...hours });
    await em.flush();
    return { service: service.id, other: other.id, practitioner: practitioner.id };
  });

beforeEach(async () => {
  app = await openApp();
  app.clock.set('2026-06-01T09:00:00+08:00');
  await setProgram(app, bySpend());
  [clinic, guest, member] = [await furnish(), await addPerson(app), await addPerson(app)];
  await sweep(app);
  await visit(app, member.id, 100_000);
});

const tierId = async (code: string): Promise<string> => {
  const { membershipProgram } = await app.as('owner').data('{ membershipProgram { tiers { id code } } }');
  return membershipProgram.tiers.find((tier: any) => tier.code === code).id;
};
const keepQuery = 'mutation ($input: KeepMembershipTimeInput!) { keepMembershipTime(input: $input) { id } }';
const tryKeep = async (given: object = {}, who = app.as('owner')) => {
  const hours = { weekday: 2, startTime: '10:00', endTime: '12:00', releaseHours: 24 };
  return who.query(keepQuery, { input: { tierId: await tierId('advanced'), ...hours, ...given } });
};
const keep = async (given: object = {}): Promise<string> => {
  const { data, errors } = await tryKeep(given);
  expect(errors).toBeUndefined();
  return data.keepMembershipTime.id;
};

/** Hours at which slots begin on the Tuesday, in Taipei. */
const slots = async (who: Caller, serviceId = clinic.service, day = '2026-06-02'): Promise<number[]> => {
  const query = `query ($serviceId: ID!, $from: DateTime!, $to: DateTime!) {
    freeSlots(serviceId: $serviceId, from: $from, to: $to) { startsAt } }`;
  const window = { from: `${day}T00:00:00+08:00`, to: `${day}T23:00:00+08:00` };
  const { freeSlots } = await who.data(query, { serviceId, ...window });
  return freeSlots.map(({ startsAt }: { startsAt: string }) => new Date(startsAt).getUTCHours() + 8);
};
const bookQuery = 'mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { id } }';
const book = (person: Person, startsAt: string, who = person.self) => {
  const { service, practitioner } = clinic;
  const input = { patientId: person.id, serviceId: service, practitionerId: practitioner, startsAt };
  return who.query(bookQuery, { input });
};

it('is offered to the tier only, until it is given free some hours before', async () => {
  await keep();
  app.clock.set('2026-06-01T09:30:00+08:00');
  expect(await slots(guest.self)).toEqual([9]);
  expect(await slots(member.self)).toEqual([9, 10, 11]);
  expect(await slots(app.as('frontDesk'))).toEqual([9, 10, 11]);
  app.clock.set('2026-06-01T10:00:00+08:00');
  expect(await slots(guest.self)).toEqual([9, 10]);
  app.clock.set('2026-06-01T11:00:00+08:00');
  expect(await slots(guest.self)).toEqual([9, 10, 11]);
});

it('is booked by the tier and not by others, and by staff for anybody', async () => {
  await keep();
  expect(codeOf(await book(guest, '2026-06-02T10:00:00+08:00'))).toBe('SLOT_TAKEN');
  expect((await book(member, '2026-06-02T10:00:00+08:00')).errors).toBeUndefined();
  expect((await book(guest, '2026-06-02T11:00:00+08:00', app.as('frontDesk'))).errors).toBeUndefined();
});

it('is for members only where it is never given free, and for the named service', async () => {
  await keep({ serviceId: clinic.service, releaseHours: null });
  app.clock.set('2026-06-02T08:59:00+08:00');
  expect(await slots(guest.self)).toEqual([9]);
  expect(await slots(guest.self, clinic.other)).toEqual([9, 10, 11]);
  expect(await slots(guest.self, clinic.service, '2026-06-30')).toEqual([9]);
  expect(await slots(member.self, clinic.service, '2026-06-30')).toEqual([9, 10, 11]);
});

it('of a higher tier is not for a lower one, and ends when it is released', async () => {
  const id = await keep({ tierId: await tierId('honour') });
  expect(await slots(member.self, clinic.service, '2026-06-09')).toEqual([9]);
  const query = 'mutation ($input: ReleaseMembershipTimeInput!) { releaseMembershipTime(input: $input) }';
  expect(codeOf(await app.as('frontDesk').query(query, { input: { id } }))).toBe('FORBIDDEN');
  await app.as('owner').data(query, { input: { id } });
  expect(await slots(guest.self, clinic.service, '2026-06-09')).toEqual([9, 10, 11]);
  expect(codeOf(await app.as('owner').query(query, { input: { id } }))).toBe('NOT_FOUND');
});

it('is kept from nobody where the programme is over, and of other practitioners never', async () => {
  const other = await app.staff.run(async ({ em }) => {
    const practitioner = em.create(Practitioner, { name: 'Dr. Chen' });
    await em.flush();
    return practitioner.id;
  });
  await keep({ practitionerId: other });
  expect(await slots(guest.self, clinic.service, '2026-06-09')).toEqual([9, 10, 11]);
  await keep();
  expect(await slots(guest.self, clinic.service, '2026-06-09')).toEqual([9]);
  await app.staff.run(({ em }) => em.execute('update membership_program set active = false'));
  expect(await slots(guest.self, clinic.service, '2026-06-09')).toEqual([9, 10, 11]);
});

it.each([
  [{ weekday: 0 }, 'BAD_USER_INPUT'],
  [{ weekday: 8 }, 'BAD_USER_INPUT'],
  [{ endTime: '10:00' }, 'BAD_USER_INPUT'],
  [{ releaseHours: 0 }, 'BAD_USER_INPUT'],
  [{ releaseHours: 721 }, 'BAD_USER_INPUT'],
  [{ releaseHours: null }, 'BAD_USER_INPUT'],
  [{ tierId: 'honour' }, 'NOT_FOUND'],
  [{ serviceId: 'scan' }, 'NOT_FOUND'],
  [{ practitionerId: '018f0000-0000-7000-8000-000000000000' }, 'NOT_FOUND'],
])('of %j is refused: %s', async (given, code) => expect(codeOf(await tryKeep(given))).toBe(code));

it('is for staff to see and for the owner to say', async () => {
  await keep({ serviceId: clinic.service });
  const query =
    '{ membershipKeptTimes { nodes { tier { code } service { code } practitioner { id } weekday startTime releaseHours } } }';
  expect((await app.as('frontDesk').data(query)).membershipKeptTimes.nodes).toEqual([
    {
      ...{ tier: { code: 'advanced' }, service: { code: 'SCAN' }, practitioner: null },
      ...{ weekday: 2, startTime: '10:00:00', releaseHours: 24 },
    },
  ]);
  expect(codeOf(await member.self.query(query))).toBe('FORBIDDEN');
  expect(codeOf(await tryKeep({}, app.as('frontDesk')))).toBe('FORBIDDEN');
});
