import { erasePatient, mergePatients, unmergePatients } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { awardPoints, balanceOf, releasePoints, reversePoints } from '../index.ts';
import { expirePoints } from '../points/expiry.ts';
import { addPerson, adjust, codeOf, disagreements, openApp, pointsOf, statementOf, type Person } from './clinic.ts';

let app: TestApp;
let ming: Person;
let keys = 0;

beforeAll(async () => {
  app = await openApp();
});
beforeEach(async () => {
  app.clock.set('2026-06-01T09:00:00+08:00');
  ming = await addPerson(app);
});
afterEach(async () => expect(await disagreements(app)).toEqual([]));

const award = (points: number, given: object = {}, patientId = ming.id) => {
  const key = `test:${++keys}`;
  const all = { patientId, points, key, reason: 'test.award', ...given };
  return app.staff.run(context => awardPoints(all, context)).then(() => all.key);
};
const take = (points: number, person = ming) =>
  app
    .as('frontDesk')
    .query(adjust, { input: { patientId: person.id, points: -points, reason: 'Spent at the counter' } });
const reverse = (key: string) => app.staff.run(context => reversePoints(key, 'test.reversed', context));

describe('an award', () => {
  it('is the patient’s at once, with the day on which it expires', async () => {
    await award(120);
    expect(await pointsOf(ming)).toEqual({
      ...{ available: 120, pending: 0, owed: 0 },
      nextExpiry: { on: '2028-06-01', points: 120 },
    });
    expect(await app.staff.run(({ load }) => load(balanceOf, ming.id))).toMatchObject({ available: 120 });
  });

  it('with the same key is given once, and answers the same entry', async () => {
    const give = () =>
      app.staff.run(async context => {
        const entry = await awardPoints(
          { patientId: ming.id, points: 5, key: 'test:same', reason: 'test.award' },
          context,
        );
        return entry.id;
      });
    const ids = await Promise.all(Array.from({ length: 10 }, give));
    expect(new Set(ids).size).toBe(1);
    expect(await pointsOf(ming)).toMatchObject({ available: 5 });
  });

  it('that is pending cannot be spent until it is released, and is released once', async () => {
    const key = await award(40, { pending: true });
    expect(await pointsOf(ming)).toEqual({ available: 0, pending: 40, owed: 0, nextExpiry: null });
    expect(codeOf(await take(1))).toBe('CONFLICT');
    app.clock.set('2026-07-15T09:00:00+08:00');
    for (let time = 0; time < 2; time++) await app.staff.run(context => releasePoints(key, context));
    expect(await pointsOf(ming)).toMatchObject({ available: 40, pending: 0, nextExpiry: { on: '2028-07-15' } });
    expect(await statementOf(ming)).toEqual([
      ['EARN', 0, 0],
      ['RELEASE', 40, 40],
    ]);
  });

  it.each([0, -5, 1.5, 1_000_000_001, Number.NaN, 2 ** 53])('of %p points is none', async points => {
    await expect(award(points)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await pointsOf(ming)).toBeNull();
  });

  it('never makes a balance larger than can be told', async () => {
    await award(1_000_000_000);
    await award(1_000_000_000);
    await expect(award(1)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await pointsOf(ming)).toMatchObject({ available: 2_000_000_000 });
  });

  it('to nobody is refused', async () => {
    const nobody = '018f0000-0000-7000-8000-000000000000';
    await expect(award(1, { patientId: nobody })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('spending', () => {
  it('takes what expires first', async () => {
    app.clock.set('2026-06-03T09:00:00+08:00');
    const late = await award(50);
    app.clock.set('2026-06-02T09:00:00+08:00');
    await award(30);
    await take(40);
    expect(await pointsOf(ming)).toMatchObject({ available: 40, nextExpiry: { on: '2028-06-03', points: 40 } });
    // Of the later ones ten are gone: they are taken back from nothing else.
    expect(await reverse(late)).toBe(50);
    expect(await pointsOf(ming)).toMatchObject({ available: 0, owed: 10 });
  });

  it('by fifty at once spends each point once', async () => {
    await award(60);
    await award(40);
    const answers = await Promise.all(Array.from({ length: 50 }, () => take(10)));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(10);
    expect(new Set(answers.flatMap(answer => codeOf(answer) ?? []))).toEqual(new Set(['CONFLICT']));
    expect(await pointsOf(ming)).toMatchObject({ available: 0 });
  });

  it('of points that expired this morning is refused, also before the job has come by', async () => {
    await award(30);
    app.clock.set('2028-06-02T00:01:00+08:00');
    expect(codeOf(await take(1))).toBe('CONFLICT');
  });
});

describe('taking back', () => {
  it('what is pending or there leaves nothing owed, and is done once', async () => {
    const keysOf = [await award(10, { pending: true }), await award(20)];
    for (const key of [...keysOf, ...keysOf]) await reverse(key);
    expect(await pointsOf(ming)).toEqual({ available: 0, pending: 0, owed: 0, nextExpiry: null });
  });

  it('what was spent takes from the other points first, and the rest is met by later ones', async () => {
    const key = await award(100);
    await take(100);
    await award(30);
    await reverse(key);
    expect(await pointsOf(ming)).toMatchObject({ available: 0, owed: 70 });
    await award(50);
    expect(await pointsOf(ming)).toMatchObject({ available: 0, owed: 20 });
    await award(50);
    expect(await pointsOf(ming)).toMatchObject({ available: 30, owed: 0 });
  });

  it('what has expired is not owed', async () => {
    const key = await award(100);
    await take(30);
    app.clock.set('2028-06-02T00:06:00+08:00');
    await app.staff.run(({ enqueue }) => enqueue(expirePoints, undefined));
    await app.settle();
    expect(await pointsOf(ming)).toMatchObject({ available: 0 });
    expect(await reverse(key)).toBe(30);
    expect(await pointsOf(ming)).toMatchObject({ owed: 30 });
  });

  it('of an unknown key is refused', async () => {
    await expect(reverse('test:unknown')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the ledger', () => {
  it.each([
    'update membership_ledger_entry set points = 2',
    `update membership_ledger_entry set note = 'x'`,
    'delete from membership_ledger_entry',
  ])('cannot be changed: %s', async statement => {
    await award(1);
    await expect(app.staff.run(({ em }) => em.execute(statement))).rejects.toMatchObject({ code: '42501' });
  });

  it('is seen by the patient whose it is, and by no other one', async () => {
    await award(10);
    const hua = await addPerson(app);
    const query = `query ($id: ID!) { ledgerEntries { nodes { points recordedBy } } patient(id: $id) { pointsBalance { available } } }`;
    const own = await ming.self.query(query, { id: ming.id });
    expect(own.data.ledgerEntries.nodes).toEqual([{ points: 10, recordedBy: null }]);
    expect(codeOf(own)).toBe('FORBIDDEN');
    const { data } = await hua.self.query('{ ledgerEntries { nodes { points } } }');
    expect(data.ledgerEntries.nodes).toEqual([]);
    expect(codeOf(await hua.self.query(query, { id: ming.id }))).toBe('NOT_FOUND');
  });

  it('tells who follows it what is left, and nothing of others', async () => {
    const hua = await addPerson(app);
    const document = 'subscription { pointsChanged { kind patientId balance { available pending } } }';
    const [own, other] = await Promise.all([ming.self.subscribe(document), hua.self.subscribe(document)]);
    await award(10);
    await award(7, {}, hua.id);
    expect((await own.next()).pointsChanged).toEqual({
      ...{ kind: 'EARN', patientId: ming.id },
      balance: { available: 10, pending: 0 },
    });
    expect((await other.next()).pointsChanged).toMatchObject({ patientId: hua.id, balance: { available: 7 } });
  });
});

describe('an adjustment', () => {
  const ask = (input: object, caller = app.as('frontDesk')) =>
    caller.query(adjust, { input: { patientId: ming.id, points: 5, reason: 'Goodwill', ...input } });

  it('says why, on the statement too', async () => {
    expect((await ask({ points: 15 })).data.adjustPoints).toEqual({ available: 15, pending: 0, owed: 0 });
    await ask({ points: -5, reason: 'Counted twice' });
    const query = 'query ($id: ID!) { patient(id: $id) { pointsStatement { nodes { kind change note reason } } } }';
    const { patient } = await ming.self.data(query, { id: ming.id });
    expect(patient.pointsStatement.nodes).toEqual([
      { kind: 'ADJUST', change: -5, note: 'Counted twice', reason: 'membership.adjusted' },
      { kind: 'ADJUST', change: 15, note: 'Goodwill', reason: 'membership.adjusted' },
    ]);
  });

  it.each([{ points: 0 }, { points: 1_000_000_001 }, { points: -1_000_000_001 }, { reason: ' ' }, { points: 1.5 }])(
    'of %j is refused',
    async input => {
      expect(codeOf(await ask(input))).toBe('BAD_USER_INPUT');
      expect(await pointsOf(ming)).toBeNull();
    },
  );

  it('is not for patients', async () => {
    expect(codeOf(await ask({}, ming.self))).toBe('FORBIDDEN');
  });
});

describe('two records of one patient', () => {
  it('share their points once merged, and get them back when that is undone', async () => {
    const other = await addPerson(app);
    await award(30);
    const key = await award(100, {}, other.id);
    await take(20, other);
    const input = { keptId: ming.id, mergedId: other.id, reason: 'Same passport' };
    const mergeId = await app.staff.run(async context => (await mergePatients(input, context)).id);
    expect(await pointsOf(ming)).toMatchObject({ available: 110 });
    await take(10);
    await app.staff.run(context => unmergePatients(mergeId, context));
    expect([(await pointsOf(ming)).available, (await pointsOf(other)).available]).toEqual([20, 80]);
    await reverse(key);
    expect(await pointsOf(other)).toMatchObject({ available: 0, owed: 20 });
    await app.staff.run(context => mergePatients(input, context));
    expect(await pointsOf(ming)).toMatchObject({ available: 0, owed: 0 });
  });
});

describe('an erasure', () => {
  it('leaves the books, and neither words nor points', async () => {
    await app.as('owner').data(adjust, { input: { patientId: ming.id, points: 15, reason: 'Her dog was ill' } });
    await app.staff.run(context => erasePatient({ patientId: ming.id, reason: 'Asked by letter' }, context));
    const query =
      'query ($id: ID!) { patient(id: $id) { pointsStatement { nodes { kind change note availableAfter } } } }';
    const { patient } = await app.as('owner').data(query, { id: ming.id });
    expect(patient.pointsStatement.nodes).toEqual([
      { kind: 'EXPIRE', change: -15, note: null, availableAfter: 0 },
      { kind: 'ADJUST', change: 15, note: null, availableAfter: 15 },
    ]);
  });
});
