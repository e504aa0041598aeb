import { Patient, setPatientIdentifier } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { addPerson, codeOf, disagreements, openApp, pointsOf, statementOf, type Person } from './clinic.ts';

let app: TestApp;
let ming: Person;
let hua: Person;
let lists = 0;
let source: string;

beforeAll(async () => {
  app = await openApp();
});
beforeEach(async () => {
  source = `Old system ${++lists}`;
  [ming, hua] = [await addPerson(app), await addPerson(app)];
});
afterEach(async () => expect(await disagreements(app)).toEqual([]));

const document = `mutation ($input: ImportPointsInput!) {
  importPoints(input: $input) { imported known errors { line code message } } }`;
const send = (lines: object[], caller = app.as('owner')) => caller.query(document, { input: { source, lines } });
const sent = async (lines: object[]) =>
  (await app.as('owner').data(document, { input: { source, lines } })).importPoints;

it('brings points along by id and by chart number, with their last day', async () => {
  const value = `A-${lists}77`;
  await app.staff.run(context => setPatientIdentifier({ patientId: hua.id, kind: 'CHART_NUMBER', value }, context));
  const lines = [
    { patientId: ming.id, points: 250, expiresOn: '2026-12-31' },
    { chartNumber: value.toLowerCase(), points: 40 },
  ];
  expect(await sent(lines)).toEqual({ imported: 2, known: 0, errors: [] });
  expect(await pointsOf(ming)).toMatchObject({ available: 250, nextExpiry: { on: '2026-12-31', points: 250 } });
  expect(await pointsOf(hua)).toMatchObject({ available: 40, nextExpiry: null });
  expect(await statementOf(ming)).toEqual([['IMPORT', 250, 250]]);
});

it('gives of one list once, also where more lines are added to it', async () => {
  await sent([{ patientId: ming.id, points: 5 }]);
  const lines = [
    { patientId: ming.id, points: 5 },
    { patientId: hua.id, points: 6 },
  ];
  expect(await sent(lines)).toEqual({ imported: 1, known: 1, errors: [] });
  expect([await pointsOf(ming), await pointsOf(hua)]).toMatchObject([{ available: 5 }, { available: 6 }]);
});

it('brings in nothing where a line is wrong, and says of each line what', async () => {
  const lines = [
    { patientId: ming.id, points: 5 },
    { patientId: hua.id, points: 0 },
    { patientId: ming.id, points: 5 },
    { patientId: '018f0000-0000-7000-8000-000000000000', points: 5 },
    { chartNumber: 'nobody', points: 5 },
    { points: 5 },
    { patientId: hua.id, points: 5, expiresOn: '2026-05-31' },
    { patientId: hua.id, points: -1 },
  ];
  const { imported, errors } = await sent(lines);
  expect(imported).toBe(0);
  expect(errors.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
    [1, 'BAD_USER_INPUT'],
    [2, 'BAD_USER_INPUT'],
    [3, 'NOT_FOUND'],
    [4, 'NOT_FOUND'],
    [5, 'BAD_USER_INPUT'],
    [6, 'BAD_USER_INPUT'],
    [7, 'BAD_USER_INPUT'],
  ]);
  expect(await pointsOf(ming)).toBeNull();
});

it('brings in nothing where it were too much for one', async () => {
  for (let time = 0; time < 2; time++) {
    await sent([{ patientId: ming.id, points: 1_000_000_000 }]);
    source += ' again';
  }
  const lines = [
    { patientId: hua.id, points: 5 },
    { patientId: ming.id, points: 1 },
  ];
  expect((await sent(lines)).errors).toMatchObject([{ line: 1, code: 'CONFLICT' }]);
  expect(await pointsOf(hua)).toBeNull();
});

it('takes a thousand lines and not one more, of the owner alone', async () => {
  const people = await app.staff.run(async ({ em }) => {
    const all = Array.from({ length: 1_000 }, () => em.create(Patient, { name: '王小明', language: 'zh-Hant' }));
    await em.flush();
    return all.map(({ id }) => id);
  });
  const lines = people.map(patientId => ({ patientId, points: 10 }));
  expect(await sent(lines)).toEqual({ imported: 1_000, known: 0, errors: [] });
  expect(codeOf(await send([...lines, lines[0]!]))).toBe('BAD_USER_INPUT');
  expect(codeOf(await send([]))).toBe('BAD_USER_INPUT');
  expect(codeOf(await send(lines, app.as('frontDesk')))).toBe('FORBIDDEN');
});
