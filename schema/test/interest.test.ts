import { core, giveConsent, recordInterest, withdrawConsent } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
  for (const code of ['weight', 'child-health']) await save({ code });
});
beforeEach(async () => {
  patientId = await addPatient(app);
});

const save = (input: object, as = app.as('marketer')) =>
  as.query('mutation ($input: SaveInterestInput!) { saveInterest(input: $input) { code active name { en } } }', {
    input: { zhHant: '興趣', zhHans: '兴趣', en: 'An interest', ...input },
  });
const record = (input: object, as = app.as('frontDesk')) =>
  as.query('mutation ($input: RecordInterestInput!) { recordInterest(input: $input) { source interest { code } } }', {
    input: { patientId, ...input },
  });
const interests = async (): Promise<string[]> => {
  const query = 'query ($id: ID!) { patient(id: $id) { interests { source interest { code } } } }';
  const { patient } = await app.as('owner').data(query, { id: patientId });
  return patient.interests.map((one: any) => `${one.interest.code} ${one.source}`);
};

it('are of a vocabulary that the clinic has', async () => {
  expect((await save({ code: 'weight', active: true })).errors).toBeUndefined();
  expect((await save({ code: 'Weight!' })).errors).toMatchObject([{ extensions: { field: 'input.code' } }]);
  expect((await save({ code: 'skin' }, app.as('frontDesk'))).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ]);
  expect((await record({ code: 'unknown' })).errors).toMatchObject([{ extensions: { field: 'input.code' } }]);
  await save({ code: 'former', active: false });
  expect((await record({ code: 'former' })).errors).toMatchObject([{ extensions: { field: 'input.code' } }]);
});

it('are declared by staff and by patients, and what is known better is not made worse', async () => {
  await record({ code: 'weight', source: 'SURVEY' });
  expect(await interests()).toEqual(['weight SURVEY']);
  await record({ code: 'weight', source: 'SURVEY' }, app.as('patient', { patientIds: [patientId] }));
  expect(await interests()).toEqual(['weight PATIENT']);
  await record({ code: 'weight' });
  expect(await interests()).toEqual(['weight PATIENT']);
  const forget = 'mutation ($input: ForgetInterestInput!) { forgetInterest(input: $input) }';
  const input = { patientId, code: 'weight' };
  expect((await app.as('frontDesk').data(forget, { input })).forgetInterest).toBe(true);
  expect((await app.as('frontDesk').data(forget, { input })).forgetInterest).toBe(false);
  expect(await interests()).toEqual([]);
});

it('are inferred of who agreed to be tracked, and of nobody else', async () => {
  const infer = () =>
    app.staff.run(context => recordInterest({ patientId, code: 'child-health', source: 'INFERRED' }, context));
  await expect(infer()).rejects.toMatchObject({ code: 'CONFLICT' });
  const choice = { patientId, purpose: 'TRACKING', channel: 'EMAIL', source: 'IMPORT', evidence: 'A form' } as const;
  await app.staff.run(context => giveConsent(choice, context));
  await infer();
  expect(await interests()).toEqual(['child-health INFERRED']);
  await record({ code: 'weight' });
  const withdrawn = { ...choice, source: 'DESK', evidence: null } as const;
  await app.staff.run(context => withdrawConsent(withdrawn, context));
  expect(await interests()).toEqual(['weight STAFF']);
});

it('are a fact that rules may ask for, which says something of health', async () => {
  await record({ code: 'child-health' });
  const query = `query ($where: PredicateInput!) { patientsMatching(where: $where) { nodes { id } } }`;
  const where = { fact: { fact: 'patient.interests', oneOf: ['child-health'] } };
  const { patientsMatching } = await app.as('owner').data(query, { where });
  expect(patientsMatching.nodes.map(({ id }: { id: string }) => id)).toContain(patientId);
  const { errors } = await app.as('frontDesk').query(query, { where });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});
