import { createTestApp, type Caller, type TestApp } from 'clinic-rapport/testing';
import { defineMail, type Mail } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { addPatient, publishSomeNotice } from './fixture.ts';

let app: TestApp;
let patientId: string;
let noticeVersionId: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
  noticeVersionId = await publishSomeNotice(app);
});

beforeEach(async () => {
  patientId = await addPatient(app, { email: 'ming@clinic.test' });
});

const decide = (name: 'giveConsent' | 'withdrawConsent'): string =>
  `mutation ($input: ConsentInput!) { ${name}(input: $input) { id purpose channel decision source actorKind } }`;
const choice = (purpose: string, source = 'DESK') => ({
  patientId,
  purpose,
  channel: 'EMAIL',
  source,
  noticeVersionId,
});

const mailFor = (purpose: string, stream: Mail<unknown>['stream'] = 'transactional'): Mail<unknown> =>
  defineMail('core.sample', {
    purpose,
    stream,
    template: new URL('file:///none'),
    texts: { 'zh-Hant': { subject: 's' }, 'zh-Hans': { subject: 's' }, en: { subject: 's' } },
    fields: async () => ({}),
    sample: {},
  });

const nowhere = { address: '', locale: 'en', verified: false } as const;
const first = async (answer: ReturnType<NonNullable<typeof core.withhold>>): Promise<string | undefined> => {
  const reasons = await answer;
  return typeof reasons === 'object' ? reasons[0] : reasons;
};
const withheld = (mail: Mail<unknown>, to: Parameters<NonNullable<typeof core.withhold>>[1] = { patientId }) =>
  app.staff.run(async context =>
    first(core.withhold!(mail, to, context, (await core.address!(to, mail, context)) ?? nowhere)),
  );

test('the newest choice counts, and none is ever changed', async () => {
  const marketing = mailFor('marketing', 'marketing');
  expect(await withheld(marketing)).toBe('CONSENT_MISSING');
  await app.as('frontDesk').data(decide('giveConsent'), { input: choice('MARKETING') });
  expect(await withheld(marketing)).toBeUndefined();
  await app.as('frontDesk').data(decide('withdrawConsent'), { input: choice('MARKETING') });
  expect(await withheld(marketing)).toBe('CONSENT_WITHDRAWN');
  const query = 'query ($id: ID!) { patient(id: $id) { consents { nodes { decision } } } }';
  const { patient } = await app.as('frontDesk').data(query, { id: patientId });
  expect(patient.consents.nodes).toHaveLength(2);
  for (const statement of ["update consent set decision = 'GIVEN'", 'delete from consent']) {
    await expect(app.staff.run(({ em }) => em.execute(statement))).rejects.toThrow(/permission denied/);
  }
});

test('reminders and care need no consent, until it is withdrawn', async () => {
  for (const purpose of ['reminder', 'care']) expect(await withheld(mailFor(purpose))).toBeUndefined();
  await app.as('patient', { patientIds: [patientId] }).data(decide('withdrawConsent'), { input: choice('REMINDER') });
  expect(await withheld(mailFor('reminder'))).toBe('CONSENT_WITHDRAWN');
  expect(await withheld(mailFor('care'))).toBeUndefined();
});

test('what was agreed to for one purpose or channel allows no other', async () => {
  await app.as('frontDesk').data(decide('giveConsent'), { input: choice('MARKETING') });
  await app
    .as('frontDesk')
    .data(decide('giveConsent'), { input: { ...choice('HEALTH_DATA_MARKETING'), channel: 'LINE' } });
  expect(await withheld(mailFor('health-data-marketing', 'marketing'))).toBe('CONSENT_MISSING');
  expect(await withheld(mailFor('no-such-purpose'))).toBe('PURPOSE_UNKNOWN');
});

test('a patient cannot claim to have signed a form, nor decide for another', async () => {
  const as = app.as('patient', { patientIds: [patientId] });
  const { giveConsent } = await as.data(decide('giveConsent'), { input: choice('MARKETING', 'PAPER') });
  expect(giveConsent).toMatchObject({ decision: 'GIVEN', source: 'ONLINE', actorKind: 'user' });
  const other = await addPatient(app, { name: '陳美玲' });
  const { errors } = await as.query(decide('giveConsent'), { input: { ...choice('MARKETING'), patientId: other } });
  expect(errors?.[0]?.extensions?.['code']).toBe('NOT_FOUND');
});

test('nothing goes to an address that is missing or unproved, to the dead, or to a bare address', async () => {
  const nowhere = await addPatient(app, { name: '無名' });
  expect(await withheld(mailFor('reminder'), { patientId: nowhere })).toBe('NO_ADDRESS');
  const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
  await app.as('frontDesk').data(add, { input: { patientId: nowhere, system: 'EMAIL', value: 'new@clinic.test' } });
  expect(await withheld(mailFor('reminder'), { patientId: nowhere })).toBe('ADDRESS_UNVERIFIED');
  expect(await withheld(mailFor('reminder'), { address: 'any@clinic.test' })).toBe('ADDRESS_UNVERIFIED');
  await app.as('owner').data('mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id } }', {
    input: { id: patientId, deceasedOn: '2026-05-30' },
  });
  expect(await withheld(mailFor('reminder'))).toBe('PATIENT_DECEASED');
});

test('an address says in which language and on what basis', async () => {
  const addressOf = (mail: Mail<unknown>) => app.staff.run(context => core.address!({ patientId }, mail, context));
  expect(await addressOf(mailFor('reminder'))).toEqual({
    address: 'ming@clinic.test',
    name: '王小明',
    locale: 'zh-Hant',
    verified: true,
    verifiedAt: expect.any(Date),
    snapshot: expect.stringMatching(/^\d+:\d+:/),
    basis: expect.stringMatching(/^message-class:reminder@strict-/),
  });
  const { giveConsent } = await app.as('frontDesk').data(decide('giveConsent'), { input: choice('REMINDER') });
  expect(await addressOf(mailFor('reminder'))).toMatchObject({ basis: `consent:${giveConsent.id}` });
});

describe('how things stand', () => {
  const query = `query ($id: ID!) { patient(id: $id) {
    consentState { purpose channel standing since consentId noticeIsInForce }
    consents { nodes { recordedBy touchpoint actorId source } } } }`;
  const stateOf = async (purpose: string) => {
    const { patient } = await app.as('frontDesk').data(query, { id: patientId });
    return patient.consentState.find((state: { purpose: string }) => state.purpose === purpose);
  };

  test('is told for each purpose, also where nobody was asked', async () => {
    expect(await stateOf('CARE')).toMatchObject({ standing: 'ASSUMED', since: null, consentId: null });
    expect(await stateOf('HEALTH_DATA_MARKETING')).toMatchObject({ standing: 'NOT_ASKED' });
    await app.as('frontDesk').data(decide('giveConsent'), { input: choice('MARKETING') });
    expect(await stateOf('MARKETING')).toMatchObject({
      standing: 'GIVEN',
      since: app.clock.now().toISOString(),
      noticeIsInForce: true,
    });
    await app.as('frontDesk').data(decide('withdrawConsent'), { input: choice('MARKETING') });
    expect(await stateOf('MARKETING')).toMatchObject({ standing: 'WITHDRAWN' });
  });

  test('says where the notice has changed since, and where the address is not proved', async () => {
    await app.as('frontDesk').data(decide('giveConsent'), { input: choice('MARKETING') });
    noticeVersionId = await publishSomeNotice(app);
    expect(await stateOf('MARKETING')).toMatchObject({ standing: 'GIVEN', noticeIsInForce: false });
    await app.staff.run(({ em }) =>
      em.execute('update contact_point set verified_at = null where patient_id = ?', [patientId]),
    );
    expect(await stateOf('MARKETING')).toMatchObject({ standing: 'UNCONFIRMED' });
  });

  test('keeps who recorded it, and where the patient was asked', async () => {
    const give = (as: Caller, input: object) =>
      as.data(decide('giveConsent'), { input: { ...choice('REMINDER'), ...input } });
    await give(app.as('frontDesk'), { source: 'PAPER', touchpoint: 'NURSING_EDUCATION' });
    await give(app.as('frontDesk'), { source: 'DESK' });
    await give(app.as('patient', { patientIds: [patientId] }), {});
    await give(app.as('owner'), { source: 'IMPORT', evidence: 'row 7' });
    const { patient } = await app.as('frontDesk').data(query, { id: patientId });
    expect(patient.consents.nodes.toReversed()).toMatchObject([
      { recordedBy: 'STAFF', touchpoint: 'NURSING_EDUCATION', source: 'PAPER' },
      { recordedBy: 'STAFF', touchpoint: 'COUNTER', source: 'DESK' },
      { recordedBy: 'PATIENT', touchpoint: null, source: 'ONLINE' },
      { recordedBy: 'IMPORT', touchpoint: null, source: 'IMPORT' },
    ]);
  });
});

test('the notice in force can be read before one has a login', async () => {
  noticeVersionId = await publishSomeNotice(app);
  const query = '{ notice(name: "sample") { collector { en } refusalEffect { zhHant } } }';
  const response = await app.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-clinic-id': app.clinicId },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: Record<string, unknown> };
  expect(data['notice']).toEqual({ collector: { en: 'Told' }, refusalEffect: { zhHant: '說明' } });
});

describe('a new e-mail address', () => {
  const register = `mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id contactPoints { id verifiedAt } } }`;
  const verify = 'mutation ($input: VerifyContactPointInput!) { verifyContactPoint(input: $input) { verifiedAt } }';
  let contactPointId: string;

  beforeEach(async () => {
    await app.settle();
    app.mails.length = 0;
    const { registerPatient } = await app
      .as('frontDesk')
      .data(register, { input: { name: '陳美玲', email: 'mei@clinic.test' } });
    contactPointId = registerPatient.contactPoints[0].id;
    await app.settle();
  });

  test('gets one mail that says nothing of the patient', () => {
    expect(app.mails).toHaveLength(1);
    expect(app.mails[0]).toMatchObject({ to: 'mei@clinic.test', subject: '請確認您的電子郵件地址' });
    expect(app.mails[0]!.html).not.toContain('美玲');
  });

  test('is verified by the mailed code, which a wrong one does not replace', async () => {
    const code = /\b\d{6}\b/.exec(app.mails[0]!.text)![0];
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    const attempt = (given: string) => app.as('frontDesk').data(verify, { input: { contactPointId, code: given } });
    expect((await attempt(wrong)).verifyContactPoint.verifiedAt).toBeNull();
    expect((await attempt(code)).verifyContactPoint.verifiedAt).toBe('2026-06-01T01:00:00.000Z');
  });

  test('is not verified by guessing: after five wrong codes the right one does not count', async () => {
    const code = /\b\d{6}\b/.exec(app.mails[0]!.text)![0];
    const attempt = (given: string) => app.as('frontDesk').data(verify, { input: { contactPointId, code: given } });
    for (let guess = 1; guess <= 5; guess++) await attempt(String((Number(code) + guess) % 1_000_000).padStart(6, '0'));
    expect((await attempt(code)).verifyContactPoint.verifiedAt).toBeNull();
  });

  test('is verified by the mailed link, when the page’s button is pressed and not when it is opened', async () => {
    const link = app.mails[0]!.links[0]!;
    const state = async () =>
      (
        await app.staff.run(({ em }) =>
          em.execute('select verified_at from contact_point where id = ?', [contactPointId]),
        )
      )[0].verified_at;
    expect(await (await app.fetch(link)).text()).toContain('這是您的地址嗎');
    expect(await state()).toBeNull();
    expect((await app.fetch(link, { method: 'POST' })).status).toBe(200);
    expect(await state()).not.toBeNull();
  });
});

describe('a notice', () => {
  const publish = 'mutation ($input: PublishNoticeInput!) { publishNotice(input: $input) { id number } }';
  const three = (text: string) => ({ zhHant: text, zhHans: text, en: text });
  const fields = ['collector', 'purpose', 'categories', 'dataUse', 'rights', 'refusalEffect'];
  const notice = (name: string) => ({ name, ...Object.fromEntries(fields.map(field => [field, three(field)])) });

  test('is replaced by a new version, and the old one stays readable and cannot be changed', async () => {
    const owner = app.as('owner');
    const { publishNotice: first } = await owner.data(publish, { input: notice('versions') });
    const { publishNotice: second } = await owner.data(publish, { input: notice('versions') });
    expect([first.number, second.number]).toEqual([1, 2]);
    const current = '{ notice(name: "versions") { id collector { zhHant zhHans en } } }';
    const { notice: inForce } = await app.as('patient', { patientIds: [patientId] }).data(current);
    expect(inForce).toMatchObject({ id: second.id, collector: three('collector') });
    const all = '{ noticeVersions { nodes { name number } } }';
    const { nodes } = (await owner.data(all)).noticeVersions;
    expect(nodes.filter((node: { name: string }) => node.name === 'versions')).toHaveLength(2);
    for (const statement of ['update notice_version set number = 9', 'delete from notice_version']) {
      await expect(app.staff.run(({ em }) => em.execute(statement))).rejects.toThrow(/permission denied/);
    }
  });

  test.each(fields)('without %s in every language is refused', async field => {
    const input = { ...notice('partial'), [field]: { ...three('text'), zhHans: ' ' } };
    const blank = await app.as('owner').query(publish, { input });
    expect(blank.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    const { en: _, ...two } = three('text');
    expect((await app.as('owner').query(publish, { input: { ...input, [field]: two } })).errors).toHaveLength(1);
  });

  test('is what a consent to marketing rests on, in the version in force', async () => {
    const refused = async (more: object) => {
      const input = { ...choice('MARKETING'), ...more };
      return (await app.as('frontDesk').query(decide('giveConsent'), { input })).errors?.[0]?.extensions?.['code'];
    };
    expect(await refused({ noticeVersionId: null })).toBe('BAD_USER_INPUT');
    const { publishNotice: old } = await app.as('owner').data(publish, { input: notice('outdated') });
    await app.as('owner').data(publish, { input: notice('outdated') });
    expect(await refused({ noticeVersionId: old.id })).toBe('BAD_USER_INPUT');
    expect(await refused({ noticeVersionId: null, source: 'IMPORT' })).toBe('BAD_USER_INPUT');
    expect(await refused({ noticeVersionId: null, source: 'IMPORT', evidence: 'Form 12, binder 3' })).toBeUndefined();
    expect(await refused({})).toBeUndefined();
  });

  test('is not needed to withdraw', async () => {
    const input = { ...choice('MARKETING'), noticeVersionId: null };
    const { withdrawConsent } = await app.as('frontDesk').data(decide('withdrawConsent'), { input });
    expect(withdrawConsent.decision).toBe('WITHDRAWN');
  });
});
