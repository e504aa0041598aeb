import { openClinic, type Clinic } from './clinic.ts';
import { forgetInvitations } from '../qualifying.ts';

let clinic: Clinic;
beforeEach(async () => {
  clinic = await openClinic();
});

const all = `{ referrals(first: 50) { nodes { id state review reason channel discloses advocate { name } friend { name } visit { id } } } }`;
const referrals = async () => (await clinic.app.as('owner').data(all)).referrals.nodes;
const summary = async (id = clinic.advocateId) =>
  (
    await clinic.app
      .as('patient', { patientIds: [id] })
      .data(
        `query ($id: ID!) { patient(id: $id) { referralSummary { joined pendingRewards givenRewards progress { state month friendName } } } }`,
        { id },
      )
  ).patient.referralSummary;
const friend = { name: '林小美', email: 'mei@mail.test', phone: '0922222222' };

test('a friend books by the link, is seen, and both are rewarded once', async () => {
  const live = await clinic.app
    .as('frontDesk')
    .subscribe('subscription { referralChanged { state referral { friend { name } } } }');
  const friendId = await clinic.bring(friend);
  expect(await referrals()).toMatchObject([
    {
      state: 'JOINED',
      review: 'PASSED',
      channel: 'LINK',
      discloses: false,
      advocate: { name: '介紹人' },
      friend: { name: '林小美' },
    },
  ]);
  expect(await clinic.points(clinic.advocateId)).toBeNull();
  const visit = await clinic.see(friendId);
  expect(await referrals()).toMatchObject([{ state: 'REWARDED', visit: { id: visit } }]);
  expect(await clinic.points(clinic.advocateId)).toEqual({ available: 100, pending: 0, owed: 0 });
  expect(await clinic.points(friendId)).toEqual({ available: 50, pending: 0, owed: 0 });
  await clinic.see(friendId);
  expect((await clinic.points(clinic.advocateId)).available).toBe(100);
  const seen = [await live.next(), await live.next(), await live.next()].map(
    ({ referralChanged }) => referralChanged.state,
  );
  expect(seen).toEqual(['JOINED', 'QUALIFIED', 'REWARDED']);
  const to = (address: string) => clinic.app.mails.filter(mail => mail.to === address).map(({ subject }) => subject);
  expect(to('mei@mail.test')).toContain('有一份謝禮給您');
});

test('who registers without booking is known too, and by the card it is counted as such', async () => {
  const friendId = await clinic.bring({ ...friend, to: 'register', via: 'card' });
  expect(await referrals()).toMatchObject([{ state: 'JOINED', channel: 'CARD' }]);
  await clinic.see(friendId);
  const { referralStatistics } = await clinic.app
    .as('marketer')
    .data(
      `{ referralStatistics(from: "2026-06-01", to: "2026-06-30") { all { key invited joined qualified } byChannel { key joined } byCode { key qualified } byTier { key joined } } }`,
    );
  expect(referralStatistics).toEqual({
    all: { key: 'ALL', invited: 1, joined: 1, qualified: 1 },
    byChannel: [{ key: 'CARD', joined: 1 }],
    byCode: [{ key: clinic.code, qualified: 1 }],
    byTier: [],
  });
});

test('what is kept back is pending until its day, and given then', async () => {
  await clinic.app
    .as('owner')
    .data('mutation { updateSettings(input: { referrals: { holdDays: 14 } }) { __typename } }');
  const friendId = await clinic.bring(friend);
  await clinic.see(friendId);
  expect(await clinic.points(friendId)).toEqual({ available: 0, pending: 50, owed: 0 });
  expect(await summary()).toMatchObject({ joined: 1, pendingRewards: 1, givenRewards: 0 });
  expect(await referrals()).toMatchObject([{ state: 'QUALIFIED' }]);
  clinic.app.clock.advance({ days: 14, minutes: 20 });
  await clinic.app.settle();
  expect(await clinic.points(clinic.advocateId)).toEqual({ available: 100, pending: 0, owed: 0 });
  expect(await referrals()).toMatchObject([{ state: 'REWARDED' }]);
});

test('a visit that is cancelled or paid back takes the rewards back, and the next one gives them once more', async () => {
  const friendId = await clinic.bring(friend);
  const visit = await clinic.see(friendId);
  await clinic.app
    .as('frontDesk')
    .data('mutation ($id: ID!) { refundVisit(input: { id: $id }) { id } }', { id: visit });
  await clinic.app.settle();
  expect(await referrals()).toMatchObject([{ state: 'JOINED', visit: null }]);
  expect((await clinic.points(clinic.advocateId)).available).toBe(0);
  expect((await clinic.points(friendId)).available).toBe(0);
  const second = await clinic.see(friendId);
  expect((await clinic.points(clinic.advocateId)).available).toBe(100);
  await clinic.app
    .as('frontDesk')
    .data('mutation ($id: ID!) { cancelVisit(input: { id: $id }) { id } }', { id: second });
  await clinic.app.settle();
  expect((await clinic.points(clinic.advocateId)).available).toBe(0);
});

test('a part that is paid back takes nothing back', async () => {
  const friendId = await clinic.bring(friend);
  const id = await clinic.see(friendId);
  await clinic.app
    .as('frontDesk')
    .data('mutation ($id: ID!) { refundVisit(input: { id: $id, amount: 1 }) { id } }', { id });
  await clinic.app.settle();
  expect(await referrals()).toMatchObject([{ state: 'REWARDED' }]);
});

test('fifty who complete the friend’s visit and record the friend at once give one reward to each side', async () => {
  const friendId = await clinic.bring(friend);
  const visits = await Promise.all(
    Array.from({ length: 10 }, () =>
      clinic.app.staff.data('mutation ($input: StartVisitInput!) { startVisit(input: $input) { id } }', {
        input: { patientId: friendId },
      }),
    ),
  );
  const record = `mutation ($input: RecordReferralInput!) { recordReferral(input: $input) { id } }`;
  const attempts = [
    ...visits.map(({ startVisit }) =>
      clinic.app.staff.query('mutation ($id: ID!) { completeVisit(input: { id: $id }) { id } }', { id: startVisit.id }),
    ),
    ...Array.from({ length: 40 }, () =>
      clinic.app.as('owner').query(record, { input: { code: clinic.code, friendId } }),
    ),
  ];
  await Promise.all(attempts);
  await clinic.app.settle();
  expect((await referrals()).filter(({ state }: { state: string }) => state !== 'VOID')).toHaveLength(1);
  expect(await clinic.points(clinic.advocateId)).toEqual({ available: 100, pending: 0, owed: 0 });
  expect(await clinic.points(friendId)).toEqual({ available: 50, pending: 0, owed: 0 });
});

test('an event that is handled again gives nothing more', async () => {
  const friendId = await clinic.bring(friend);
  await clinic.see(friendId);
  const { events } = await clinic.app.as('owner').data(`{ events(first: 100) { nodes { id name } } }`);
  for (const { id, name } of events.nodes as { id: string; name: string }[])
    if (name === 'visit.completed' || name === 'patient.registered')
      await clinic.app
        .as('owner')
        .data('mutation ($id: ID!) { replayEvent(input: { eventId: $id, succeededToo: true }) { id } }', { id });
  await clinic.app.settle();
  expect(await clinic.points(clinic.advocateId)).toEqual({ available: 100, pending: 0, owed: 0 });
});

test('conversions of long ago are right: invitations are kept as long as they may be asked for', async () => {
  const { app, url } = clinic;
  for (let index = 0; index < 3; index += 1)
    await app.fetch(url, { method: 'POST', body: new URLSearchParams({ to: 'book' }) });
  await clinic.bring({ name: '林小美', email: 'mei@mail.test' });
  const ask = (from: string) =>
    app.as('marketer').query(`{ referralStatistics(from: "${from}", to: "2026-06-30") { all { invited joined } } }`);
  app.clock.advance({ days: 700 });
  await app.staff.run(context => forgetInvitations.run(undefined, context));
  expect((await ask('2026-06-01')).data.referralStatistics.all).toEqual({ invited: 4, joined: 1 });
  app.clock.advance({ days: 40 });
  expect((await ask('2026-06-01')).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'from' } }]);
  await app.staff.run(context => forgetInvitations.run(undefined, context));
  const left = 'select count(*)::integer as n from referrals_referral';
  expect(await app.staff.run(({ em }) => em.execute(left))).toEqual([{ n: 1 }]);
});
