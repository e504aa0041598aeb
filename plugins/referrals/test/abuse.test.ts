import { randomUUID } from 'node:crypto';
import { openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;
beforeEach(async () => {
  clinic = await openClinic();
});

const record = `mutation ($input: RecordReferralInput!) { recordReferral(input: $input) { id state review reason } }`;
const recorded = (friendId: string, code: string) =>
  clinic.app.as('frontDesk').query(record, { input: { code, friendId } });
const codeOf = async (id: string): Promise<{ code: string; url: string }> =>
  (
    await clinic.app
      .as('frontDesk')
      .data('mutation ($id: ID!) { createReferralCode(input: { patientId: $id }) { code url } }', { id })
  ).createReferralCode;
const follow = (url: string): Promise<Response> =>
  clinic.app.fetch(url, { method: 'POST', body: new URLSearchParams({ to: 'book' }) });

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'the word %s in the address of a page was taken for one of its own, and the page failed',
  async word => {
    expect((await clinic.app.fetch(`${clinic.url}/${word}`)).status).toBe(404);
    expect((await clinic.app.fetch(`${clinic.url}?lang=${word}`)).status).toBe(200);
    expect((await follow(`${clinic.url}?via=${word}`)).status).toBe(303);
    const { referrals } = await clinic.app.as('owner').data('{ referrals { nodes { channel } } }');
    expect(referrals.nodes).toEqual([{ channel: 'LINK' }]);
  },
);

test('of six desks that recorded one friend at once five were told that it was done, and left an invitation of nobody', async () => {
  const friendId = await clinic.patient();
  const codes = await Promise.all(Array.from({ length: 6 }, async () => (await codeOf(await clinic.patient())).code));
  const answers = await Promise.all(codes.map(code => recorded(friendId, code)));
  const said = answers.map(({ data, errors }) => data?.recordReferral.state ?? errors![0]!.extensions!['code']);
  expect(said.toSorted()).toEqual([...Array<string>(5).fill('CONFLICT'), 'JOINED']);
  const { referrals } = await clinic.app.as('owner').data('{ referrals { nodes { state } } }');
  expect(referrals.nodes).toEqual([{ state: 'JOINED' }]);
});

test('twelve friends who came at once all passed, where five a month do', async () => {
  const friends = await Promise.all(Array.from({ length: 12 }, () => clinic.patient()));
  const answers = await Promise.all(friends.map(friend => recorded(friend, clinic.code)));
  const reviews = answers.map(({ data }) => data.recordReferral.review as string);
  expect(reviews.filter(review => review === 'PASSED')).toHaveLength(5);
  expect(reviews.filter(review => review === 'HELD')).toHaveLength(7);
});

test('who registered anew with a second address was a friend of oneself', async () => {
  const advocate = await clinic.patient({ name: '陳自己', birthDate: '1990-02-03', email: 'self@mail.test' });
  const { url } = await codeOf(advocate);
  await clinic.bring({ name: ' 陳　自己', email: 'other.self@mail.test', url, to: 'register' });
  const { referrals } = await clinic.app.as('owner').data('{ referrals { nodes { state review reason } } }');
  expect(referrals.nodes).toEqual([{ state: 'JOINED', review: 'HELD', reason: 'SAME_PERSON' }]);
});

test('what was handed over was given again for each visit that was paid back and repeated', async () => {
  const owner = clinic.app.as('owner');
  const name = { zhHant: '停車券', zhHans: '停车券', en: 'Parking' };
  await owner.data(
    'mutation ($input: DefineReferralOfferInput!) { defineReferralOffer(input: $input) { id needsApproval } }',
    { input: { side: 'ADVOCATE', kind: 'NON_MEDICAL_SERVICE', name } },
  );
  const friendId = await clinic.patient();
  await recorded(friendId, clinic.code);
  const ofAdvocate = async (): Promise<{ id: string; state: string }[]> =>
    (await owner.data('{ referralRewards(filter: { side: [ADVOCATE] }) { nodes { id state } } }')).referralRewards
      .nodes;
  const visitId = await clinic.see(friendId);
  const id = (await ofAdvocate())[0]!.id;
  await owner.data('mutation ($id: ID!) { handOverReferralReward(input: { id: $id }) { state } }', { id });
  await owner.data('mutation ($id: ID!) { refundVisit(input: { id: $id }) { id } }', { id: visitId });
  await clinic.app.settle();
  expect(await ofAdvocate()).toEqual([{ id, state: 'HANDED_OVER' }]);
  await clinic.see(friendId);
  expect(await ofAdvocate()).toEqual([{ id, state: 'HANDED_OVER' }]);
  const { referrals } = await owner.data('{ referrals { nodes { state } } }');
  expect(referrals.nodes).toEqual([{ state: 'REWARDED' }]);
  expect((await clinic.points(friendId)).available).toBe(50);
});

test.each([
  ['address', { email: 'advocate@mail.test' }],
  ['number', { phone: '0911 111 111' }],
])('a child whose mother has the advocate’s %s was nobody’s child', async (_, reached) => {
  const child = await clinic.patient();
  await clinic.app
    .as('frontDesk')
    .data('mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }', {
      input: { patientId: child, name: '媽媽', relationship: 'PARENT', ...reached },
    });
  const { data } = await recorded(child, clinic.code);
  expect(data.recordReferral).toMatchObject({ review: 'HELD', reason: 'HOUSEHOLD' });
});

const shownToAdvocate = async (): Promise<(string | null)[]> => {
  const { patient } = await clinic.app
    .as('patient', { patientIds: [clinic.advocateId] })
    .data('query ($id: ID!) { patient(id: $id) { referralSummary { progress { friendName } } } }', {
      id: clinic.advocateId,
    });
  return patient.referralSummary.progress.map(({ friendName }: { friendName: string | null }) => friendName);
};

test('an advocate agreed for the friend to be told who came, and handed on what follows', async () => {
  const page = await (await clinic.app.fetch(clinic.url)).text();
  expect(page).not.toMatch(/type="checkbox"|name="notice"/);
  const body = new URLSearchParams({ to: 'register', discloses: 'yes', purpose: 'REFERRAL_DISCLOSURE' });
  const followed = await clinic.app.fetch(clinic.url, { method: 'POST', body });
  const form = followed.headers.get('location')!;
  expect(await (await clinic.app.fetch(`${form}&purpose=REFERRAL_DISCLOSURE`)).text()).not.toContain('checked');
  await clinic.app.fetch(form, {
    method: 'POST',
    body: new URLSearchParams({ name: '朋友甲', birthDate: '1990-02-03', email: 'friend@mail.test' }),
  });
  await clinic.app.settle();
  const link = clinic.app.mails.findLast(({ to }) => to === 'friend@mail.test')!.links[0]!;
  expect((await clinic.app.fetch(link, { method: 'POST', body: new URLSearchParams() })).status).toBe(200);
  await clinic.app.settle();
  expect(await shownToAdvocate()).toEqual([null]);
});

test('the friend is asked on the own form, beside the notice, and once more before it counts', async () => {
  await clinic.bring({ name: '朋友乙', email: 'named@mail.test', discloses: true, to: 'register' });
  expect(await shownToAdvocate()).toEqual(['朋友乙']);
  const { referrals } = await clinic.app
    .as('owner')
    .data(
      '{ referrals { nodes { discloses friend { consents { nodes { purpose decision source evidence noticeVersion { id } } } } } } }',
    );
  expect(referrals.nodes[0]).toMatchObject({ discloses: true });
  expect(referrals.nodes[0].friend.consents.nodes).toEqual([
    expect.objectContaining({
      ...{ purpose: 'REFERRAL_DISCLOSURE', decision: 'GIVEN', source: 'ONLINE' },
      evidence: expect.stringContaining(`/register/${clinic.slug}`),
      noticeVersion: { id: expect.any(String) },
    }),
  ]);
  // Nobody who comes by another way is asked it, and what nobody was asked is not kept.
  const plain = `/register/${clinic.slug}?origin=referrals.nothing`;
  expect(await (await clinic.app.fetch(plain)).text()).not.toContain('REFERRAL_DISCLOSURE');
});

describe('what was found out later', () => {
  const owner = () => clinic.app.as('owner', { userId: randomUUID() });
  const referralsNow = async (): Promise<{ state: string; reason: string | null }[]> =>
    (await owner().data('{ referrals { nodes { state reason } } }')).referrals.nodes;

  test('who turned out to be the advocate kept the rewards of both', async () => {
    const friendId = await clinic.patient();
    await recorded(friendId, clinic.code);
    await clinic.see(friendId);
    await owner().data('mutation ($input: MergePatientsInput!) { mergePatients(input: $input) { id } }', {
      input: { keptId: clinic.advocateId, mergedId: friendId, reason: 'One person' },
    });
    await clinic.app.settle();
    expect(await referralsNow()).toEqual([{ state: 'VOID', reason: 'SELF' }]);
    expect(await clinic.points(clinic.advocateId)).toEqual({ available: 0, pending: 0, owed: 0 });
  });

  test('points that were refused on their day stayed pending for ever', async () => {
    await owner().data('mutation { updateSettings(input: { referrals: { holdDays: 7 } }) { __typename } }');
    const friendId = await clinic.patient();
    await recorded(friendId, clinic.code);
    await clinic.see(friendId);
    expect((await clinic.points(friendId)).pending).toBe(50);
    await owner().data('mutation ($id: ID!) { updatePatient(input: { id: $id, deceasedOn: "2026-06-01" }) { id } }', {
      id: friendId,
    });
    clinic.app.clock.advance({ days: 8 });
    await clinic.app.settle();
    expect(await clinic.points(friendId)).toEqual({ available: 0, pending: 0, owed: 0 });
    expect((await clinic.points(clinic.advocateId)).available).toBe(100);
  });

  test('a friend whose first visit was paid back, and the second not, brought nothing once it was let pass', async () => {
    const friendId = await clinic.patient({ phone: '0911111111' });
    const { data } = await recorded(friendId, clinic.code);
    const visitId = await clinic.see(friendId);
    await owner().data('mutation ($id: ID!) { refundVisit(input: { id: $id }) { id } }', { id: visitId });
    clinic.app.clock.advance({ days: 1 });
    await clinic.see(friendId);
    await owner().data(
      'mutation ($id: ID!) { approveReferral(input: { id: $id, reason: "Two sisters" }) { id } }',
      data.recordReferral,
    );
    await clinic.app.settle();
    expect((await referralsNow())[0]!.state).toBe('REWARDED');
  });
});
