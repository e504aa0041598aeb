import { erasePatient, mergePatients, refundVisit } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { recordEngagement, tierOfPatient } from '../index.ts';
import { evaluate } from '../program/evaluation.ts';
import { addPerson, codeOf, openApp, type Person } from './clinic.ts';
import { bySpend, memberOf, setProgram, sweep, tier, tierCodeOf, visit } from './program-clinic.ts';

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

const changesOf = async (person: Person): Promise<unknown[]> => {
  const query = `query ($id: ID!) { patient(id: $id) { tierChanges(last: 50) { nodes { from { code } to { code } reason } } } }`;
  const { patient } = await person.self.data(query, { id: person.id });
  return patient.tierChanges.nodes
    .map(({ from, to, reason }: any) => [from?.code ?? null, to.code, reason])
    .toReversed();
};
const refund = (id: string) => app.staff.run(context => refundVisit({ id }, context)).then(() => app.settle());

describe('a member', () => {
  it('is every registered patient, at once, in the lowest tier', async () => {
    const input = { name: '陳美麗' };
    const { registerPatient } = await app
      .as('frontDesk')
      .data('mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }', { input });
    await app.settle();
    const self = app.as('patient', { patientIds: [registerPatient.id] });
    expect(await memberOf({ id: registerPatient.id, self })).toEqual({ tier: { code: 'basic' }, graceUntil: null });
    expect(await app.staff.run(({ load }) => load(tierOfPatient, registerPatient.id))).toMatchObject({
      ...{ code: 'basic', rank: 0 },
    });
  });

  it('who was registered before is one by the sweep, and joins once', async () => {
    await sweep(app);
    expect(await changesOf(ming)).toEqual([[null, 'basic', 'JOINED']]);
  });

  it('goes up at once with what visits cost, and the history says so', async () => {
    await visit(app, ming.id, 99_999);
    expect(await tierCodeOf(ming)).toBe('basic');
    await visit(app, ming.id, 1);
    expect(await tierCodeOf(ming)).toBe('advanced');
    await visit(app, ming.id, 400_000);
    expect(await changesOf(ming)).toEqual([
      [null, 'basic', 'JOINED'],
      ['basic', 'advanced', 'REACHED'],
      ['advanced', 'honour', 'REACHED'],
    ]);
  });

  it('who was paid back keeps the tier until the grace is over, and goes down one tier at a time', async () => {
    const id = await visit(app, ming.id, 500_000);
    await refund(id);
    expect(await memberOf(ming)).toEqual({ tier: { code: 'honour' }, graceUntil: '2026-07-01' });
    app.clock.set('2026-07-01T23:00:00+08:00');
    await sweep(app);
    expect(await tierCodeOf(ming)).toBe('honour');
    app.clock.set('2026-07-02T02:00:00+08:00');
    await sweep(app);
    await sweep(app);
    expect(await memberOf(ming)).toEqual({ tier: { code: 'advanced' }, graceUntil: '2026-08-01' });
    app.clock.set('2026-08-02T02:00:00+08:00');
    await sweep(app);
    expect(await memberOf(ming)).toEqual({ tier: { code: 'basic' }, graceUntil: null });
  });

  it('who makes up for it within the grace keeps the tier', async () => {
    await refund(await visit(app, ming.id, 100_000));
    expect((await memberOf(ming))?.graceUntil).toBe('2026-07-01');
    await visit(app, ming.id, 100_000);
    expect(await memberOf(ming)).toEqual({ tier: { code: 'advanced' }, graceUntil: null });
  });

  it('comes to the earned tier at once where the programme says so', async () => {
    await setProgram(app, bySpend({ graceDays: 0, descent: 'EARNED' }));
    await refund(await visit(app, ming.id, 500_000));
    expect(await changesOf(ming)).toEqual([
      [null, 'basic', 'JOINED'],
      ['basic', 'honour', 'REACHED'],
      ['honour', 'basic', 'LOST'],
    ]);
  });

  it('loses what a window no longer holds', async () => {
    await visit(app, ming.id, 100_000);
    app.clock.set('2027-05-31T09:00:00+08:00');
    await sweep(app);
    expect((await memberOf(ming))?.graceUntil).toBeNull();
    app.clock.set('2027-06-01T09:00:00+08:00');
    await sweep(app);
    expect((await memberOf(ming))?.graceUntil).toBe('2027-07-01');
  });
});

describe('conditions', () => {
  const only = (...conditions: object[]) =>
    setProgram(app, bySpend({ tiers: [tier('basic'), tier('advanced', { all: conditions })] }));

  it('count visits, and one with a named procedure', async () => {
    const both = [
      { kind: 'VISITS', atLeast: 2, days: 30 },
      { kind: 'ITEM', atLeast: 1, procedureCodes: ['LDCT'] },
    ];
    await only(...both);
    await visit(app, ming.id, 0);
    await visit(app, ming.id, 0, [{ code: 'CT', name: 'Scan' }]);
    expect(await tierCodeOf(ming)).toBe('basic');
    await visit(app, ming.id, 0, [
      { code: 'LDCT', name: 'Low-dose scan' },
      { code: 'LDCT', name: 'Again' },
    ]);
    expect(await tierCodeOf(ming)).toBe('advanced');
  });

  it('count what the patient did, once for each key', async () => {
    await only({ kind: 'ENGAGEMENT', atLeast: 2, engagements: ['REFERRED', 'REVIEWED'] });
    const did = (kind: 'REFERRED' | 'ANSWERED', key: string) =>
      app.staff.run(context => recordEngagement({ patientId: ming.id, kind, key }, context));
    await did('REFERRED', `test:${ming.id}:1`);
    await did('REFERRED', `test:${ming.id}:1`);
    await did('ANSWERED', `test:${ming.id}:2`);
    expect(await tierCodeOf(ming)).toBe('basic');
    await did('REFERRED', `test:${ming.id}:3`);
    expect(await tierCodeOf(ming)).toBe('advanced');
  });

  it('count the days since the registration', async () => {
    await only({ kind: 'TENURE', atLeast: 400 });
    await app.staff.run(({ em, now }) =>
      em.execute('update patient set created_at = ? where id = ?', [now.toISOString(), ming.id]),
    );
    app.clock.set('2027-07-05T23:59:00+08:00');
    await sweep(app);
    expect(await tierCodeOf(ming)).toBe('basic');
    app.clock.set('2027-07-06T00:01:00+08:00');
    await sweep(app);
    expect(await tierCodeOf(ming)).toBe('advanced');
  });

  it('are nothing without a verified address, where the programme asks for one', async () => {
    await setProgram(app, bySpend({ needsVerifiedAddress: true }));
    await app.staff.run(({ em }) =>
      em.execute('update contact_point set verified_at = null where patient_id = ?', [ming.id]),
    );
    await visit(app, ming.id, 100_000);
    expect(await tierCodeOf(ming)).toBe('basic');
    await app.staff.run(({ em }) =>
      em.execute('update contact_point set verified_at = now() where patient_id = ?', [ming.id]),
    );
    await sweep(app);
    expect(await tierCodeOf(ming)).toBe('advanced');
  });

  it('hold with the address that was missing at once, and not in the night', async () => {
    await setProgram(app, bySpend({ needsVerifiedAddress: true }));
    const register = 'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }';
    const input = { name: '陳美麗', email: 'mei@mail.test' };
    const { id } = (await app.as('frontDesk').data(register, { input })).registerPatient;
    await app.settle();
    await visit(app, id, 100_000);
    const mei = { id, self: app.as('patient', { patientIds: [id] }) };
    expect(await tierCodeOf(mei)).toBe('basic');
    const links = app.mails.filter(({ to }) => to === 'mei@mail.test').flatMap(mail => mail.links);
    const link = links.find(url => url.includes('/verify-address'))!;
    expect((await app.fetch(link, { method: 'POST' })).status).toBe(200);
    await app.settle();
    expect(await tierCodeOf(mei)).toBe('advanced');
  });
});

describe('a change', () => {
  const document = 'subscription { tierChanged { reason patientId member { tier { code } } } }';

  it('is told to staff and to the patient, and to no other patient', async () => {
    const hua = await addPerson(app);
    await sweep(app);
    const [own, other, staff] = await Promise.all([
      ming.self.subscribe(document),
      hua.self.subscribe(document),
      app.as('frontDesk').subscribe(document),
    ]);
    await visit(app, ming.id, 100_000);
    await visit(app, hua.id, 500_000);
    const mine = { reason: 'REACHED', patientId: ming.id, member: { tier: { code: 'advanced' } } };
    expect((await own.next()).tierChanged).toEqual(mine);
    expect((await staff.next()).tierChanged).toEqual(mine);
    expect((await other.next()).tierChanged).toMatchObject({ patientId: hua.id });
  });

  it('happens once, however many evaluations and sweeps meet', async () => {
    await app.staff.run(({ em }) =>
      em.execute(
        `insert into visit (clinic_id, id, patient_id, status, started_at, completed_at, amount, currency)
         values (?, gen_random_uuid(), ?, 'COMPLETED', ?, ?, 500000, 'TWD')`,
        [app.clinicId, ming.id, app.clock.now().toISOString(), app.clock.now().toISOString()],
      ),
    );
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 10 === 0 ? sweep(app) : app.staff.run(context => evaluate([ming.id], context)),
      ),
    );
    await app.settle();
    expect(await changesOf(ming)).toEqual([
      [null, 'basic', 'JOINED'],
      ['basic', 'honour', 'REACHED'],
    ]);
    const [row] = await app.staff.run(({ em }) =>
      em.execute<{ events: number }[]>(
        `select count(*)::integer as events from outbox where name = 'membership.tier-changed' and subject_id = ?`,
        [ming.id],
      ),
    );
    expect(row!.events).toBe(1);
  });

  it('is for staff to see, and members can be listed by tier', async () => {
    await visit(app, ming.id, 500_000);
    const { membershipProgram } = await app.as('frontDesk').data('{ membershipProgram { tiers { id code } } }');
    const { id } = membershipProgram.tiers.find(({ code }: any) => code === 'honour');
    const query = 'query ($id: ID!) { members(filter: { tierId: [$id] }, first: 50) { nodes { id patient { id } } } }';
    const { members } = await app.as('frontDesk').data(query, { id });
    expect(members.nodes).toContainEqual({ id: ming.id, patient: { id: ming.id } });
    const hua = await addPerson(app);
    expect((await hua.self.data(query, { id })).members.nodes).toEqual([]);
    expect(codeOf(await app.as('marketer').query(query, { id }))).toBe('FORBIDDEN');
  });
});

it('counts what was done under both records of a patient once they are merged', async () => {
  const other = await addPerson(app);
  await sweep(app);
  await visit(app, ming.id, 60_000);
  await visit(app, other.id, 40_000);
  const input = { keptId: ming.id, mergedId: other.id, reason: 'Same passport' };
  await app.staff.run(context => mergePatients(input, context));
  await app.settle();
  expect(await tierCodeOf(ming)).toBe('advanced');
});

it('forgets a member whose data is erased, and does not make one again', async () => {
  await app.staff.run(context => erasePatient({ patientId: ming.id, reason: 'Asked by letter' }, context));
  await app.settle();
  await sweep(app);
  const query = `query ($id: ID!) { patient(id: $id) { member { id } tierChanges { nodes { id } } } }`;
  const { patient } = await app.as('owner').data(query, { id: ming.id });
  expect(patient).toEqual({ member: null, tierChanges: { nodes: [] } });
});
