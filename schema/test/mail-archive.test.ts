import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;
const address = 'mei@mail.test';

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  patientId = await addPatient(app, { name: '陳美玲', birthDate: '1985-03-09', email: address });
});

const read = `query ($id: ID!) { patient(id: $id) { deliveries { nodes { id mail state message { subject html text } } } } }`;
interface Sent {
  id: string;
  mail: string;
  state: string;
  message: { subject: string; html: string; text: string } | null;
}
const sentTo = async (who: ReturnType<TestApp['as']>, id = patientId): Promise<Sent[]> =>
  (await who.data(read, { id })).patient?.deliveries.nodes ?? [];

const tellOfRecord = async (id = patientId): Promise<void> => {
  await app.as('practitioner').data('mutation ($id: ID!) { notifyRecordUpdated(patientId: $id) { id } }', { id });
  await app.settle();
};
const recordUrl = (to = address): string =>
  app.mails.findLast(mail => mail.to === to)!.links.find(link => link.includes('/plugins/core/record/'))!;
const send = (url: string, fields: Record<string, string>): Promise<Response> =>
  app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

/** But for the tokens, which are not kept. */
const withoutTokens = (text: string): string => text.replace(/v1\.[\w-]{6}\.[\w-]+\.[\w-]{22}/g, 'archived');

test('a mail can be read as it was sent, by staff and by the patient, and its links open nothing', async () => {
  await tellOfRecord();
  const mail = app.mails.at(-1)!;
  for (const who of [app.as('frontDesk'), app.as('patient', { patientIds: [patientId] })]) {
    const [sent] = await sentTo(who);
    expect(sent!.message).toEqual({
      subject: mail.subject,
      html: withoutTokens(mail.html).replaceAll('\r\n', '\n'),
      text: withoutTokens(mail.text).replaceAll('\r\n', '\n'),
    });
    expect(sent!.message!.html).not.toContain('v1.');
    const [link] = /https:[^"]+\/record\/archived/.exec(sent!.message!.html)!;
    expect((await app.fetch(link)).status).toBe(404);
  }
});

test('it stays as it was when the words of the mail change, and is one row beside each delivery', async () => {
  const other = await addPatient(app, { name: '別人', email: 'other@mail.test' });
  await tellOfRecord();
  await tellOfRecord(other);
  const count = await app.staff.run(({ em }) => em.execute('select count(*)::int as n from mail_template'));
  const [before] = await sentTo(app.as('frontDesk'));
  expect(count).toEqual([{ n: 1 }]);
  // A later release has other words: then its template is another.
  await app.staff.run(({ em }) =>
    em.execute(`insert into mail_template (clinic_id, digest, subject, page, plain)
      select clinic_id, repeat('0', 64), 'Other words', page, plain from mail_template`),
  );
  expect(await sentTo(app.as('frontDesk'))).toEqual([before]);
});

test('nobody reads the mails of another, marketers none, and of one that proves an address nothing is kept', async () => {
  const stranger = await addPatient(app, { name: '別人', email: 'other@mail.test' });
  await tellOfRecord();
  const asStranger = app.as('patient', { patientIds: [stranger] });
  await expect(sentTo(asStranger)).rejects.toThrow('NOT_FOUND');
  const all = await asStranger.data('{ deliveries(first: 100) { nodes { message { subject } } } }');
  expect(all.deliveries.nodes).toEqual([]);
  const { data, errors } = await app.as('marketer').query(read, { id: patientId });
  expect(JSON.stringify(data)).not.toContain('subject');
  expect(errors?.map(({ extensions }) => extensions?.['code'])).toContain('FORBIDDEN');

  const add = `mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }`;
  await app.staff.data(add, { input: { patientId, system: 'EMAIL', value: 'new@mail.test' } });
  await app.settle();
  const verification =
    '{ deliveries(filter: { mail: "contact-point.verification" }) { nodes { state message { subject } } } }';
  const { nodes } = (await app.as('frontDesk').data(verification)).deliveries;
  expect(nodes).toEqual([{ state: 'SENT', message: null }]);
});

test('an export has each mail as it was sent, to be read by whoever gets it', async () => {
  await tellOfRecord();
  const [sent] = await sentTo(app.as('frontDesk'));
  const ask = 'mutation ($input: ExportPatientInput!) { exportPatient(input: $input) { downloadPath } }';
  const { exportPatient } = await app.as('owner').data(ask, { input: { patientId, reason: 'Asked for by letter' } });
  const headers = { authorization: `Bearer ${await app.signIn('owner')}` };
  const { plugins } = (await (await app.fetch(exportPatient.downloadPath, { headers })).json()) as {
    plugins: { core: { delivery: object[] } };
  };
  const [exported] = plugins.core.delivery;
  expect(exported).toMatchObject({ id: sent!.id, address, message: sent!.message });
  expect(exported).not.toHaveProperty('fields');
});

test('who read which mail is in the audit, also where it was one of a list', async () => {
  await tellOfRecord();
  const [sent] = await sentTo(app.as('frontDesk'));
  const list = `query ($ids: [ID!]) { deliveries(first: 5, filter: { patientId: $ids }) { nodes { id message { text } } } }`;
  await app.as('practitioner').data(list, { ids: [patientId] });
  await app.as('frontDesk').data('{ deliveries(first: 5) { nodes { id mail } } }');
  const url = recordUrl();
  const view = await (await send(url, { birthDate: '1985-03-09' })).text();
  const [, passed] = /name="passed" value="([^"]+)"/.exec(view)!;
  await send(url, { passed: passed!, mail: sent!.id });
  await app.settle();
  const entries = `{ auditEntries(first: 100) { nodes { kind action actorKind actorRole subjectType subjectId patientId } } }`;
  const { auditEntries } = await app.as('owner').data(entries);
  const reads = auditEntries.nodes.filter(({ action }: { action: string }) => action === 'delivery.message.read');
  const one = { kind: 'READ', subjectType: 'delivery', subjectId: sent!.id, patientId };
  expect(reads).toEqual([
    expect.objectContaining({ ...one, actorKind: 'link' }),
    expect.objectContaining({ ...one, actorRole: 'practitioner' }),
    expect.objectContaining({ ...one, actorRole: 'frontDesk' }),
  ]);
});

test('an erased patient has no archive any more', async () => {
  await tellOfRecord();
  const rows = `select fields is null as empty, template from delivery where patient_id = ?`;
  const stored = () => app.staff.run(({ em }) => em.execute<{ empty: boolean }[]>(rows, [patientId]));
  expect((await stored()).map(({ empty }) => empty)).toContain(false);
  const erase = 'mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { erasedAt } }';
  await app.as('owner').data(erase, { input: { patientId, reason: 'Asked for by letter' } });
  expect((await stored()).map(({ empty }) => empty)).not.toContain(false);
});

test('the patient’s own view opens each mail on a page of its own, on which nothing runs and nothing is fetched', async () => {
  await tellOfRecord();
  const url = recordUrl();
  const view = await (await send(url, { birthDate: '1985-03-09' })).text();
  const [, passed] = /name="passed" value="([^"]+)"/.exec(view)!;
  const [, mail] = /name="mail" value="([^"]+)"/.exec(view)!;
  const shown = await send(url, { passed: passed!, mail: mail! });
  expect(shown.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'",
  );
  expect(shown.headers.get('cache-control')).toBe('no-store');
  expect(await shown.text()).toContain(app.mails.at(-1)!.subject);

  const stranger = await addPatient(app, { name: '別人', birthDate: '1985-03-09', email: 'other@mail.test' });
  await tellOfRecord(stranger);
  const [theirs] = await sentTo(app.as('frontDesk'), stranger);
  const other = await (await send(url, { passed: passed!, mail: theirs!.id })).text();
  expect(other).toContain('陳美玲');
  expect(other).not.toContain('archived');
});
