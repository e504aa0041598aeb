import { randomUUID } from 'node:crypto';
import { openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;
beforeEach(async () => {
  clinic = await openClinic();
});

const record = `mutation ($input: RecordReferralInput!) { recordReferral(input: $input) { id state review reason } }`;
const recorded = async (friendId: string, code = clinic.code) =>
  (await clinic.app.as('frontDesk').data(record, { input: { code, friendId } })).recordReferral;
const codeOf = async (id: string) =>
  (
    await clinic.app
      .as('frontDesk')
      .data('mutation ($id: ID!) { createReferralCode(input: { patientId: $id }) { code } }', {
        id,
      })
  ).createReferralCode.code as string;

test('a friend who is nobody’s relation passes', async () => {
  expect(await recorded(await clinic.patient())).toMatchObject({ state: 'JOINED', review: 'PASSED', reason: null });
});

test('the own code is refused, and nothing is written', async () => {
  const input = { code: clinic.code, friendId: clinic.advocateId };
  const { errors } = await clinic.app.as('frontDesk').query(record, { input });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'input.code' } }]);
  expect((await clinic.app.as('owner').data('{ referrals { totalCount } }')).referrals.totalCount).toBe(0);
});

test('who works here is held back, by the address of the account, though it knows of no record as a patient', async () => {
  const { app } = clinic;
  const invite = 'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { id } }';
  const input = { email: 'Reception+desk@clinic.test', name: '吳櫃檯', roles: ['FRONT_DESK'], locale: 'ZH_HANT' };
  await app.as('owner', { userId: randomUUID() }).data(invite, { input });
  await app.settle();
  const accept = app.mails.flatMap(({ links }) => links).find(link => link.includes('/invitation/'))!;
  expect((await app.fetch(accept, { method: 'POST' })).status).toBe(200);
  const friend = await clinic.patient({ email: 'reception@clinic.test', name: '吳小姐' });
  expect(await recorded(friend)).toMatchObject({ state: 'JOINED', review: 'HELD', reason: 'STAFF' });
});

test('who has been here before is no friend: it is void, and stays to be seen', async () => {
  const old = await clinic.patient();
  await clinic.see(old);
  clinic.app.clock.advance({ days: 1 });
  await clinic.bring({ name: '舊病人', email: 'old@mail.test', discloses: true });
  expect(await recorded(old)).toMatchObject({ state: 'VOID', reason: 'EXISTING_PATIENT' });
});

test('who is a patient already and books by the link is void too', async () => {
  const email = 'known@mail.test';
  const known = await clinic.bring({ name: '王先生', email, url: clinic.url });
  await clinic.app.settle();
  clinic.app.clock.advance({ days: 2 });
  const other = await clinic.patient();
  const { createReferralCode } = await clinic.app
    .as('frontDesk')
    .data('mutation ($id: ID!) { createReferralCode(input: { patientId: $id }) { url } }', { id: other });
  await clinic.bring({ name: '王先生', email, url: createReferralCode.url });
  const { referrals } = await clinic.app
    .as('owner')
    .data('{ referrals { nodes { state reason advocate { id } friend { id } } } }');
  expect(referrals.nodes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ state: 'JOINED', advocate: { id: clinic.advocateId }, friend: { id: known } }),
      expect.objectContaining({ state: 'INVITED', advocate: { id: other }, friend: null }),
    ]),
  );
});

test.each([
  ['SAME_PHONE', { phone: '0911-111-111', email: 'someone@mail.test' }],
  ['SAME_EMAIL', { email: 'advocate+2@mail.test' }],
])('%s is held: it may be family', async (reason, more) => {
  expect(await recorded(await clinic.patient(more))).toMatchObject({ state: 'JOINED', review: 'HELD', reason });
});

test('a mailbox of Gmail is one with dots and without', async () => {
  const advocate = await clinic.patient({ email: 'some.one@gmail.com' });
  const friend = await clinic.patient({ email: 'someone+x@googlemail.com' });
  expect(await recorded(friend, await codeOf(advocate))).toMatchObject({ review: 'HELD', reason: 'SAME_EMAIL' });
});

test('a ring is void, however long', async () => {
  const [b, c] = [await clinic.patient(), await clinic.patient()];
  await recorded(b);
  await recorded(c, await codeOf(b));
  expect(await recorded(clinic.advocateId, await codeOf(c))).toMatchObject({ state: 'VOID', reason: 'RING' });
});

test('a member of the household is held, and so is the sixth friend of a month', async () => {
  const child = await clinic.patient();
  await clinic.app
    .as('frontDesk')
    .data('mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }', {
      input: { patientId: clinic.advocateId, name: '小孩', relationship: 'CHILD', personId: child },
    });
  expect(await recorded(child)).toMatchObject({ review: 'HELD', reason: 'HOUSEHOLD' });
  for (let index = 0; index < 4; index++) await recorded(await clinic.patient());
  expect(await recorded(await clinic.patient())).toMatchObject({ review: 'HELD', reason: 'TOO_MANY' });
  clinic.app.clock.set('2026-07-01T09:00+08:00');
  expect(await recorded(await clinic.patient())).toMatchObject({ review: 'PASSED' });
});

describe('what is held', () => {
  const decide = (
    operation: 'approveReferral' | 'refuseReferral',
    id: string,
    who = clinic.app.as('owner', { userId: randomUUID() }),
  ) =>
    who.query(
      `mutation ($id: ID!) { ${operation}(input: { id: $id, reason: "Two sisters" }) { state review reason reviewNote } }`,
      { id },
    );

  test('gives nothing until somebody let it pass, and then at once what was earned', async () => {
    const friend = await clinic.patient({ phone: '0911111111' });
    const { id } = await recorded(friend);
    await clinic.see(friend);
    expect(await clinic.points(clinic.advocateId)).toBeNull();
    const answer = await decide('approveReferral', id);
    expect(answer.data.approveReferral).toMatchObject({ review: 'PASSED', reviewNote: 'Two sisters' });
    await clinic.app.settle();
    expect((await clinic.points(clinic.advocateId)).available).toBe(100);
    expect((await decide('approveReferral', id)).errors?.[0]?.extensions?.['code']).toBe('CONFLICT');
  });

  test('is void once it is refused; and the desk may not decide', async () => {
    const friend = await clinic.patient({ phone: '0911111111' });
    const { id } = await recorded(friend);
    expect((await decide('refuseReferral', id, clinic.app.as('frontDesk'))).errors?.[0]?.extensions?.['code']).toBe(
      'FORBIDDEN',
    );
    const answer = await decide('refuseReferral', id);
    expect(answer.data.refuseReferral).toMatchObject({ state: 'VOID', review: 'BLOCKED', reason: 'REFUSED_BY_STAFF' });
    await clinic.see(friend);
    expect(await clinic.points(clinic.advocateId)).toBeNull();
  });
});

describe('bad input', () => {
  const codeFor = async (input: object) =>
    (await clinic.app.as('frontDesk').query(record, { input })).errors?.[0]?.extensions?.['code'];

  test('each answers its code, and nothing is written', async () => {
    const friendId = await clinic.patient();
    const misspelt = (clinic.code.startsWith('A') ? 'B' : 'A') + clinic.code.slice(1);
    expect(await codeFor({ code: misspelt, friendId })).toBe('BAD_USER_INPUT');
    for (const code of ['', 'nonsense', '0000 0000', clinic.code + 'A', '💥'])
      expect([code, await codeFor({ code, friendId })]).toEqual([code, 'BAD_USER_INPUT']);
    expect(await codeFor({ code: '33333333', friendId })).toBe('NOT_FOUND');
    expect(await codeFor({ code: clinic.code, friendId: clinic.slug })).toBe('NOT_FOUND');
    await clinic.app
      .as('frontDesk')
      .data('mutation ($id: ID!) { renewReferralCode(input: { patientId: $id }) { id } }', {
        id: clinic.advocateId,
      });
    expect(await codeFor({ code: clinic.code, friendId })).toBe('CONFLICT');
    const { referrals } = await clinic.app.as('owner').data('{ referrals { totalCount } }');
    expect(referrals.totalCount).toBe(0);
  });

  test('a code is heard in any spelling', async () => {
    const heard = `${clinic.code.slice(0, 4)}－${clinic.code.slice(4)}`.toLowerCase();
    expect(await recorded(await clinic.patient(), heard)).toMatchObject({ state: 'JOINED' });
  });

  test('a friend is brought once', async () => {
    const friendId = await clinic.patient();
    await recorded(friendId);
    expect(await codeFor({ code: await codeOf(await clinic.patient()), friendId })).toBe('CONFLICT');
  });
});
