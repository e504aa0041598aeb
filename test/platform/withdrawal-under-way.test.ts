import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createMailWorker } from '../../api/mail/deliver.ts';
import { connections, type Envelope } from '../../api/mail/transport.ts';
import { addPatient } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';

const topics = createTopics();
const people = 3 * connections;
let app: TestApp;
let patients: { id: string; email: string }[];

beforeEach(async () => {
  app = await createTestApp({ plugins: [core, topics.plugin] });
  patients = [];
  for (let n = 0; n < people; n++) {
    const email = `p${n}@mail.test`;
    patients.push({ email, id: await addPatient(app, { email }) });
  }
  await app.staff.run(async ({ send }) => {
    for (const { id: patientId } of patients) await send(topics.mails.reminder, { patientId }, {});
  });
});

/** Sends to all; `meanwhile` happens when each connection has been handed its first mail and none is answered yet. */
async function sendWhile(meanwhile: (notHanded: typeof patients) => Promise<unknown>): Promise<string[]> {
  const handed: string[] = [];
  const full = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const send = async ({ to }: Envelope): Promise<void> => {
    if (handed.push(to) === connections) full.resolve();
    await go.promise;
  };
  const worker = createMailWorker({ platform: app.app.platform, transport: { send, close: async () => {} } });
  const run = worker.runDue(app.clock.now());
  await full.promise;
  await meanwhile(patients.filter(({ email }) => !handed.includes(email)));
  go.resolve();
  await run;
  await worker.idle();
  await worker.runDue(app.clock.now());
  await worker.idle();
  await worker.stop();
  return handed;
}

const reasonFor = async (patientId: string): Promise<string> => {
  const query = '{ deliveries(first: 100) { nodes { patient { id } state reason } } }';
  const { deliveries } = await app.staff.data(query);
  const { state, reason } = deliveries.nodes.find(({ patient }: any) => patient.id === patientId);
  return `${state} ${reason}`;
};

it('a mail that a worker had prepared went out after its reader’s withdrawal was committed', async () => {
  let gone!: (typeof patients)[number];
  const handed = await sendWhile(async ([first]) => {
    gone = first!;
    const input = { patientId: gone.id, purpose: 'REMINDER', channel: 'EMAIL', source: 'DESK' };
    await app.staff.data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', { input });
  });
  expect(handed).not.toContain(gone.email);
  expect(new Set(handed).size).toBe(people - 1);
  expect(await reasonFor(gone.id)).toBe('WITHHELD CONSENT_WITHDRAWN');
});

describe('a mail to who belongs to a patient, which a worker had prepared, went out', () => {
  let child: string;
  beforeEach(async () => {
    const personId = await addPatient(app, { email: 'mother@mail.test' });
    child = await addPatient(app);
    const input = { patientId: child, name: 'Mother', relationship: 'PARENT', personId };
    const document = 'mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }';
    const relatedPersonId = (await app.staff.data(document, { input })).addRelatedPerson.id;
    await app.staff.run(({ send }) => send(topics.mails.reminder, { relatedPersonId }, {}));
  });
  const reasonForMother = async (): Promise<string> =>
    (
      await app.staff.run(({ em }) =>
        em.execute(`select state || ' ' || reason as why from delivery where related_person_id is not null`),
      )
    )[0].why;

  it('after the patient’s withdrawal', async () => {
    const handed = await sendWhile(async () => {
      const input = { patientId: child, purpose: 'REMINDER', channel: 'EMAIL', source: 'DESK' };
      await app.staff.data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', { input });
    });
    expect(handed).toHaveLength(people);
    expect(handed).not.toContain('mother@mail.test');
    expect(await reasonForMother()).toBe('withheld CONSENT_WITHDRAWN');
  });

  it('after the person’s address was stopped', async () => {
    const handed = await sendWhile(async () => {
      const input = { address: 'mother@mail.test', reason: 'COMPLAINT' };
      await app.staff.data('mutation ($input: SuppressAddressInput!) { suppressAddress(input: $input) { id } }', {
        input,
      });
    });
    expect(handed).not.toContain('mother@mail.test');
    expect(await reasonForMother()).toBe('withheld SUPPRESSED_COMPLAINT');
  });
});

it('a mail that a worker had prepared went out after its address was stopped', async () => {
  let gone!: (typeof patients)[number];
  const handed = await sendWhile(async ([first]) => {
    gone = first!;
    const input = { address: gone.email, reason: 'COMPLAINT' };
    await app.staff.data('mutation ($input: SuppressAddressInput!) { suppressAddress(input: $input) { id } }', {
      input,
    });
  });
  expect(handed).not.toContain(gone.email);
  expect(new Set(handed).size).toBe(people - 1);
  expect(await reasonFor(gone.id)).toBe('WITHHELD SUPPRESSED_COMPLAINT');
});
