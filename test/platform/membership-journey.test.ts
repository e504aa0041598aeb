import { createTestApp, type Caller, type TestApp } from 'clinic-rapport/testing';
import { furnish, publishSomeNotice, type ClinicFixture } from '../../schema/test/fixture.ts';
import { installedPlugins } from '../../scripts/installed.ts';

// Two patients and the desk, with nothing but the doors that each of them has, in a clinic as the seeds of the plugins leave it.

let app: TestApp;
let clinic: ClinicFixture;

beforeAll(async () => {
  const plugins = await installedPlugins();
  app = await createTestApp({ plugins });
  clinic = await furnish(app);
  await publishSomeNotice(app);
  await app.as('owner').data('mutation { updateSettings(input: { core: { notice: "sample" } }) { __typename } }');
  for (const { seed } of plugins) if (seed) await app.staff.run(context => seed(context));
  await app.settle();
});

const register = `mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }`;
const send = (url: string, fields: Record<string, string>): Promise<Response> =>
  app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

/** The friend follows the link, chooses a time and confirms the address; answers the friend's id. */
async function bookBy(url: string, { name, email }: { name: string; email: string }): Promise<string> {
  const booking = (await send(url, { to: 'book' })).headers.get('location')!;
  const form = `${booking}&service=${clinic.service}`;
  const time = /name="time"\s+value="([^"]+)"/.exec(await (await app.fetch(form)).text())![1]!;
  expect((await send(form, { name, email, birthDate: '1990-02-03', phone: '0922333444', time })).status).toBe(200);
  await app.settle();
  const confirmation = app.mails.findLast(({ to }) => to === email)!.links.find(link => link.includes('/confirm-'))!;
  expect((await send(confirmation, {})).status).toBe(200);
  await app.settle();
  const query = 'query ($name: String!) { patients(search: $name, first: 1) { nodes { id } } }';
  return (await app.as('frontDesk').data(query, { name })).patients.nodes[0].id;
}

const statement = `query ($id: ID!) { patient(id: $id) {
  member { tier { code } } pointsBalance { available pending owed }
  pointsStatement(first: 10) { nodes { kind change reason } } referralSummary { joined pendingRewards givenRewards } } }`;
const statementOf = async (login: Caller, id: string) => (await login.data(statement, { id })).patient;

test('an advocate shares, the friend books by the link and is seen, and both are rewarded once', async () => {
  const desk = app.as('frontDesk');
  const { registerPatient } = await desk.data(register, { input: { name: '介紹人', email: 'advocate@mail.test' } });
  const advocateId: string = registerPatient.id;
  await app.settle();
  const advocate = app.as('patient', { patientIds: [advocateId] });
  const code = 'mutation ($id: ID!) { createReferralCode(input: { patientId: $id }) { url } }';
  const { url } = (await advocate.data(code, { id: advocateId })).createReferralCode;

  const friendId = await bookBy(url, { name: '林小美', email: 'mei@mail.test' });
  const friend = app.as('patient', { patientIds: [friendId] });
  const ofFriend = await friend.subscribe('subscription { tierChanged { reason member { tier { code } } } }');
  const ofAdvocate = await advocate.subscribe('subscription { pointsChanged { balance { available } } }');
  const ofDesk = await desk.subscribe('subscription { referralChanged { state } }');

  const { appointments } = await desk.data('{ appointments(first: 1) { nodes { id patient { id } } } }');
  expect(appointments.nodes[0].patient.id).toBe(friendId);
  const start = 'mutation ($input: StartVisitInput!) { startVisit(input: $input) { id } }';
  const { startVisit } = await desk.data(start, { input: { patientId: friendId } });
  const complete = 'mutation ($input: CompleteVisitInput!) { completeVisit(input: $input) { status } }';
  // NT$ 20,000 within a year is what the advanced tier asks for.
  await desk.data(complete, { input: { id: startVisit.id, amount: 2_000_000 } });
  await app.settle();

  expect((await ofFriend.next()).tierChanged).toEqual({ reason: 'REACHED', member: { tier: { code: 'advanced' } } });
  expect((await ofDesk.next()).referralChanged).toEqual({ state: 'QUALIFIED' });
  expect((await ofDesk.next()).referralChanged).toEqual({ state: 'REWARDED' });
  expect((await ofAdvocate.next()).pointsChanged).toEqual({ balance: { available: 200 } });

  expect(await statementOf(advocate, advocateId)).toEqual({
    member: { tier: { code: 'basic' } },
    pointsBalance: { available: 200, pending: 0, owed: 0 },
    pointsStatement: {
      nodes: [
        { kind: 'RELEASE', change: 200, reason: 'referrals.reward' },
        { kind: 'EARN', change: 0, reason: 'referrals.reward' },
      ],
    },
    referralSummary: { joined: 1, pendingRewards: 0, givenRewards: 1 },
  });
  const own = await statementOf(friend, friendId);
  expect(own).toMatchObject({ member: { tier: { code: 'advanced' } }, referralSummary: { joined: 0 } });
  const entries = own.pointsStatement.nodes as { kind: string; change: number; reason: string }[];
  expect(entries).toContainEqual({ kind: 'RELEASE', change: 100, reason: 'referrals.welcome' });
  const sum = entries.reduce((all, { change }) => all + change, 0);
  expect(own.pointsBalance).toEqual({ available: sum, pending: 0, owed: 0 });

  // A second visit of the friend brings the advocate nothing, and neither sees the other.
  const { startVisit: again } = await desk.data(start, { input: { patientId: friendId } });
  await desk.data(complete, { input: { id: again.id, amount: 100 } });
  await app.settle();
  expect((await statementOf(advocate, advocateId)).pointsBalance.available).toBe(200);
  for (const [login, other] of [
    [advocate, friendId],
    [friend, advocateId],
  ] as const) {
    const { errors } = await login.query('query ($id: ID!) { patient(id: $id) { name } }', { id: other });
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  }
});
