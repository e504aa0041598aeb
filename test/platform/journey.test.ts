import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { verifyAudit } from '../../api/audit/verify.ts';
import { furnish, publishSomeNotice, type ClinicFixture } from '../../schema/test/fixture.ts';
import { verifyConsents } from '../../scripts/consent/verify.ts';
import { installedPlugins } from '../../scripts/installed.ts';

// One patient's whole way, from a page that anyone can open to the erasure, past every door as the patient would.

let app: TestApp;
let clinic: ClinicFixture;
const address = 'xiaomei@mail.test';
const say = (text: string) => ({ zhHant: text, zhHans: text, en: text });

beforeAll(async () => {
  app = await createTestApp({ plugins: await installedPlugins() });
  clinic = await furnish(app);
  await publishSomeNotice(app);
  const owner = app.as('owner');
  await owner.data('mutation { updateSettings(input: { core: { notice: "sample" } }) { __typename } }');
  const items = [{ linkId: 'reason', type: 'STRING', required: true, text: say('為什麼來看診？') }];
  await owner.data('mutation ($input: PublishQuestionnaireInput!) { publishQuestionnaire(input: $input) { id } }', {
    input: { name: 'first-visit', title: say('初診問卷'), items },
  });
  await owner.data(
    'mutation ($input: SetServiceQuestionnaireInput!) { setServiceQuestionnaire(input: $input) { id } }',
    {
      input: { serviceId: clinic.service, questionnaire: 'first-visit' },
    },
  );
});

const get = async (url: string): Promise<string> => (await app.fetch(url)).text();
const send = (url: string, fields: Record<string, string>): Promise<Response> =>
  app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
const sendAndRead = async (url: string, fields: Record<string, string>): Promise<string> =>
  (await send(url, fields)).text();

/** The last link of this kind that was mailed to the patient. */
async function mailed(part: string): Promise<string> {
  await app.settle();
  const links = app.mails.filter(({ to }) => to === address).flatMap(mail => mail.links);
  return links.findLast(link => link.includes(part)) ?? `no link with ${part} among ${links.join(' ')}`;
}

const valuesOf = (page: string, name: string): string[] =>
  [...page.matchAll(new RegExp(`name="${name}"\\s+value="([^"]*)"`, 'g'))].map(([, value]) => value!);

const ofPatient = `{ patients(first: 2) { nodes { id name
  consents { nodes { purpose decision source } } appointments { nodes { status questionnaire { status } } } } } }`;

test('a patient registers by the public page, answers, reads a report, withdraws a purpose and is erased; all of it is proved', async () => {
  const { slug } = (await app.staff.data('{ clinic { slug } }')).clinic;
  const page = `/book/${slug}?service=${clinic.service}`;
  const offered = await get(page);
  const person = { name: '林小美', birthDate: '1990-02-03', phone: '0912345678', email: address, purpose: 'MARKETING' };
  const [time, notice] = [valuesOf(offered, 'time')[0]!, valuesOf(offered, 'notice')[0]!];
  expect((await send(page, { ...person, time, notice })).status).toBe(200);
  expect((await send(await mailed('/confirm-booking/'), {})).status).toBe(200);

  const asked = await get(await mailed('/questionnaire'));
  const answer = Object.fromEntries([...asked.matchAll(/name="(a\.[^"]+)"/g)].map(([, name]) => [name!, '頭痛']));
  const hidden = [...asked.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  await send(await mailed('/questionnaire'), { ...Object.fromEntries(hidden), ...answer, act: 'complete' });

  const [patient, ...others] = (await app.as('owner').data(ofPatient)).patients.nodes;
  expect(others).toEqual([]);
  expect(patient).toMatchObject({
    name: '林小美',
    consents: { nodes: [{ purpose: 'MARKETING', decision: 'GIVEN', source: 'ONLINE' }] },
    appointments: { nodes: [{ status: 'BOOKED', questionnaire: { status: 'COMPLETED' } }] },
  });

  const practitioner = app.as('practitioner');
  const { createReport } = await practitioner.data(
    'mutation ($input: CreateReportInput!) { createReport(input: $input) { id } }',
    { input: { patientId: patient.id, title: '看診報告', sections: [{ heading: '分析', text: '一切正常。' }] } },
  );
  await practitioner.data('mutation ($input: PublishReportInput!) { publishReport(input: $input) { status } }', {
    input: { id: createReport.id },
  });
  const report = await mailed('/plugins/core/report/');
  expect(await get(report)).not.toContain('一切正常');
  expect(await sendAndRead(report, { birthDate: '1990-02-04' })).not.toContain('一切正常');
  expect(await sendAndRead(report, { birthDate: '1990-02-03' })).toContain('一切正常');

  const preferences = await mailed('/mail-preferences/');
  await send(preferences, { stop: 'MARKETING', reason: 'TOO_MANY' });
  const standing = 'query ($id: ID!) { patient(id: $id) { consentState { purpose standing } } }';
  const { consentState } = (await app.as('owner').data(standing, { id: patient.id })).patient;
  expect(consentState).toContainEqual({ purpose: 'MARKETING', standing: 'WITHDRAWN' });

  await app.as('owner').data('mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { erasedAt } }', {
    input: { patientId: patient.id, reason: 'The patient asked for it by letter' },
  });
  for (const link of [report, preferences]) expect((await app.fetch(link)).status).toBe(410);
  await app.settle();

  const entries = `query ($ids: [ID!]) { auditEntries(first: 100, filter: { patientId: $ids }) { nodes { kind action operation actorKind } } }`;
  const { nodes } = (await app.as('owner').data(entries, { ids: [patient.id] })).auditEntries;
  const done = new Set(
    nodes.map(({ operation, action }: { operation?: string; action: string }) => operation ?? action),
  );
  expect([...done]).toEqual(
    expect.arrayContaining([
      'booking.confirm',
      'questionnaire.answer',
      'createReport',
      'publishReport',
      'report.open',
      'mail.preferences',
      'erasePatient',
    ]),
  );
  const { entries: sealed, faults } = await verifyAudit(app.databaseUrl);
  expect(faults).toEqual([]);
  expect(sealed).toBeGreaterThan(10);
  const { checked, unfounded } = await verifyConsents(app.app);
  expect(unfounded).toEqual([]);
  // To confirm the address, of the booking, and of the report.
  expect(checked).toBe(3);
});
