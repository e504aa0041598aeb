import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { ask, asOwner, type Answered } from './asking.ts';

let app: TestApp;
let owner: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core], at: new Date() });
  owner = await app.signIn('owner');
});
beforeEach(async () => {
  await app.settle();
  app.mails.splice(0);
});

const invitation = 'id email name roles locale expiresAt revokedAt acceptedAt';
let names = 0;
const someone = (): string => `someone${++names}@clinic.test`;
const invite = (input: object, clinicId?: string, credential = owner): Promise<Answered> =>
  ask(
    app,
    `mutation ($input: InviteUserInput!) { inviteUser(input: $input) { ${invitation} } }`,
    { input: { name: '林怡君', roles: ['FRONT_DESK'], ...input } },
    { credential, clinicId },
  );
const change = (name: 'resendInvitation' | 'revokeInvitation', id: string): Promise<Answered> =>
  ask(app, `mutation ($id: ID!) { ${name}(input: { id: $id }) { ${invitation} } }`, { id }, { credential: owner });
const users = async (): Promise<any[]> =>
  (await ask(app, '{ users(first: 50) { nodes { id name email roles { role } } } }', {}, { credential: owner })).data
    .users.nodes;
const userOf = async (email: string): Promise<any> => (await users()).find(user => user.email === email);

/** The link of the only mail. */
async function mailedLink(): Promise<string> {
  await app.settle();
  expect(app.mails).toHaveLength(1);
  return app.mails[0]!.links.find(link => link.includes('/invitation/'))!;
}

test('an invitation goes by mail, shows a page, and gives the roles when it is accepted', async () => {
  const email = someone();
  const { data } = await invite({ email, roles: ['FRONT_DESK', 'MARKETER', 'FRONT_DESK'], locale: 'ZH_HANT' });
  expect(data.inviteUser).toMatchObject({
    email,
    roles: ['FRONT_DESK', 'MARKETER'],
    locale: 'ZH_HANT',
    acceptedAt: null,
  });
  const link = await mailedLink();
  expect(app.mails[0]).toMatchObject({ to: email, subject: '邀請您加入診所系統' });
  for (let turn = 0; turn < 3; turn++) {
    const page = await app.fetch(link);
    expect([page.status, await page.text()]).toEqual([
      200,
      expect.stringContaining('林怡君，Clinic test邀請您使用系統。'),
    ]);
  }
  expect(await userOf(email)).toBeUndefined();
  expect((await app.fetch(link, { method: 'POST' })).status).toBe(200);
  expect(await userOf(email)).toMatchObject({ name: '林怡君', roles: [{ role: 'FRONT_DESK' }, { role: 'MARKETER' }] });
  const { data: listed } = await ask(app, `{ invitations { nodes { ${invitation} } } }`, {}, { credential: owner });
  expect(listed.invitations.nodes[0].acceptedAt).not.toBeNull();
});

test.each([
  ['zh-Hans', 'ZH_HANS', '邀请您加入诊所系统', '接受邀请'],
  ['en', 'EN', 'You are invited to work with us', 'Accept the invitation'],
])('an invitation speaks %s', async (_, locale, subject, button) => {
  await invite({ email: someone(), locale });
  const page = await (await app.fetch(await mailedLink())).text();
  expect([app.mails[0]!.subject, page]).toEqual([subject, expect.stringContaining(button)]);
});

test('a link works once, and not when it was taken back or is too old', async () => {
  const email = someone();
  const id = (await invite({ email })).data.inviteUser.id;
  const link = await mailedLink();
  await change('revokeInvitation', id);
  expect((await app.fetch(link)).status).toBe(410);
  expect((await app.fetch(link, { method: 'POST' })).status).toBe(410);
  expect(await userOf(email)).toBeUndefined();
  app.mails.splice(0);
  await invite({ email });
  const again = await mailedLink();
  const answers = await Promise.all([1, 2, 3].map(() => app.fetch(again, { method: 'POST' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410]);
  expect((await users()).filter(user => user.email === email)).toHaveLength(1);
});

test('a week later it is too old; sent again, it is good for another', async () => {
  const own = await createTestApp({ plugins: [core], at: new Date() });
  const credential = await own.signIn('owner');
  const asked = `mutation { inviteUser(input: { email: "late@clinic.test", name: "Late", roles: [OWNER] }) { id } }`;
  const { id } = (await ask(own, asked, {}, { credential })).data.inviteUser;
  await own.settle();
  const first = own.mails[0]!.links[0]!;
  own.clock.advance({ days: 8 });
  expect((await own.fetch(first, { method: 'POST' })).status).toBe(410);
  await ask(own, `mutation { resendInvitation(input: { id: "${id}" }) { id } }`, {}, { credential });
  await own.settle();
  expect((await own.fetch(own.mails[1]!.links[0]!, { method: 'POST' })).status).toBe(200);
});

test.each([
  ['a patient', ['PATIENT'], 'input.roles.0'],
  ['an operator', ['OWNER', 'OPERATOR'], 'input.roles.1'],
  ['a program', ['PLUGIN'], 'input.roles.0'],
  ['nobody', [], 'input.roles'],
])('nobody is invited as %s', async (_, roles, field) => {
  expect((await invite({ email: someone(), roles })).errors![0]!.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    field,
  });
});

test('only owners invite, and nobody twice', async () => {
  const email = someone();
  expect((await invite({ email }, undefined, await app.signIn('frontDesk'))).code).toBe('FORBIDDEN');
  const both = await Promise.all([invite({ email }), invite({ email: email.toUpperCase() })]);
  expect(both.map(({ code }) => code).sort()).toEqual(['CONFLICT', undefined]);
  await app.fetch(await mailedLink(), { method: 'POST' });
  expect((await invite({ email })).code).toBe('CONFLICT');
});

test('one address gets five invitations in a day', async () => {
  const id = (await invite({ email: someone() })).data.inviteUser.id;
  const codes = [];
  for (let turn = 0; turn < 5; turn++) codes.push((await change('resendInvitation', id)).code);
  expect(codes).toEqual([undefined, undefined, undefined, undefined, 'RATE_LIMITED']);
});

test('a link that was altered, or is of another purpose, opens nothing', async () => {
  await invite({ email: someone() });
  const link = await mailedLink();
  const token = link.split('/').at(-1)!;
  for (const other of [
    `${link}x`,
    link.replace('/invitation/', '/sign-in/'),
    link.replace(token, `v1.${token.slice(3)}a`),
  ])
    expect((await app.fetch(other, { method: 'POST' })).status).toBe(404);
});

test('who works in one clinic, and is invited to another, has one account, and no more in the first than before', async () => {
  const email = someone();
  await invite({ email });
  await app.fetch(await mailedLink(), { method: 'POST' });
  app.mails.splice(0);
  const second = await app.addClinic(`second-${names}`);
  const credential = await app.signIn('owner', { clinicId: second });
  await invite({ email, roles: ['OWNER'], name: 'Another name' }, second, credential);
  await app.fetch(await mailedLink(), { method: 'POST' });
  const rows = await asOwner(app, async client => {
    const text =
      'select u.name, r.clinic_id, r.role from user_account u join user_role r on r.user_id = u.id where email = $1';
    return (await client.query(text, [email])).rows;
  });
  expect(rows).toHaveLength(2);
  expect(rows).toEqual(
    expect.arrayContaining([
      { name: '林怡君', clinic_id: app.clinicId, role: 'frontDesk' },
      { name: '林怡君', clinic_id: second, role: 'owner' },
    ]),
  );
});

test('an account that only bears the address is not taken: nobody has proved that it is theirs', async () => {
  const email = someone();
  await asOwner(app, client =>
    client.query(
      `insert into user_account (id, subject, name, email, locale) values (gen_random_uuid(), 'somebody', 'Somebody', $1, 'en')`,
      [email],
    ),
  );
  await invite({ email });
  await app.fetch(await mailedLink(), { method: 'POST' });
  expect((await userOf(email)).name).toBe('林怡君');
});

describe('roles', () => {
  const change = (userId: string, roles: string[]): Promise<Answered> =>
    ask(
      app,
      'mutation ($input: ChangeUserRolesInput!) { changeUserRoles(input: $input) { id roles { role } } }',
      { input: { userId, roles } },
      { credential: owner },
    );
  const remove = (userId: string): Promise<Answered> =>
    ask(app, 'mutation ($id: ID!) { removeUser(input: { userId: $id }) }', { id: userId }, { credential: owner });
  const meOf = async (credential: string): Promise<string> =>
    (await ask(app, '{ me { id } }', {}, { credential })).data.me.id;

  test('are replaced, and hold for the next request', async () => {
    const credential = await app.signIn('owner');
    const id = await meOf(credential);
    expect((await change(id, ['MARKETER', 'FRONT_DESK'])).data.changeUserRoles.roles).toHaveLength(2);
    await until(async () => (await ask(app, '{ users { totalCount } }', {}, { credential })).code === 'FORBIDDEN');
    expect((await change(id, ['PATIENT'])).code).toBe('BAD_USER_INPUT');
    expect((await change('01900000-0000-7000-8000-000000000000', ['OWNER'])).code).toBe('NOT_FOUND');
  });

  test('end at once for who is removed', async () => {
    const credential = await app.signIn('marketer');
    const id = await meOf(credential);
    expect((await remove(id)).data.removeUser).toBe(id);
    await until(async () => (await ask(app, '{ clinic { id } }', {}, { credential })).code !== undefined);
    expect((await remove(id)).code).toBe('NOT_FOUND');
  });

  test('never leave a clinic without an owner, also when two remove each other', async () => {
    const clinicId = await app.addClinic(`owned-${++names}`);
    const two = [await app.signIn('owner', { clinicId }), await app.signIn('owner', { clinicId })];
    const ids = await Promise.all(two.map(meOf));
    const demote = (by: number, whom: number): Promise<Answered> =>
      ask(
        app,
        'mutation ($input: ChangeUserRolesInput!) { changeUserRoles(input: $input) { id } }',
        { input: { userId: ids[whom], roles: ['MARKETER'] } },
        { credential: two[by] },
      );
    const answers = await Promise.all([demote(0, 1), demote(1, 0)]);
    expect(answers.map(({ code }) => code).filter(code => code !== undefined)).toHaveLength(1);
    const { rows } = await asOwner(app, client =>
      client.query(`select from user_role where clinic_id = $1 and role = 'owner'`, [clinicId]),
    );
    expect(rows).toHaveLength(1);
  });
});

/** It is told to the process by a notice of the database: within milliseconds, but not before the answer. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await isSo())) if (performance.now() - begun > 2_000) throw new Error('It stayed as it was.');
}
