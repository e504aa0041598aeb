import { defineMail, definePlugin, type Recipient } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient, publishSomeNotice } from './fixture.ts';

const mail = defineMail<object>('notes.care', {
  purpose: 'care',
  stream: 'transactional',
  template: new URL('../mails/verify-related-person.mjml', import.meta.url),
  texts: {
    'zh-Hant': { subject: '信', lead: '您好', button: '開啟', ignore: '-' },
    'zh-Hans': { subject: '信', lead: '您好', button: '打开', ignore: '-' },
    en: { subject: 'A mail', lead: 'Hello', button: 'Open', ignore: '-' },
  },
  sample: { clinic: { name: 'c' }, link: 'https://clinic.test/note' },
  fields: async () => ({ clinic: { name: 'c' }, link: 'https://clinic.test/note' }),
});
const notes = definePlugin({ name: 'notes', version: '1.0.0', mails: [mail] });

let app: TestApp;
let child: string;
let mother: string;
let motherMail: string;
let families = 0;

// The tests’ clock shows 2026-06-01: who was born on 2008-06-02 is of age tomorrow.
beforeAll(async () => {
  app = await createTestApp({ plugins: [core, notes] });
});
beforeEach(async () => {
  app.clock.set('2026-06-01T09:00:00+08:00');
  motherMail = `mother-${++families}@mail.test`;
  mother = await addPatient(app, { name: '林媽媽', birthDate: '1980-01-01', email: motherMail });
  child = await addPatient(app, { name: '林小妹', birthDate: '2008-06-02' });
});

const evidence = 'Household register seen';
const parental = { kind: 'PARENTAL', from: '2026-01-01', evidence };
const desk = () => app.as('frontDesk');
type Answer = Awaited<ReturnType<ReturnType<typeof desk>['query']>>;
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions;

const add = (input: object = {}) =>
  desk().query(
    `mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id isGuardian emailVerifiedAt } }`,
    { input: { patientId: child, name: '林媽媽', relationship: 'PARENT', ...input } },
  );
async function added(input?: object): Promise<{ id: string; isGuardian: boolean }> {
  const { data, errors } = await add(input);
  expect(errors).toBeUndefined();
  return data.addRelatedPerson;
}
const update = (input: object) =>
  desk().query(
    'mutation ($input: UpdateRelatedPersonInput!) { updateRelatedPerson(input: $input) { id isGuardian } }',
    { input },
  );
/** Whom the mother sees when she signs in by the link that is mailed to her. */
async function seenByMother(): Promise<string[]> {
  const nobody = app.as([], { patientIds: [] });
  await nobody.data('mutation ($input: RequestSignInInput!) { requestSignIn(input: $input) }', {
    input: { email: motherMail },
  });
  await app.settle();
  const token = /sign-in\/([^"\s]+)/.exec(app.mails.findLast(({ to }) => to === motherMail)!.text)![1]!;
  const { signIn } = await nobody.data('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
    input: { token },
  });
  return seenBy(signIn.accessToken);
}
async function seenBy(token: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({
    query: '{ patients(orderBy: { field: BIRTH_DATE }) { nodes { id } } }',
  });
  const answer = await app.fetch('/graphql', { method: 'POST', headers, body });
  const { data } = (await answer.json()) as { data: { patients: { nodes: { id: string }[] } } };
  return data.patients.nodes.map(({ id }) => id);
}
async function review(): Promise<void> {
  await app.staff.run(({ em, clinicId, now }) =>
    em.execute(
      `insert into job (clinic_id, id, name, data, due_at, created_at) values (?, gen_random_uuid(), 'guardianship.review', 'null', ?, ?)`,
      [clinicId, now.toISOString(), now.toISOString()],
    ),
  );
  await app.settle();
}

describe('a guardian who is a patient too', () => {
  it('sees the ward, and nobody else', async () => {
    await added({ personId: mother, guardianship: parental });
    expect(await seenByMother()).toEqual([mother, child]);
  });

  it('sees nobody but herself without a guardianship, before it begins, and after it was ended', async () => {
    const { id } = await added({ personId: mother });
    expect(await seenByMother()).toEqual([mother]);
    await update({ id, guardianship: { ...parental, from: '2026-06-02' } });
    expect(await seenByMother()).toEqual([mother]);
    await update({ id, guardianship: parental });
    expect(await seenByMother()).toEqual([mother, child]);
    await desk().data('mutation ($input: EndRelatedPersonInput!) { endRelatedPerson(input: $input) { endedAt } }', {
      input: { id },
    });
    expect(await seenByMother()).toEqual([mother]);
  });

  it('sees the ward no more from the day on which the ward is of age', async () => {
    await added({ personId: mother, guardianship: parental });
    app.clock.set('2026-06-01T23:59:00+08:00');
    await review();
    expect(await seenByMother()).toEqual([mother, child]);
    app.clock.set('2026-06-02T00:05:00+08:00');
    await review();
    expect(await seenByMother()).toEqual([mother]);
  });

  it('by a court sees the ward of any age, from the first day to the last', async () => {
    const [from, until] = ['2026-06-03', '2026-06-04'];
    await added({ personId: mother, guardianship: { kind: 'LEGAL', from, until, evidence } });
    const seen: number[] = [];
    for (const day of ['02', '03', '04', '05']) {
      app.clock.set(`2026-06-${day}T00:05:00+08:00`);
      await review();
      seen.push((await seenByMother()).length);
    }
    expect(seen).toEqual([1, 2, 2, 1]);
  });

  it('of the future keeps nobody from being erased', async () => {
    await added({ personId: mother, guardianship: { ...parental, from: '2026-12-01', until: '2027-01-01' } });
    const erase = 'mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { erasedAt } }';
    const input = { patientId: child, reason: 'Asked' };
    expect((await app.as('owner').data(erase, { input })).erasePatient.erasedAt).not.toBeNull();
  });

  it('loses the wards when she is erased, and they lose her name', async () => {
    await added({ personId: mother, guardianship: parental });
    await seenByMother();
    const erase = 'mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { id } }';
    await app.as('owner').data(erase, { input: { patientId: mother, reason: 'Asked' } });
    const query = 'query ($id: ID!) { patient(id: $id) { relatedPersons { name isGuardian personId } } }';
    const { patient } = await desk().data(query, { id: child });
    expect(patient.relatedPersons).toEqual([{ name: '—', isGuardian: false, personId: null }]);
  });
});

describe('who is recorded', () => {
  it.each([
    [
      'parental care over who is of age',
      () => ({ patientId: mother, guardianship: parental }),
      'input.guardianship.kind',
    ],
    [
      'a guardianship that ends before it begins',
      () => ({ guardianship: { ...parental, until: '2025-12-31' } }),
      'input.guardianship.until',
    ],
    [
      'a guardianship without a proof',
      () => ({ guardianship: { ...parental, evidence: ' ' } }),
      'input.guardianship.evidence',
    ],
    ['oneself', () => ({ personId: child }), 'input.personId'],
    ['no address', () => ({ email: 'mother' }), 'input.email'],
  ])('is refused as %s', async (_, input, field) => {
    expect(errorOf(await add(input()))).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('is nobody of another clinic, and nothing for patients to change', async () => {
    const foreign = await addPatient(app, { clinicId: await app.addClinic(`family-${families}`) });
    expect(errorOf(await add({ patientId: foreign }))).toMatchObject({ code: 'NOT_FOUND' });
    const document = 'mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }';
    const input = { patientId: child, name: 'x', relationship: 'OTHER' };
    expect(errorOf(await app.as('patient', { patientIds: [child] }).query(document, { input }))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('what a minor agrees to', () => {
  const consent = async (purpose: string, more: object = {}, as = desk()) =>
    as.query('mutation ($input: ConsentInput!) { giveConsent(input: $input) { id relatedPerson { id } } }', {
      input: {
        ...{ patientId: child, purpose, channel: 'EMAIL', source: 'DESK' },
        ...(purpose === 'REMINDER' ? {} : { noticeVersionId: await publishSomeNotice(app) }),
        ...more,
      },
    });

  it('is no marketing, alone', async () => {
    const refused = { code: 'BAD_USER_INPUT', field: 'input.relatedPersonId' };
    expect(errorOf(await consent('MARKETING'))).toMatchObject(refused);
    const own = app.as('patient', { patientIds: [child], userId: child });
    expect(errorOf(await consent('TRACKING', {}, own))).toMatchObject(refused);
    expect(errorOf(await consent('REMINDER'))).toBeUndefined();
    const imported = { source: 'IMPORT', evidence: 'The former system', noticeVersionId: undefined };
    expect(errorOf(await consent('MARKETING', imported))).toBeUndefined();
    app.clock.set('2026-06-02T09:00:00+08:00');
    expect(errorOf(await consent('MARKETING'))).toBeUndefined();
  });

  it('is what a guardian agrees to, who is named', async () => {
    const { id } = await added({ guardianship: parental });
    const { data } = await consent('MARKETING', { relatedPersonId: id });
    expect(data.giveConsent.relatedPerson).toEqual({ id });
  });

  it('is what a guardian agrees to who has signed in', async () => {
    const { id } = await added({ personId: mother, guardianship: parental });
    const { data } = await consent('MARKETING', {}, app.as('patient', { patientIds: [mother, child], userId: mother }));
    expect(data.giveConsent.relatedPerson).toEqual({ id });
  });

  it('is not what somebody else agrees to', async () => {
    const aunt = await added({ name: '阿姨', relationship: 'OTHER' });
    const others = await added({ patientId: mother, name: '外公', relationship: 'PARENT' });
    for (const { id } of [aunt, others]) {
      expect(errorOf(await consent('MARKETING', { relatedPersonId: id }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });
});

describe('a mail', () => {
  const sent = async (to: Recipient) => {
    const before = app.mails.length;
    await app.staff.run(context => context.send(mail, to, {}));
    await app.settle();
    const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { state reason basis } } }');
    return { to: app.mails.slice(before).map(mail => mail.to), ...deliveries.nodes[0] };
  };

  it('for a minor without an address goes to the verified one of a guardian', async () => {
    expect(await sent({ patientId: child })).toMatchObject({ to: [], reason: 'NO_ADDRESS' });
    await added({ personId: mother, guardianship: parental });
    expect(await sent({ patientId: child })).toMatchObject({ to: [motherMail], state: 'SENT' });
    app.clock.set('2026-06-02T09:00:00+08:00');
    expect(await sent({ patientId: child })).toMatchObject({ to: [], reason: 'NO_ADDRESS' });
  });

  it('for a minor with an address of the own goes there', async () => {
    const email = `own-${families}@mail.test`;
    child = await addPatient(app, { name: '林小弟', birthDate: '2012-06-02', email });
    await added({ personId: mother, guardianship: parental });
    expect(await sent({ patientId: child })).toMatchObject({ to: [email] });
  });

  it('to a related person goes to the address that the person has confirmed', async () => {
    const email = `father-${families}@mail.test`;
    const { id } = await added({ name: '林爸爸', email });
    await app.settle();
    const link = app.mails.findLast(({ to }) => to === email)!.links[0]!;
    expect(await sent({ relatedPersonId: id })).toMatchObject({ to: [], reason: 'ADDRESS_UNVERIFIED' });
    await app.fetch(link);
    expect(await sent({ relatedPersonId: id })).toMatchObject({ to: [], reason: 'ADDRESS_UNVERIFIED' });
    expect((await app.fetch(link, { method: 'POST' })).status).toBe(200);
    expect(await sent({ relatedPersonId: id })).toMatchObject({
      to: [email],
      basis: expect.stringMatching(/^message-class:care/),
    });
    await update({ id, email: `new-${email}` });
    expect(await sent({ relatedPersonId: id })).toMatchObject({ reason: 'ADDRESS_UNVERIFIED' });
    await app.fetch(link, { method: 'POST' });
    expect(await sent({ relatedPersonId: id })).toMatchObject({ reason: 'ADDRESS_UNVERIFIED' });
  });

  it('to a related person is not sent against the patient’s will, nor to who has nothing to do with the patient any more', async () => {
    const { id } = await added({ personId: mother });
    expect(await sent({ relatedPersonId: id })).toMatchObject({ to: [motherMail] });
    await desk().data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', {
      input: { patientId: child, purpose: 'CARE', channel: 'EMAIL', source: 'DESK' },
    });
    expect(await sent({ relatedPersonId: id })).toMatchObject({ to: [], reason: 'CONSENT_WITHDRAWN' });
    await desk().data('mutation ($input: EndRelatedPersonInput!) { endRelatedPerson(input: $input) { id } }', {
      input: { id },
    });
    expect(await sent({ relatedPersonId: id })).toMatchObject({ to: [], reason: 'RELATED_PERSON_ENDED' });
  });
});
