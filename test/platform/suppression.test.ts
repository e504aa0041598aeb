import { definePlugin, type Plugin } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createMailWorker } from '../../api/mail/deliver.ts';
import { SendError } from '../../api/mail/transport.ts';
import { addPatient } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';

const topics = createTopics();
/** Answers for related persons, and lets everything through. */
const lenient: Plugin = definePlugin({
  name: 'lenient',
  version: '1.0.0',
  address: async to =>
    'relatedPersonId' in to
      ? { address: 'mother@mail.test', locale: 'en', verified: true, basis: 'message-class:care' }
      : undefined,
  withhold: async () => undefined,
});
let app: TestApp;
let patientId: string;
let email: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, topics.plugin, lenient] });
});
beforeEach(async () => {
  email = `mei-${++people}@mail.test`;
  patientId = await addPatient(app, { email });
});

const suppress = async (address: string, reason = 'STAFF'): Promise<{ id: string; maskedAddress: string }> => {
  const document = `mutation ($input: SuppressAddressInput!) { suppressAddress(input: $input) { id maskedAddress reason since recordedBy } }`;
  return (await app.as('frontDesk').data(document, { input: { address, reason } })).suppressAddress;
};
const lift = (id: string, reason = 'The patient called') =>
  app
    .as('frontDesk')
    .query(
      'mutation ($input: LiftSuppressionInput!) { liftSuppression(input: $input) { liftedAt liftedReason liftedBy } }',
      { input: { id, reason } },
    );

/** How the newest mail ended, and why. */
async function outcome(): Promise<{ state: string; reason: string | null }> {
  await app.settle();
  const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { state reason } } }');
  return deliveries.nodes[0];
}
const sendCare = (to: { patientId: string } | { relatedPersonId: string } = { patientId }): Promise<void> =>
  app.staff.run(({ send }) => send(topics.mails.care, to, {}));

it('stops an address however it is written, until it is lifted with a reason', async () => {
  const { id, maskedAddress } = await suppress(`  ${email.toUpperCase()} `);
  expect(maskedAddress).toBe('m…@mail.test');
  expect((await suppress(email)).id).toBe(id);
  await sendCare();
  expect(await outcome()).toEqual({ state: 'WITHHELD', reason: 'SUPPRESSED_STAFF' });
  expect((await lift(id, ' ')).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  expect((await lift(id)).data).toMatchObject({ liftSuppression: { liftedReason: 'The patient called' } });
  expect((await lift(id)).errors?.[0]?.extensions?.['code']).toBe('CONFLICT');
  await sendCare();
  expect(await outcome()).toEqual({ state: 'SENT', reason: null });
});

it('is about the address: another patient who has it gets nothing either, and another clinic may write', async () => {
  await suppress(email);
  const other = await addPatient(app, { name: '陳美玲', email });
  await sendCare({ patientId: other });
  expect(await outcome()).toMatchObject({ reason: 'SUPPRESSED_STAFF' });
  const clinicId = await app.addClinic(`other-${people}`);
  const elsewhere = await app.as(['suppression.read'], { clinicId }).data('{ suppressions { nodes { id } } }');
  expect(elsewhere.suppressions.nodes).toEqual([]);
});

it('no plugin can go around: not by an address of its own, nor by a `withhold` that lets all through', async () => {
  await suppress('mother@mail.test');
  await sendCare({ relatedPersonId: crypto.randomUUID() });
  expect(await outcome()).toEqual({ state: 'WITHHELD', reason: 'SUPPRESSED_STAFF' });
});

describe('what its owner asks for at that moment', () => {
  const askToVerify = async (address: string) => {
    const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
    await app.staff.data(add, { input: { patientId, system: 'EMAIL', value: address } });
  };

  test.each(['UNSUBSCRIBED', 'HARD_BOUNCE', 'STAFF'])('goes out with %s', async reason => {
    await suppress(`new-${email}`, reason);
    await askToVerify(`new-${email}`);
    expect(await outcome()).toMatchObject({ state: 'SENT' });
  });

  test('does not go out after a complaint', async () => {
    await suppress(`new-${email}`, 'COMPLAINT');
    await askToVerify(`new-${email}`);
    expect(await outcome()).toEqual({ state: 'WITHHELD', reason: 'SUPPRESSED_COMPLAINT' });
  });
});

describe('a server that refuses the recipient', () => {
  async function refused(error: SendError): Promise<object[]> {
    await sendCare();
    const transport = { send: () => Promise.reject(error), close: async () => {} };
    const worker = createMailWorker({ platform: app.app.platform, transport });
    await worker.runDue(app.clock.now());
    await worker.idle();
    await worker.stop();
    const query =
      '{ suppressions(first: 1, filter: { reason: [HARD_BOUNCE] }) { nodes { maskedAddress deliveryId recordedBy liftedAt } } deliveries(first: 1) { nodes { id state } } }';
    const { suppressions, deliveries } = await app.staff.data(query);
    return suppressions.nodes.filter((node: { deliveryId: string }) => node.deliveryId === deliveries.nodes[0].id);
  }

  it('because there is no such mailbox suppresses it, with the delivery that showed it', async () => {
    expect(await refused(new SendError('never', 'SMTP 550 5.1.1', { isHardBounce: true }))).toEqual([
      expect.objectContaining({ maskedAddress: 'm…@mail.test', recordedBy: 'job mail', liftedAt: null }),
    ]);
    await sendCare();
    expect(await outcome()).toEqual({ state: 'WITHHELD', reason: 'SUPPRESSED_HARD_BOUNCE' });
  });

  it('for another reason does not', async () => {
    expect(await refused(new SendError('never', 'SMTP 550 5.7.1'))).toEqual([]);
  });
});

it('outlives the erasure of the patient as a hash, and stops the address when it is registered again', async () => {
  await suppress(email);
  await app.staff.run(context => core.subjectData!.erase(patientId, context));
  const rows = await app.staff.run(({ em }) =>
    em.execute<object[]>('select * from suppression order by id desc limit 1'),
  );
  expect(rows[0]).toMatchObject({ masked: null, address_hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(JSON.stringify(rows)).not.toContain('mei-');
  const again = await addPatient(app, { email });
  await sendCare({ patientId: again });
  expect(await outcome()).toEqual({ state: 'WITHHELD', reason: 'SUPPRESSED_STAFF' });
});

it('is nothing for patients to see or to change', async () => {
  const patient = app.as('patient', { patientIds: [patientId] });
  const { errors } = await patient.query('{ suppressions { nodes { id } } }');
  expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
});
