import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { addPatient, furnish } from './fixture.ts';

// One app for the file: what a test looks for, only it has stored.
let app: TestApp;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
});

type Answer = Awaited<ReturnType<ReturnType<TestApp['as']>['query']>>;
const codeOf = ({ errors }: Answer): unknown => errors?.[0]?.extensions?.['code'];

const register = `mutation ($input: RegisterPatientInput!) {
  registerPatient(input: $input) { id name language version age contactPoints { system value verifiedAt } }
}`;
const update = 'mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id name otherName version } }';
const read = 'query ($id: ID!) { patient(id: $id) { id name } }';

/** Of a clinic of their own, in which nobody else is found. */
let searched: string;

async function found(search: string, as = app.as('frontDesk', { clinicId: searched })): Promise<string[]> {
  const { patients } = await as.data('query ($search: String) { patients(search: $search) { nodes { name } } }', {
    search,
  });
  return patients.nodes.map(({ name }: { name: string }) => name);
}

test('a registered patient has an age, a language and contact points in one form', async () => {
  const input = { name: '王小明', birthDate: '1985-06-02', phone: '0912 345 678', email: 'Ming@Example.com' };
  const { registerPatient } = await app.as('frontDesk').data(register, { input });
  expect(registerPatient).toEqual({
    id: expect.any(String),
    name: '王小明',
    language: 'ZH_HANT',
    version: 1,
    age: 40,
    contactPoints: [
      { system: 'PHONE', value: '+886912345678', verifiedAt: null },
      { system: 'EMAIL', value: 'Ming@example.com', verifiedAt: null },
    ],
  });
});

describe('a search', () => {
  beforeAll(async () => {
    searched = await app.addClinic('searched');
    const as = app.as('frontDesk', { clinicId: searched });
    const names = ['王小明', '陳小明', '明德 Meade', 'Wang Li', '𠮷田太郎', 'محمد علي'];
    for (const name of names) await as.data(register, { input: { name } });
    await as.data(register, { input: { name: '林美玲', phone: '0987654321', birthDate: '1970-12-24' } });
  });

  test.each([
    ['小明', ['王小明', '陳小明']],
    ['明', ['王小明', '明德 Meade', '陳小明']],
    ['wang', ['Wang Li']],
    ['li WANG', ['Wang Li']],
    ['田太', ['𠮷田太郎']],
    ['علي', ['محمد علي']],
    ['0987-654-321', ['林美玲']],
    ['4321', ['林美玲']],
    ['1970-12-24', ['林美玲']],
    ['ang', []],
    ["' or 1=1 --", []],
    ['%', []],
  ])('for %s', async (search, names) => expect((await found(search)).toSorted()).toEqual(names.toSorted()));

  test('follows a change of name and phone number', async () => {
    const id = await addPatient(app, { name: '周杰', clinicId: searched });
    await app
      .as('frontDesk', { clinicId: searched })
      .data(update, { input: { id, name: '周杰倫', otherName: 'Jay Chou' } });
    expect(await found('杰倫')).toEqual(['周杰倫']);
    expect(await found('jay')).toEqual(['周杰倫']);
  });

  test('shows a patient nobody else, and another clinic nobody', async () => {
    const id = await addPatient(app, { name: '李小明', clinicId: searched });
    expect(await found('小明', app.as('patient', { clinicId: searched, patientIds: [id] }))).toEqual(['李小明']);
    expect(await found('小明', app.as('frontDesk', { clinicId: await app.addClinic('empty') }))).toEqual([]);
  });
});

describe('what is typed', () => {
  test.each([
    '王小明',
    '𠮷田𠮷',
    'محمد علي',
    '👩‍⚕️ 王',
    '　王　',
    '谷辣斯·尤達卡',
    '龍'.repeat(200),
    'Robert"); drop table patient;--',
  ])('comes back as it was: %s', async name => {
    const { registerPatient } = await app.as('frontDesk').data(register, { input: { name } });
    expect(registerPatient.name).toBe(name.normalize('NFC'));
  });

  test.each([
    ['a NUL', { name: 'a\u0000b' }],
    ['half a character', { name: 'a\ud800b' }],
    ['nothing but spaces', { name: ' 　 ' }],
    ['201 characters', { name: '龍'.repeat(201) }],
    ['a megabyte', { name: 'x'.repeat(1_000_000) }],
    ['a day in the future', { name: '王', birthDate: '2026-06-02' }],
    ['no day', { name: '王', birthDate: '2026-02-30' }],
    ['no address', { name: '王', email: 'a@b.test\r\nBcc: c@d.test' }],
    ['no phone number', { name: '王', phone: '12' }],
  ])('is refused with BAD_USER_INPUT: %s', async (_what, input) => {
    const answer = await app.as('frontDesk').query(register, { input });
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
    expect(answer.data?.registerPatient ?? null).toBeNull();
  });

  test('as an id that is unknown, malformed, of another clinic or of another patient gets one and the same answer', async () => {
    const own = await addPatient(app);
    const foreign = await addPatient(app, { name: '陳美玲', clinicId: await app.addClinic('elsewhere') });
    const other = await addPatient(app, { name: '林美玲' });
    const as = app.as('patient', { patientIds: [own] });
    const ids = ['00000000-0000-7000-8000-000000000000', "'; drop table patient", '', foreign, other];
    const answers = await Promise.all(ids.map(id => as.query(read, { id })));
    expect(answers.map(codeOf)).toEqual(ids.map(() => 'NOT_FOUND'));
    expect(new Set(answers.map(({ errors }) => errors![0]!.message)).size).toBe(1);
    expect((await as.data(read, { id: own })).patient.id).toBe(own);
  });
});

test('two who change one version: the second learns of the first', async () => {
  const id = await addPatient(app);
  const as = app.as('frontDesk');
  const first = await as.data(update, { input: { id, expectedVersion: 1, otherName: 'Ming' } });
  expect(first.updatePatient).toMatchObject({ version: 2, otherName: 'Ming' });
  expect(codeOf(await as.query(update, { input: { id, expectedVersion: 1, otherName: 'Wang' } }))).toBe('CONFLICT');
});

describe('diagnoses and addresses', () => {
  const all = `query ($id: ID!) { patient(id: $id) { name conditions { code } allergies { substance } contactPoints { value } } }`;
  let id: string;

  beforeAll(async () => {
    id = await addPatient(app, { email: 'ming@clinic.test' });
    const record = 'mutation ($input: RecordConditionInput!) { recordCondition(input: $input) { code stability } }';
    await app.as('practitioner').data(record, { input: { patientId: id, code: 'e11.9', stability: 'UNSTABLE' } });
    const allergy = 'mutation ($input: RecordAllergyInput!) { recordAllergy(input: $input) { substance } }';
    await app.as('practitioner').data(allergy, { input: { patientId: id, substance: '青黴素' } });
  });

  test.each(['owner', 'practitioner'] as const)('are seen by the %s', async role => {
    expect((await app.as(role).data(all, { id })).patient).toEqual({
      name: '王小明',
      conditions: [{ code: 'E11.9' }],
      allergies: [{ substance: '青黴素' }],
      contactPoints: [{ value: 'ming@clinic.test' }],
    });
  });

  test('are the patient’s own to see', async () => {
    const { patient } = await app.as('patient', { patientIds: [id] }).data(all, { id });
    expect(patient.conditions).toEqual([{ code: 'E11.9' }]);
  });

  test('diagnoses are kept from the front desk, which gets the rest', async () => {
    const { data, errors } = await app.as('frontDesk').query(all, { id });
    expect(data.patient).toEqual({
      name: '王小明',
      conditions: null,
      allergies: null,
      contactPoints: [{ value: 'ming@clinic.test' }],
    });
    expect(errors!.map(({ path, extensions }) => [path, extensions!['code']])).toEqual([
      [['patient', 'conditions'], 'FORBIDDEN'],
      [['patient', 'allergies'], 'FORBIDDEN'],
    ]);
  });

  test('are kept from the marketer, with the patient', async () =>
    expect(codeOf(await app.as('marketer').query(all, { id }))).toBe('FORBIDDEN'));

  test('a code that is no ICD-10 code is refused', async () => {
    const record = 'mutation ($input: RecordConditionInput!) { recordCondition(input: $input) { code } }';
    expect(codeOf(await app.as('owner').query(record, { input: { patientId: id, code: 'diabetes' } }))).toBe(
      'BAD_USER_INPUT',
    );
  });
});

test('a page has at most a hundred', async () =>
  expect(codeOf(await app.as('frontDesk').query('{ patients(first: 3000000) { nodes { id } } }'))).toBe(
    'BAD_USER_INPUT',
  ));

test('the clinic and what it offers are seen by everyone who is signed in', async () => {
  await furnish(app);
  const query = `{
    clinic { name timeZone locale currency }
    locations { name { text(language: EN) zhHans } directions { zhHant } rooms { name } }
    departments { code name { en } }
    practitioners { nodes { name department { code } schedules { weekday startTime location { name { zhHant } } } } }
    services(filter: { active: true }) { nodes { code durationMinutes name { text(language: ZH_HANS) } } }
  }`;
  const data = await app.as('patient').data(query);
  expect(data.clinic).toEqual({ name: 'Clinic test', timeZone: 'Asia/Taipei', locale: 'ZH_HANT', currency: 'TWD' });
  expect(data.locations[0]).toEqual({
    name: { text: 'Morning Light', zhHans: null },
    directions: { zhHant: '捷運大安站2號出口' },
    rooms: [{ name: '101' }, { name: '102' }],
  });
  expect(data.practitioners.nodes[0].schedules).toHaveLength(5);
  expect(data.services.nodes).toEqual([{ code: 'CHECKUP-1', durationMinutes: 30, name: { text: '健康檢查' } }]);
});

test('export holds what is stored, erasure leaves nobody, and a hold stands against it', async () => {
  const id = await addPatient(app, { email: 'ming@clinic.test', birthDate: '1985-03-09' });
  const { subjectData } = core;
  const stored = await app.staff.run(context => subjectData!.export(id, context));
  expect(stored).toMatchObject({ patient: [{ name: '王小明' }], contact_point: [{ value: 'ming@clinic.test' }] });
  await app.staff.run(context => subjectData!.hold(id, true, context));
  await expect(app.staff.run(context => subjectData!.erase(id, context))).rejects.toMatchObject({ code: 'CONFLICT' });
  await app.staff.run(context => subjectData!.hold(id, false, context));
  await app.staff.run(context => subjectData!.erase(id, context));
  const left = JSON.stringify(await app.staff.run(context => subjectData!.export(id, context)));
  expect(left).not.toMatch(/小明|ming@|03-09/);
});
