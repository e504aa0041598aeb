import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { beside, defineFact, definePlugin, sql } from 'clinic-rapport';
import { Condition, core, Department, Patient, Visit } from 'clinic-rapport/schema';

const luck = defineFact('luck.number', {
  description: 'The number of letters of the name.',
  type: 'INTEGER',
  value: () => sql`length(${sql.row}.name)`,
});
const statistics = beside('patient_statistics', 'patient_id');
const span = defineFact('luck.span', {
  description: 'Days between the first visit and the last.',
  type: 'INTEGER',
  value: () => sql`${statistics}.last_visit_on - ${statistics}.first_visit_on`,
});
const lucky = definePlugin({ name: 'luck', version: '1.0.0', facts: [luck, span] });

let app: TestApp;
let ann: string;
let bob: string;
let eve: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, lucky] });
  app.clock.set('2026-06-01T09:00:00+08:00');
  [ann, bob, eve] = await app.staff.run(async ({ em, now }) => {
    const patient = (name: string, birthDate: string | null, sex: 'FEMALE' | 'MALE') =>
      em.create(Patient, { name, birthDate, sex, language: 'en' });
    const three = [
      patient('Ann', '1985-06-01', 'FEMALE'),
      patient('Bobby', '1985-06-02', 'MALE'),
      patient('Evelyne', null, 'FEMALE'),
    ] as const;
    const department = em.create(Department, { code: 'DERM', name: { en: 'Skin' } });
    for (const day of ['2026-02-01', '2026-05-01']) {
      const at = new Date(`${day}T10:00:00+08:00`);
      em.create(Visit, {
        patient: three[0],
        department,
        status: 'COMPLETED',
        startedAt: at,
        completedAt: at,
        currency: 'TWD',
      });
    }
    em.create(Condition, { patient: three[0], code: 'E11.9', stability: 'UNSTABLE', recordedAt: now });
    await em.flush();
    return three.map(({ id }) => id) as [string, string, string];
  });
});

const matching = `query ($where: PredicateInput!) { patientsMatching(where: $where) { totalCount nodes { id } } }`;
const counting = `query ($where: PredicateInput!) { patientCount(where: $where) { count } }`;
const explaining = `query ($patientId: ID!, $where: PredicateInput!) {
  patientMatch(patientId: $patientId, where: $where) { matches conditions { path fact value holds } }
}`;
const fact = (name: string, asked: object): object => ({ fact: { fact: name, ...asked } });

test.each<[string, object, string[]]>([
  ['an age', fact('patient.age', { atLeast: 41 }), ['Ann']],
  ['an age that is just not reached', fact('patient.age', { atMost: 40 }), ['Bobby']],
  ['what is not known', fact('patient.age', { known: false }), ['Evelyne']],
  ['a word', fact('patient.sex', { oneOf: ['FEMALE'] }), ['Ann', 'Evelyne']],
  ['no word', fact('patient.sex', { oneOf: [] }), []],
  ['a category of diagnoses', fact('condition.codes', { oneOf: ['E11'] }), ['Ann']],
  ['a department', fact('visit.departments', { oneOf: ['DERM', 'CARD'] }), ['Ann']],
  ['days since', fact('visit.last', { daysAgoAtLeast: 31 }), ['Ann']],
  ['fewer days since', fact('visit.last', { daysAgoAtMost: 30 }), []],
  ['a span of days', fact('visit.last', { from: '2026-05-01', to: '2026-05-01' }), ['Ann']],
  ['a count of none', fact('visit.count', { atMost: 0 }), ['Bobby', 'Evelyne']],
  ['yes or no', fact('condition.unstable', { is: true }), ['Ann']],
  ['what a plugin knows', fact('luck.number', { atLeast: 4, atMost: 6 }), ['Bobby']],
  [
    'what a plugin and the core read of the same table',
    { all: [fact('luck.span', { atLeast: 89, atMost: 89 }), fact('visit.count', { atMost: 2 })] },
    ['Ann'],
  ],
  ['what is in no row of that table', fact('luck.span', { known: false }), ['Bobby', 'Evelyne']],
  [
    'a contrary of what is in no row of that table',
    { any: [{ not: fact('visit.last', { daysAgoAtMost: 400 }) }, fact('visit.first', { to: '2026-01-01' })] },
    ['Bobby', 'Evelyne'],
  ],
  ['a category', fact('patient.category', { oneOf: ['CHRONIC', 'LAPSED'] }), ['Ann']],
  ['who has no appointment to come', fact('appointment.next', { known: false }), ['Ann', 'Bobby', 'Evelyne']],
  ['who missed none', fact('appointment.missed', { atMost: 0 }), ['Ann', 'Bobby', 'Evelyne']],
  // Of what is not known no comparison holds, so its contrary does.
  ['a contrary', { not: fact('patient.age', { atLeast: 41 }) }, ['Bobby', 'Evelyne']],
  ['all of nothing', { all: [] }, ['Ann', 'Bobby', 'Evelyne']],
  ['any of nothing', { any: [] }, []],
  [
    'several',
    {
      all: [
        fact('patient.sex', { oneOf: ['FEMALE'] }),
        { any: [fact('visit.count', { atLeast: 2 }), fact('patient.age', { atMost: 1 })] },
      ],
    },
    ['Ann'],
  ],
])('patients are found by %s', async (_, where, names) => {
  const all = { [ann]: 'Ann', [bob]: 'Bobby', [eve]: 'Evelyne' };
  const { patientsMatching } = await app.as('owner').data(matching, { where });
  expect(patientsMatching.nodes.map(({ id }: { id: string }) => all[id]).sort()).toEqual(names);
  expect(patientsMatching.totalCount).toBe(names.length);
  expect((await app.as('owner').data(counting, { where })).patientCount.count).toBe(names.length);
});

test('why a patient is in or out is told for each condition', async () => {
  const where = {
    all: [fact('visit.last', { daysAgoAtLeast: 60 }), { not: fact('patient.sex', { oneOf: ['MALE'] }) }],
  };
  const { patientMatch } = await app.as('owner').data(explaining, { patientId: ann, where });
  expect(patientMatch).toEqual({
    matches: false,
    conditions: [
      { path: 'where.all.0.fact', fact: 'visit.last', value: '"2026-05-01"', holds: false },
      { path: 'where.all.1.not.fact', fact: 'patient.sex', value: '"FEMALE"', holds: false },
    ],
  });
  expect((await app.as('owner').data(explaining, { patientId: eve, where: { all: [] } })).patientMatch).toEqual({
    matches: true,
    conditions: [],
  });
});

test('who died is never among those who match', async () => {
  const id = await app.staff.run(async ({ em }) => {
    const dead = em.create(Patient, { name: 'Zoe of the dead', language: 'en', deceasedOn: '2026-01-01' });
    return dead.id;
  });
  const where = fact('luck.number', { atLeast: 15 });
  expect((await app.as('owner').data(matching, { where })).patientsMatching.nodes).toEqual([]);
  expect((await app.as('owner').data(counting, { where })).patientCount.count).toBe(0);
  expect((await app.as('owner').data(explaining, { patientId: id, where })).patientMatch.matches).toBe(false);
});

test('a record that was merged is not counted beside the one it was merged into', async () => {
  const id = await app.staff.run(async ({ em }) => {
    const mergedInto = em.getReference(Patient, ann);
    const merged = em.create(Patient, { name: 'Ann, written down a second time', language: 'en', mergedInto });
    return merged.id;
  });
  const where = fact('luck.number', { atLeast: 20 });
  expect((await app.as('owner').data(matching, { where })).patientsMatching.totalCount).toBe(0);
  expect((await app.as('owner').data(counting, { where })).patientCount.count).toBe(0);
  expect((await app.as('owner').data(explaining, { patientId: id, where })).patientMatch.matches).toBe(false);
});

test('to a marketer a few are as good as one, and single patients are not shown', async () => {
  const where = fact('condition.codes', { oneOf: ['E11'] });
  expect((await app.as('marketer').data(counting, { where })).patientCount.count).toBeNull();
  const { errors } = await app.as('marketer').query(matching, { where });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

test('the front desk lists patients by what it may know of them only', async () => {
  const allowed = await app.as('frontDesk').query(matching, { where: fact('visit.count', { atLeast: 1 }) });
  expect(allowed.errors).toBeUndefined();
  for (const [document, more] of [
    [matching, {}],
    [explaining, { patientId: ann }],
  ] as const) {
    const where = { not: fact('condition.codes', { oneOf: ['E11'] }) };
    const { errors } = await app.as('frontDesk').query(document, { where, ...more });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
});

test('by counting, the front desk learned what a patient has whom age and sex pointed at', async () => {
  const diabetic = fact('condition.codes', { oneOf: ['E11'] });
  const count = async (as: 'frontDesk' | 'marketer' | 'owner', where: object): Promise<number | null> =>
    (await app.as(as).data(counting, { where })).patientCount.count;
  const number = (await count('owner', diabetic))!;
  expect(number).toBeGreaterThan(0);
  for (const as of ['frontDesk', 'marketer'] as const) {
    expect(await count(as, diabetic)).toBeNull();
    // That there is none tells of one as much as that there is one.
    expect(await count(as, { all: [diabetic, { not: diabetic }] })).toBeNull();
  }
  await app.staff.run(async ({ em }) => {
    for (let place = 0; place < 25; place++) em.create(Patient, { name: `Crowd ${place}`, language: 'en' });
    await em.flush();
  });
  const [all, others] = [await count('owner', { all: [] }), await count('owner', { not: diabetic })];
  expect(all! - others!).toBe(number);
  expect(await count('frontDesk', { all: [] })).toBe(all);
  expect((await count('frontDesk', { not: diabetic }))! % 10).toBe(0);
});

test('another clinic’s patients are not counted', async () => {
  const clinicId = await app.addClinic('far');
  const { patientCount } = await app.as('owner', { clinicId }).data(counting, { where: { all: [] } });
  expect(patientCount.count).toBe(0);
});

test.each<[string, object, string]>([
  ['a fact that is not there', fact('patient.wealth', { atLeast: 1 }), 'where.fact.fact'],
  ['nothing asked', fact('patient.age', {}), 'where.fact'],
  ['what cannot be asked of a number', fact('patient.age', { oneOf: ['1'] }), 'where.fact.oneOf'],
  ['a word that is none of its values', fact('patient.sex', { oneOf: ['female'] }), 'where.fact.oneOf'],
  ['too many words', fact('condition.codes', { oneOf: Array(101).fill('E11') }), 'where.fact.oneOf'],
  ['two things at once', { all: [], any: [] }, 'where'],
  ['nothing at all', {}, 'where'],
  ['too deep', { not: { not: { not: { not: { not: { all: [] } } } } } }, 'where.not.not.not.not.not'],
  ['too much', { all: Array(51).fill(fact('patient.age', { atLeast: 1 })) }, 'where.all.50.fact'],
])('a predicate is refused: %s', async (_, where, field) => {
  const { errors } = await app.as('owner').query(counting, { where });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field } }]);
});

test('facts are listed with what can be asked of them, the plugins’ too', async () => {
  const { facts } = await app.as('marketer').data('{ facts { name description type values operators sensitive } }');
  expect(facts).toContainEqual({
    name: 'luck.number',
    description: 'The number of letters of the name.',
    type: 'INTEGER',
    values: null,
    operators: ['atLeast', 'atMost', 'known'],
    sensitive: false,
  });
  expect(facts.find(({ name }: { name: string }) => name === 'condition.codes')).toMatchObject({ sensitive: true });
});
