import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { askToRefreshContacts } from '../contact-refresh.ts';
import { core } from 'clinic-rapport/schema';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  patientId = await addPatient(app, { email: 'lin@mail.test' });
  await app.staff.data('mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }', {
    input: { patientId, system: 'PHONE', value: '+886912345678' },
  });
});

const months = (count: number) => app.clock.advance({ days: count * 31 });
const seen = (of = patientId) =>
  app.staff.run(({ em, clinicId, now }) =>
    em.execute(
      `insert into visit (clinic_id, id, patient_id, status, started_at, completed_at, currency)
       values (?, gen_random_uuid(), ?, 'COMPLETED', ?, ?, 'TWD')`,
      [clinicId, of, now.toISOString(), now.toISOString()],
    ),
  );
const morning = async () => {
  await app.staff.run(({ enqueue }) => enqueue(askToRefreshContacts, undefined));
  await app.settle();
};
const mine = () => app.mails.filter(({ subject }) => subject.includes('聯絡資料'));
const pageOf = (index = 0) => mine()[index]!.links.find(link => link.includes('/contacts/'))!;
const post = async (fields: Record<string, string>) =>
  (await app.fetch(pageOf(), { method: 'POST', body: new URLSearchParams(fields) })).text();
const contacts = async () => {
  const query = `query ($id: ID!) { patient(id: $id) { contactRefreshDue contactPoints { id system value confirmedAt verifiedAt } } }`;
  return (await app.staff.data(query, { id: patientId })).patient;
};

test('a patient whose details are a year old is asked once, and says with one click that they are right', async () => {
  await morning();
  expect(mine()).toHaveLength(0);
  months(13);
  await seen();
  expect((await contacts()).contactRefreshDue).toBe(true);
  await morning();
  await morning();
  expect(mine()).toHaveLength(1);
  const page = await (await app.fetch(pageOf())).text();
  for (const part of ['l…@mail.test', '… 234 ····', '全部正確']) expect(page).toContain(part);
  expect(page).not.toContain('lin@mail.test');
  // Neither the number nor the digits that are asked for to see who it is.
  expect(page).not.toContain('678');
  expect(page).not.toContain('name="gone"');
  expect((await contacts()).contactRefreshDue).toBe(true);

  expect(await post({ right: 'yes' })).toContain('謝謝');
  const { contactRefreshDue, contactPoints } = await contacts();
  expect(contactRefreshDue).toBe(false);
  for (const { confirmedAt } of contactPoints) expect(confirmedAt).toBe(app.clock.now().toISOString());
});

test('who has not been here for long, has died, or wants no mails of the account is not asked', async () => {
  const [lapsed, late, quiet] = await Promise.all(
    ['a', 'b', 'c'].map(name => addPatient(app, { email: `${name}@mail.test` })),
  );
  await seen(lapsed);
  months(20);
  await seen(late);
  await seen(quiet);
  await app.staff.data('mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id } }', {
    input: { id: late, deceasedOn: '2027-01-01' },
  });
  await app.staff.data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', {
    input: { patientId: quiet, purpose: 'ACCOUNT', channel: 'EMAIL', source: 'DESK' },
  });
  await morning();
  expect(mine()).toHaveLength(0);
});

test('a clinic can ask after another time, or never', async () => {
  const set = (count: number) =>
    app
      .as('owner')
      .data(`mutation { updateSettings(input: { core: { refreshContactsAfterMonths: ${count} } }) { __typename } }`);
  months(13);
  await seen();
  await set(0);
  await morning();
  expect((await contacts()).contactRefreshDue).toBe(false);
  await set(24);
  await morning();
  expect(mine()).toHaveLength(0);
  await expect(set(-1)).rejects.toThrow('BAD_USER_INPUT');
});

describe('on the page', () => {
  let passed: string;

  beforeEach(async () => {
    months(13);
    await seen();
    await morning();
    passed = /name="passed" value="([^"]+)"/.exec(await post({ phone: '5678' }))![1]!;
  });

  test('a number is taken away and another added, and a new address gets a mail to confirm it', async () => {
    const phone = (await contacts()).contactPoints.find(({ system }: { system: string }) => system === 'PHONE');
    expect(await post({ passed, gone: phone.id })).toContain('已移除');
    expect(await post({ passed, system: 'PHONE', value: '0922 111 222' })).toContain('… 211 ····');
    expect(await post({ passed, system: 'EMAIL', value: 'new@mail.test' })).toContain('已新增');
    expect((await contacts()).contactPoints).toMatchObject([
      { value: 'lin@mail.test' },
      { value: '+886922111222', confirmedAt: expect.any(String) },
      { value: 'new@mail.test', verifiedAt: null },
    ]);
    await app.settle();
    expect(app.mails.at(-1)!.to).toBe('new@mail.test');
  });

  test('what is malformed, or the last proved address, is answered in words, and stays as it was', async () => {
    const before = await contacts();
    const email = before.contactPoints.find(({ system }: { system: string }) => system === 'EMAIL');
    expect(await post({ passed, gone: email.id })).toContain('唯一已確認');
    expect(await post({ passed, system: 'PHONE', value: '12' })).toContain('不是有效');
    expect(await contacts()).toEqual(before);
  });

  test('nobody reaches the addresses of another patient', async () => {
    const other = await addPatient(app, { email: 'other@mail.test' });
    const [theirs] = (
      await app.staff.data('query ($id: ID!) { patient(id: $id) { contactPoints { id } } }', { id: other })
    ).patient.contactPoints;
    const response = await app.fetch(pageOf(), {
      method: 'POST',
      body: new URLSearchParams({ passed, gone: theirs.id }),
    });
    expect(response.status).toBe(404);
    const remove = 'mutation ($input: ContactPointInput!) { removeContactPoint(input: $input) { id } }';
    const patient = app.as('patient', { patientIds: [patientId] });
    await expect(patient.data(remove, { input: { contactPointId: theirs.id } })).rejects.toThrow('NOT_FOUND');
  });

  test('who had the mail of somebody added an address of their own, and could sign in as that patient', async () => {
    const before = await contacts();
    for (const fields of [
      { system: 'EMAIL', value: 'thief@mail.test' },
      { system: 'PHONE', value: '0922 111 222', phone: '1222' },
      { gone: before.contactPoints[0].id, birthDate: '1980-01-01' },
      { passed: 'v1.nonsense', system: 'EMAIL', value: 'thief@mail.test' },
    ])
      await post(fields as unknown as Record<string, string>);
    expect(await contacts()).toEqual(before);
    await app.settle();
    expect(app.mails.map(({ to }) => to)).not.toContain('thief@mail.test');
  });

  test('the link is dead after sixty days', async () => {
    app.clock.advance({ days: 61 });
    expect((await app.fetch(pageOf())).status).toBe(410);
  });
});

test('staff take away what is wrong, and note at the desk that the rest is right', async () => {
  const { contactPoints } = await contacts();
  const run = (name: string, contactPointId: string) =>
    app.as('frontDesk').data(`mutation ($input: ContactPointInput!) { ${name}(input: $input) { id } }`, {
      input: { contactPointId },
    });
  const phone = contactPoints.find(({ system }: { system: string }) => system === 'PHONE');
  const email = contactPoints.find(({ system }: { system: string }) => system === 'EMAIL');
  await run('removeContactPoint', phone.id);
  await run('confirmContactPoint', email.id);
  await expect(run('removeContactPoint', email.id)).rejects.toThrow('CONFLICT');
  expect((await contacts()).contactPoints).toEqual([
    expect.objectContaining({ value: 'lin@mail.test', confirmedAt: app.clock.now().toISOString() }),
  ]);
});
