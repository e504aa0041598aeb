import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { ask, asOwner, everythingStored, type Answered } from './asking.ts';

let app: TestApp;
let families = 0;

beforeAll(async () => (app = await createTestApp({ plugins: [core], at: new Date() })));
beforeEach(async () => {
  await app.settle();
  app.mails.splice(0);
});

const request = (email: string, clinicId: string | undefined = app.clinicId): Promise<Answered> =>
  ask(
    app,
    'mutation ($email: String!) { requestSignIn(input: { email: $email, locale: EN }) }',
    { email },
    { clinicId },
  );
const enter = (token: string, personId?: string, clinicId = app.clinicId): Promise<Answered> =>
  ask(
    app,
    `mutation ($token: String!, $personId: ID) {
      signIn(input: { token: $token, personId: $personId }) { accessToken expiresAt choices { id name } } }`,
    { token, personId },
    { clinicId },
  );

/** A patient who has proved to own the address. */
async function patientWith(email: string, name = 'Mei Lin'): Promise<string> {
  const { registerPatient } = await app.staff.data(
    'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }',
    { input: { name, email, language: 'EN' } },
  );
  await asOwner(app, client => client.query('update contact_point set verified_at = now() where value = $1', [email]));
  await app.settle();
  app.mails.splice(0);
  return registerPatient.id;
}
const address = (): string => `family${++families}@home.test`;

async function mailedLink(): Promise<string> {
  await app.settle();
  expect(app.mails).toHaveLength(1);
  return app.mails[0]!.links[0]!;
}
const tokenOf = (link: string): string => link.split('/').at(-1)!;
const mailedToken = async (): Promise<string> => tokenOf(await mailedLink());

test('a patient signs in by a mailed link, once, and sees the own record', async () => {
  const email = address();
  const patientId = await patientWith(email);
  const stranger = await patientWith(address());
  expect((await request(email)).data.requestSignIn).toBe(true);
  const token = await mailedToken();
  expect(app.mails[0]).toMatchObject({ to: email, subject: 'Your link to sign in' });
  const { data } = await enter(token);
  const { accessToken: credential, choices } = data.signIn;
  expect(choices).toEqual([]);
  const asked = 'query ($id: ID!) { patient(id: $id) { name } me { name roles { role } } }';
  expect((await ask(app, asked, { id: patientId }, { credential })).data).toEqual({
    patient: { name: 'Mei Lin' },
    me: { name: 'Mei Lin', roles: [{ role: 'PATIENT' }] },
  });
  expect((await ask(app, asked, { id: stranger }, { credential })).code).toBe('NOT_FOUND');
  expect((await enter(token)).code).toBe('UNAUTHENTICATED');
});

test('the second time it is the same account', async () => {
  const email = address();
  await patientWith(email);
  const ids = [];
  for (let turn = 0; turn < 2; turn++) {
    await request(email);
    const { data } = await enter(await mailedToken());
    ids.push((await ask(app, '{ me { id } }', {}, { credential: data.signIn.accessToken })).data.me.id);
    app.mails.splice(0);
  }
  expect(ids[0]).toBe(ids[1]);
});

test('of many who use one link at the same time, one comes in', async () => {
  const email = address();
  await patientWith(email);
  await request(email);
  const token = await mailedToken();
  const answers = await Promise.all(Array.from({ length: 6 }, () => enter(token)));
  expect(answers.filter(({ data }) => data?.signIn.accessToken)).toHaveLength(1);
  expect(answers.flatMap(({ code }) => code ?? [])).toEqual(Array<string>(5).fill('UNAUTHENTICATED'));
});

test('those who share an address choose, by name, and nobody comes in as someone else', async () => {
  const email = address();
  const [mother, child] = [await patientWith(email, 'Mother'), await patientWith(email, 'Child')];
  await request(email);
  const token = await mailedToken();
  const { data } = await enter(token);
  expect(data.signIn).toEqual({
    accessToken: null,
    expiresAt: null,
    choices: [
      { id: child, name: 'Child' },
      { id: mother, name: 'Mother' },
    ],
  });
  const stranger = await patientWith(address());
  expect((await enter(token, stranger)).errors![0]!.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    field: 'input.personId',
  });
  const { accessToken: credential } = (await enter(token, child)).data.signIn;
  const asked = '{ patients { nodes { name } } }';
  expect((await ask(app, asked, {}, { credential })).data.patients.nodes).toEqual([{ name: 'Child' }]);
});

test('someone who works in the clinic signs in by the own address', async () => {
  await asOwner(app, async client => {
    await client.query(
      `with u as (insert into user_account (id, subject, name, email, locale)
         values (gen_random_uuid(), 'desk', 'Desk', 'desk@clinic.test', 'en') returning id)
       insert into user_role (clinic_id, id, user_id, role) select $1, gen_random_uuid(), id, 'frontDesk' from u`,
      [app.clinicId],
    );
  });
  await request('Desk@clinic.test');
  const { accessToken: credential } = (await enter(await mailedToken())).data.signIn;
  expect((await ask(app, '{ me { name roles { role } } }', {}, { credential })).data.me).toEqual({
    name: 'Desk',
    roles: [{ role: 'FRONT_DESK' }],
  });
});

describe('nobody learns', () => {
  test('whether an address is known: what is answered, and done until then, is the same', async () => {
    const known = address();
    await patientWith(known);
    const written = (): Promise<unknown> =>
      asOwner(app, async client => {
        const tables = ['sign_in_request', 'job', 'sign_in_link', 'delivery', 'sign_in'];
        const counts = tables.map(table => `(select count(*)::int from ${table}) as ${table}`);
        return (await client.query(`select ${counts.join(', ')}`)).rows[0];
      });
    const traces = [];
    for (const email of [known, address()]) {
      const before = await written();
      traces.push({ before, answer: await request(email), after: await written() });
      await app.settle();
    }
    const differences = traces.map(({ before, after }) =>
      Object.entries(after as object).map(([table, count]) => [
        table,
        count - (before as Record<string, number>)[table]!,
      ]),
    );
    expect(differences[0]).toEqual(differences[1]);
    expect(Object.fromEntries(differences[0]!)).toMatchObject({
      sign_in_request: 1,
      job: 1,
      delivery: 0,
      sign_in_link: 0,
    });
    expect(traces[0]!.answer).toEqual(traces[1]!.answer);
    expect(app.mails.map(({ to }) => to)).toEqual([known]);
  });

  test('anything by asking often: one address is asked for five times in an hour, known or not', async () => {
    const known = address();
    await patientWith(known);
    for (const email of [known, address()]) {
      const codes = [];
      for (let turn = 0; turn < 6; turn++) codes.push((await request(turn % 2 ? email : email.toUpperCase())).code);
      expect(codes).toEqual([undefined, undefined, undefined, undefined, undefined, 'RATE_LIMITED']);
    }
  });

  test('an address from the counters, and what was typed is not kept', async () => {
    const typed = address();
    await request(typed);
    await app.settle();
    expect(await everythingStored(app)).not.toContain(typed);
  });
});

test('an address that nobody proved to own, of one who died, or of another clinic gets no mail', async () => {
  const [unproved, dead, elsewhere] = [address(), address(), address()];
  await patientWith(unproved);
  await patientWith(dead);
  await patientWith(elsewhere);
  await asOwner(app, async client => {
    await client.query('update contact_point set verified_at = null where value = $1', [unproved]);
    await client.query(
      'update patient set deceased_on = now() where id in (select patient_id from contact_point where value = $1)',
      [dead],
    );
  });
  const other = await app.addClinic(`other-${++families}`);
  for (const answer of [await request(unproved), await request(dead), await request(elsewhere, other)])
    expect(answer.data.requestSignIn).toBe(true);
  await app.settle();
  expect(app.mails).toEqual([]);
});

test('a link is of its clinic, and of fifteen minutes', async () => {
  const own = await createTestApp({ plugins: [core], at: new Date() });
  const { registerPatient } = await own.staff.data(
    'mutation { registerPatient(input: { name: "Late", email: "late@home.test", language: EN }) { id } }',
  );
  expect(registerPatient.id).toEqual(expect.any(String));
  await asOwner(own, client => client.query('update contact_point set verified_at = now()'));
  await own.settle();
  const asked = async (): Promise<string> => {
    own.mails.splice(0);
    await ask(own, 'mutation { requestSignIn(input: { email: "late@home.test" }) }', {}, { clinicId: own.clinicId });
    await own.settle();
    return tokenOf(own.mails[0]!.links[0]!);
  };
  const sign = (token: string, clinicId: string): Promise<Answered> =>
    ask(own, 'mutation ($t: String!) { signIn(input: { token: $t }) { accessToken } }', { t: token }, { clinicId });
  const token = await asked();
  expect((await sign(token, await own.addClinic('another'))).code).toBe('UNAUTHENTICATED');
  expect((await sign(`${token}x`, own.clinicId)).code).toBe('UNAUTHENTICATED');
  own.clock.advance({ minutes: 16 });
  expect((await sign(token, own.clinicId)).code).toBe('UNAUTHENTICATED');
  expect((await sign(await asked(), own.clinicId)).data.signIn.accessToken).toEqual(expect.any(String));
});

test.each([undefined, '01900000-0000-7000-8000-000000000000'])(
  'without a clinic, as %s, nothing is begun',
  async clinicId => {
    const answer = await ask(app, 'mutation { requestSignIn(input: { email: "a@home.test" }) }', {}, { clinicId });
    expect(answer.errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'x-clinic-id' });
  },
);

describe('the page of a clinic without a frontend', () => {
  test('changes nothing by being opened, and gives the token once', async () => {
    const email = address();
    await patientWith(email);
    await request(email);
    const link = await mailedLink();
    for (let turn = 0; turn < 12; turn++) expect((await app.fetch(link)).status).toBe(200);
    const body = await (await app.fetch(link, { method: 'POST' })).text();
    const credential = /<textarea[^>]*>([^<]+)</.exec(body)![1]!;
    expect((await ask(app, '{ me { name } }', {}, { credential })).data.me.name).toBe('Mei Lin');
    expect((await app.fetch(link, { method: 'POST' })).status).toBe(410);
    expect((await app.fetch(link)).status).toBe(410);
  });

  test('lets those who share the address choose', async () => {
    const email = address();
    await patientWith(email, 'Mother');
    const child = await patientWith(email, 'Child');
    await request(email);
    const link = await mailedLink();
    const form = await (await app.fetch(link)).text();
    expect(form).toContain('Mother');
    const body = await (await app.fetch(link, { method: 'POST', body: new URLSearchParams({ person: child }) })).text();
    const credential = /<textarea[^>]*>([^<]+)</.exec(body)![1]!;
    expect((await ask(app, '{ me { name } }', {}, { credential })).data.me.name).toBe('Child');
  });
});

test('where the clinic has a frontend, the mail opens its page, with the token where no server sees it', async () => {
  const email = address();
  await patientWith(email);
  const credential = await app.signIn('owner');
  const set = (signInUrl: string | null): Promise<Answered> =>
    ask(
      app,
      'mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { core { signInUrl } } }',
      { input: { core: { signInUrl } } },
      { credential },
    );
  for (const wrong of [
    'http://clinic.example/x',
    'javascript:alert(1)',
    'https://a.example/#x',
    'https://u@a.example/',
    'x',
  ])
    expect((await set(wrong)).errors![0]!.extensions.field).toBe('input.core.signInUrl');
  expect((await set('https://book.clinic.example/sign-in')).errors).toBeUndefined();
  await request(email);
  const link = new URL(await mailedLink());
  await set(null);
  expect(link.href).toMatch(/^https:\/\/book\.clinic\.example\/sign-in#token=v1\./);
  expect(link.search).toBe('');
  expect((await enter(link.hash.slice('#token='.length))).data.signIn.accessToken).toEqual(expect.any(String));
});

test('who came in by a link is in the list, and who was refused', async () => {
  const own = await createTestApp({ plugins: [core], at: new Date() });
  await own.staff.data('mutation { registerPatient(input: { name: "P", email: "p@home.test", language: EN }) { id } }');
  await asOwner(own, client => client.query('update contact_point set verified_at = now()'));
  await own.settle();
  own.mails.splice(0);
  const at = { clinicId: own.clinicId };
  await ask(own, 'mutation { requestSignIn(input: { email: "p@home.test" }) }', {}, at);
  await own.settle();
  const t = tokenOf(own.mails[0]!.links[0]!);
  const sign = 'mutation ($t: String!) { signIn(input: { token: $t }) { accessToken } }';
  await ask(own, sign, { t }, at);
  await ask(own, sign, { t }, at);
  await ask(own, sign, { t: 'nonsense' }, at);
  await own.settle();
  const { data } = await ask(
    own,
    '{ signIns { nodes { method outcome reason userId address } } }',
    {},
    { credential: await own.signIn('owner') },
  );
  const links = data.signIns.nodes.filter(({ method }: any) => method === 'LINK');
  expect(links.map(({ outcome, reason }: any) => [outcome, reason])).toEqual(
    expect.arrayContaining([
      ['SUCCEEDED', null],
      ['REFUSED', 'USED_OR_EXPIRED'],
      ['REFUSED', 'WRONG_LINK'],
    ]),
  );
  expect(links.every(({ address: network }: any) => network === '127.0.0.0/24')).toBe(true);
});

test('a code for an address is tried ten times in an hour, however many codes there are', async () => {
  const patientId = await patientWith(address());
  const add = `mutation ($id: ID!) { addContactPoint(input: { patientId: $id, system: EMAIL, value: "new@home.test" }) { id } }`;
  const { id } = (await app.staff.data(add, { id: patientId })).addContactPoint;
  const verify =
    'mutation ($id: ID!) { verifyContactPoint(input: { contactPointId: $id, code: "no" }) { verifiedAt } }';
  const codes = [];
  for (let turn = 0; turn < 11; turn++)
    codes.push((await app.staff.query(verify, { id })).errors?.[0]!.extensions!['code']);
  expect(codes).toEqual([...Array<undefined>(10).fill(undefined), 'RATE_LIMITED']);
});
