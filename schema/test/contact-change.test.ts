import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { addPatient, publishSomeNotice } from './fixture.ts';

let app: TestApp;
let patientId: string;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  patientId = await addPatient(app, { email: 'lin@mail.test' });
});

const patient = () => app.as('patient', { patientIds: [patientId] });
const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
const remove = 'mutation ($input: ContactPointInput!) { removeContactPoint(input: $input) { id } }';
const codeOf = ({ errors }: { errors?: readonly { extensions?: Record<string, unknown> }[] }): unknown =>
  errors?.[0]?.extensions?.['code'];
const values = async (): Promise<string[]> => {
  const query = 'query ($id: ID!) { patient(id: $id) { contactPoints { value } } }';
  const { contactPoints } = (await app.staff.data(query, { id: patientId })).patient;
  return contactPoints.map(({ value }: { value: string }) => value);
};

test('numbers that were added at once met in the search, and most of them failed', async () => {
  const numbers = Array.from({ length: 10 }, (_, index) => `+88691234567${index}`);
  const answers = await Promise.all(
    [...numbers, ...numbers].map(value => patient().query(add, { input: { patientId, system: 'PHONE', value } })),
  );
  expect(answers.map(codeOf).filter(code => code !== undefined)).toEqual([]);
  expect((await values()).toSorted()).toEqual([...numbers, 'lin@mail.test']);
  const more = await Promise.all(
    numbers.map(value =>
      patient().query(add, { input: { patientId, system: 'PHONE', value: value.replace('91', '92') } }),
    ),
  );
  expect(more.map(codeOf).filter(code => code === 'BAD_USER_INPUT')).toHaveLength(1);
  expect(await values()).toHaveLength(20);
});

test('a stranger’s mailbox was filled by adding the address and taking it away again', async () => {
  const answers: unknown[] = [];
  for (let time = 0; time < 8; time++) {
    const input = { patientId, system: 'EMAIL', value: time % 2 ? 'stranger@mail.test' : 'Stranger@mail.test' };
    const { data, errors } = await patient().query(add, { input });
    answers.push(codeOf({ errors }));
    await app.settle();
    if (data) await patient().data(remove, { input: { contactPointId: data.addContactPoint.id } });
  }
  expect(answers).toEqual([...Array<undefined>(5).fill(undefined), ...Array<string>(3).fill('RATE_LIMITED')]);
  expect(app.mails.filter(({ to }) => to.toLowerCase() === 'stranger@mail.test')).toHaveLength(5);
  expect(await values()).toEqual(['lin@mail.test']);
  // Staff who sit before a family add as many as there are.
  const input = { patientId, system: 'EMAIL', value: 'stranger@mail.test' };
  expect(codeOf(await app.as('frontDesk').query(add, { input }))).toBeUndefined();
});

test('of wrong codes at once one was counted', async () => {
  const { addContactPoint } = await patient().data(add, {
    input: { patientId, system: 'EMAIL', value: 'new@mail.test' },
  });
  await app.settle();
  const right = /\b\d{6}\b/.exec(app.mails.at(-1)!.text)![0];
  const verify = (code: string) =>
    patient().query(
      'mutation ($input: VerifyContactPointInput!) { verifyContactPoint(input: $input) { verifiedAt } }',
      {
        input: { contactPointId: addContactPoint.id, code },
      },
    );
  const wrong = right === '000000' ? '000001' : '000000';
  await Promise.all(Array.from({ length: 5 }, () => verify(wrong)));
  expect((await verify(right)).data.verifyContactPoint.verifiedAt).toBeNull();
});

test('a patient who agreed at home had it written down as said at the counter', async () => {
  const noticeVersionId = await publishSomeNotice(app);
  const give = async (as: ReturnType<typeof patient>, touchpoint: string): Promise<string | null> => {
    const input = { patientId, purpose: 'MARKETING', channel: 'EMAIL', source: 'DESK', touchpoint, noticeVersionId };
    const { giveConsent } = await as.data(
      'mutation ($input: ConsentInput!) { giveConsent(input: $input) { touchpoint } }',
      { input },
    );
    return giveConsent.touchpoint;
  };
  expect(await give(patient(), 'COUNTER')).toBeNull();
  expect(await give(patient(), 'PREFERENCES')).toBe('PREFERENCES');
  expect(await give(app.as('frontDesk'), 'CONSULTATION')).toBe('CONSULTATION');
});

test('a form with U+0000 was answered as if the storage were gone', async () => {
  const { slug } = (await app.staff.data('{ clinic { slug } }')).clinic;
  await publishSomeNotice(app);
  await app.as('owner').data('mutation { updateSettings(input: { core: { notice: "sample" } }) { __typename } }');
  const body = new URLSearchParams({ name: 'a\0b', birthDate: '1985-03-09', email: 'nul@mail.test' });
  expect((await app.fetch(`/register/${slug}`, { method: 'POST', body })).status).toBe(400);
});
