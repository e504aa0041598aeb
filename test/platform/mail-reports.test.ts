import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { createMailWorker } from '../../api/mail/deliver.ts';
import { createReturnPaths } from '../../api/mail/return-path.ts';
import type { Envelope } from '../../api/mail/transport.ts';
import { addPatient } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';
import * as reports from '../fixtures/reports/index.ts';

const topics = createTopics();
let app: TestApp;
let people = 0;

beforeAll(async () => (app = await createTestApp({ plugins: [core, topics.plugin] })));

interface Sent extends reports.About {
  id: string;
  patientId: string;
}

/** Sends a mail to somebody new. */
async function mail(): Promise<Sent> {
  const recipient = `mei-${++people}@mail.test`;
  const patientId = await addPatient(app, { email: recipient });
  await app.staff.run(({ send }) => send(topics.mails.reminder, { patientId }, {}));
  const envelopes: Envelope[] = [];
  const transport = { send: async (envelope: Envelope) => void envelopes.push(envelope), close: async () => {} };
  const worker = createMailWorker({ platform: app.app.platform, transport });
  await worker.runDue(app.clock.now());
  await worker.idle();
  await worker.stop();
  const returnPath = envelopes.find(({ to }) => to === recipient)!.returnPath!;
  const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { id } } }');
  return { returnPath, recipient, patientId, id: deliveries.nodes[0].id };
}

async function post(report: string): Promise<number> {
  return (await app.fetch('https://clinic.test/mail-reports', { method: 'POST', body: report })).status;
}

/** The reason of the mail, and for what its address was stopped. */
async function outcome({ id, patientId }: Sent): Promise<[string | null, ...string[]]> {
  const { deliveries, suppressions } = await app.staff.data(
    `query ($patientId: ID!) {
      deliveries(first: 1, filter: { patientId: [$patientId] }) { nodes { state reason } }
      suppressions(first: 100) { nodes { reason deliveryId } } }`,
    { patientId },
  );
  const [{ state, reason }] = deliveries.nodes;
  expect(state).toBe('SENT');
  const stops = suppressions.nodes.filter(({ deliveryId }: { deliveryId: string }) => deliveryId === id);
  return [reason, ...stops.map((stop: { reason: string }) => stop.reason)];
}

it('each mail has a return path of its own, which any server can carry', async () => {
  const [first, second] = [await mail(), await mail()];
  expect(first.returnPath).toMatch(/^b[0-9a-v]{62}@bounces\.clinic\.test$/);
  expect(second.returnPath).not.toBe(first.returnPath);
  expect(app.app.platform.returnPaths.find(first.returnPath)).toEqual({ clinicId: app.clinicId, deliveryId: first.id });
});

it.each([
  ['Postfix', reports.postfix, 'BOUNCED 5.1.1'],
  ['Exim, whose status says nothing', reports.exim, 'BOUNCED 5.0.0'],
  ['Exchange, in capitals', reports.exchange, 'BOUNCED 5.1.10'],
  ['Sendmail, of a closed mailbox', reports.sendmail, 'BOUNCED 5.2.1'],
])('a report of %s stops the address', async (_, write, reason) => {
  const sent = await mail();
  expect(await post(write(sent))).toBe(204);
  expect(await outcome(sent)).toEqual([reason, 'HARD_BOUNCE']);
});

it.each([
  ['a full mailbox', { status: '5.2.2', reply: '552 5.2.2 mailbox full' }, 'BOUNCED 5.2.2'],
  ['a server that does not like who sends', { status: '5.7.1', reply: '550 5.7.1 blocked' }, 'BOUNCED 5.7.1'],
  ['words about a blocked sender', { status: '5.0.0', reply: '550 spam is blocked here' }, 'BOUNCED 5.0.0'],
  ['five days without an answer', { status: '4.4.1', reply: '421 4.4.1 no answer from host' }, 'BOUNCED 4.4.1'],
])('a mail that %s kept away did not arrive, and its address stays good', async (_, told, reason) => {
  const sent = await mail();
  await post(reports.postfix(sent, told));
  expect(await outcome(sent)).toEqual([reason]);
});

it.each([
  ['an out-of-office that quotes codes', reports.vacation],
  ['words without fields', reports.qmail],
  ['a delay', (about: reports.About) => reports.postfix(about, { status: '4.4.1', action: 'delayed' })],
  ['a delivery', (about: reports.About) => reports.postfix(about, { status: '2.0.0', action: 'delivered' })],
  ['a mail that was no spam', (about: reports.About) => reports.complaint(about, 'not-spam')],
  ['a report that breaks off', (about: reports.About) => reports.postfix(about).slice(0, 600)],
])('%s changes nothing', async (_, write) => {
  const sent = await mail();
  expect(await post(write(sent))).toBe(204);
  expect(await outcome(sent)).toEqual([null]);
});

it('who calls a mail spam gets no more', async () => {
  const sent = await mail();
  await post(reports.complaint(sent));
  expect(await outcome(sent)).toEqual([null, 'COMPLAINT']);
  await app.staff.run(({ send }) => send(topics.mails.care, { patientId: sent.patientId }, {}));
  await app.settle();
  const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { state reason } } }');
  expect(deliveries.nodes[0]).toEqual({ state: 'WITHHELD', reason: 'SUPPRESSED_COMPLAINT' });
});

it('a forged address stops nobody: of another mail, of another secret, of no mail', async () => {
  const [sent, other] = [await mail(), await mail()];
  const [mine, theirs] = [sent.returnPath, other.returnPath];
  const forgeries = [
    theirs.slice(0, 53) + mine.slice(53),
    createReturnPaths({ secret: 'another secret, long enough to be one', domain: 'x.test' }).addressOf({
      clinicId: app.clinicId,
      deliveryId: other.id,
    })!,
    'hello@clinic.test',
  ];
  for (const returnPath of forgeries) expect(await post(reports.postfix({ ...other, returnPath }))).toBe(204);
  expect(await outcome(other)).toEqual([null]);
});

it('a mail of which a hundred reports come is stopped once, and stays lifted once it is', async () => {
  const sent = await mail();
  const statuses = await Promise.all(Array.from({ length: 100 }, () => post(reports.postfix(sent))));
  expect(new Set(statuses)).toEqual(new Set([204, 429]));
  expect(await outcome(sent)).toEqual(['BOUNCED 5.1.1', 'HARD_BOUNCE']);
  const { suppressions } = await app.staff.data('{ suppressions(first: 1) { nodes { id } } }');
  await app.staff.data('mutation ($id: ID!) { liftSuppression(input: { id: $id, reason: "It was full" }) { id } }', {
    id: suppressions.nodes[0].id,
  });
  await post(reports.postfix(sent));
  const standing = await app.staff.data('{ suppressions(first: 1) { nodes { liftedAt } } }');
  expect(standing.suppressions.nodes[0].liftedAt).not.toBeNull();
});

it('a body that is larger than any report is not read', async () => {
  expect(await post('x'.repeat(300_000))).not.toBe(204);
});
