import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  patientId = await addPatient(app, { name: '陳美玲', birthDate: '1985-03-09', email: 'mei@mail.test' });
});

const results = [
  { name: 'HbA1c', value: 7.1, unit: '%', low: 4, high: 6, previous: [{ on: '2025-11-02', value: 6.4 }] },
  { name: 'Protein', finding: 'negative' },
];
const sections = [{ heading: '我們的發現', text: '血糖偏高。\n\n請<b>少</b>吃甜食。' }];
const doctor = () => app.as('practitioner');
const create = async (more: object = {}): Promise<string> => {
  const input = { patientId, title: '檢查報告', sections, results, ...more };
  const document = 'mutation ($input: CreateReportInput!) { createReport(input: $input) { id status } }';
  return (await doctor().data(document, { input })).createReport.id;
};
const publish = async (id: string) => {
  await doctor().data('mutation ($input: PublishReportInput!) { publishReport(input: $input) { status } }', {
    input: { id },
  });
  await app.settle();
};
const published = async (): Promise<string> => {
  const id = await create();
  await publish(id);
  return id;
};
const linkOf = (part = '/report/') =>
  app.mails.flatMap(({ links }) => links).findLast(link => link.includes(`/plugins/core${part}`))!;
const send = async (url: string, fields: Record<string, string>) => {
  const response = await app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const pass = (url: string, more: object = {}) => send(url, { birthDate: '1985-03-09', ...more });

test('the mail says that there is something and not what, and its link shows nothing without a step-up', async () => {
  await published();
  const mail = app.mails.at(-1)!;
  expect(`${mail.subject}${mail.text}${mail.html}`).not.toMatch(/檢查報告|血糖|HbA1c|陳美玲/);
  const first = await app.fetch(linkOf());
  expect(first.headers.get('cache-control')).toBe('no-store');
  expect(first.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await first.text()).not.toMatch(/檢查報告|血糖|HbA1c|陳美玲/);
  const { text } = await pass(linkOf());
  for (const part of ['檢查報告', '血糖偏高', 'HbA1c', '7.1 %', '<svg', '2025-11-02: 6.4', 'negative'])
    expect(text).toContain(part);
  expect(text).toContain('請&lt;b&gt;少&lt;/b&gt;吃甜食');
  expect(text).not.toContain('<script');
});

test('five wrong answers end the link for good; a new one opens it again', async () => {
  const id = await published();
  const url = linkOf();
  for (let index = 0; index < 5; index++)
    expect((await send(url, { birthDate: '1985-03-08' })).text).not.toContain('血糖');
  expect((await pass(url)).status).toBe(410);
  await doctor().data('mutation ($id: ID!) { shareReport(id: $id) { id } }', { id });
  await app.settle();
  expect(linkOf()).not.toBe(url);
  expect((await pass(linkOf())).text).toContain('血糖');
  expect((await pass(url)).text).not.toContain('血糖');
});

test('each opening is counted and written down, for staff and for the patient', async () => {
  const id = await published();
  await pass(linkOf());
  await pass(linkOf());
  await app.settle();
  const query = 'query ($id: ID!) { report(id: $id) { openingCount openings { what openedAt } } }';
  const { report } = await doctor().data(query, { id });
  expect(report).toEqual({
    openingCount: 2,
    openings: Array(2).fill({ what: 'REPORT', openedAt: app.clock.now().toISOString() }),
  });
  const log = 'query ($id: ID!) { patient(id: $id) { accessLog(first: 20) { nodes { at } } } }';
  const seen = await app.as('patient', { patientIds: [patientId] }).data(log, { id: patientId });
  expect(seen.patient.accessLog.nodes.length).toBeGreaterThan(0);
});

test('a link opens it thirty times at most, however many come at once', async () => {
  await published();
  const url = linkOf();
  const first = await pass(url);
  const passed = /name="passed" value="([^"]+)"/.exec(first.text)![1]!;
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(url, { passed })));
  expect(answers.filter(({ text }) => text.includes('血糖')).length).toBeLessThanOrEqual(29);
  expect((await send(url, { passed })).status).toBe(410);
});

test.each([
  [
    'is withdrawn',
    async (id: string) => {
      const document = 'mutation ($input: WithdrawReportInput!) { withdrawReport(input: $input) { status } }';
      await doctor().data(document, { input: { id, reason: 'Of another patient' } });
    },
  ],
  [
    'belongs to a patient who wants no mails of care any more',
    async () => {
      await app.staff.data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', {
        input: { patientId, purpose: 'CARE', channel: 'EMAIL', source: 'DESK' },
      });
    },
  ],
  [
    'belongs to who is erased',
    async () => {
      await app
        .as('owner')
        .data('mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { __typename } }', {
          input: { patientId, reason: 'Asked for by letter' },
        });
    },
  ],
  ['was shared a week ago', async () => void app.clock.advance({ days: 8 })],
])('a link is dead once the report %s', async (_, happens) => {
  const id = await published();
  const url = linkOf();
  await happens(id);
  const { status, text } = await pass(url);
  expect([404, 410]).toContain(status);
  expect(text).not.toContain('血糖');
});

test('the patient can end the link', async () => {
  await published();
  const first = await pass(linkOf());
  const passed = /name="passed" value="([^"]+)"/.exec(first.text)![1]!;
  await send(linkOf(), { passed, act: 'stop' });
  expect((await pass(linkOf())).text).not.toContain('血糖');
});

test('a draft is seen by staff alone, and what was given out is not changed', async () => {
  const id = await create();
  const patient = app.as('patient', { patientIds: [patientId] });
  await expect(patient.data('query ($id: ID!) { report(id: $id) { id } }', { id })).rejects.toThrow('NOT_FOUND');
  await publish(id);
  expect((await patient.data('{ reports { nodes { title } } }')).reports.nodes).toEqual([{ title: '檢查報告' }]);
  const change = 'mutation ($input: UpdateReportInput!) { updateReport(input: $input) { id } }';
  await expect(doctor().data(change, { input: { id, title: 'x' } })).rejects.toThrow('CONFLICT');
  const other = app.as('patient', { patientIds: [await addPatient(app)] });
  expect((await other.data('{ reports { nodes { title } } }')).reports.nodes).toEqual([]);
  await expect(app.as('frontDesk').data('query ($id: ID!) { report(id: $id) { title } }', { id })).rejects.toThrow(
    'FORBIDDEN',
  );
});

test('refuses what is blank, too much, or contradicts itself', async () => {
  for (const input of [
    { title: ' ' },
    { results: [{ name: 'x' }] },
    { results: [{ name: 'x', value: 1, finding: 'y' }] },
    { results: [{ name: 'x', value: 1, low: 3, high: 2 }] },
    { sections: Array(21).fill(sections[0]) },
  ])
    await expect(create(input)).rejects.toThrow('BAD_USER_INPUT');
});

describe('its file', () => {
  const put = async (id: string, body: string, token: string) =>
    app.fetch(`/plugins/core/report-file?reportId=${id}&name=${encodeURIComponent('報告.pdf')}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${token}` },
    });
  const pdf = `%PDF-1.7\n${'x'.repeat(400_000)}\n%%EOF\n`;

  test('is a PDF, of more bytes than a form has, and comes by the gated link as a download', async () => {
    const id = await create();
    const token = await app.signIn('practitioner');
    expect((await put(id, 'MZ this is a program', token)).status).toBe(400);
    expect((await put(id, pdf, token)).status).toBe(201);
    expect((await put(id, pdf, await app.signIn('frontDesk'))).status).toBe(403);
    await publish(id);
    expect((await put(id, pdf, token)).status).toBe(409);
    const { text } = await pass(linkOf());
    const passed = /name="passed" value="([^"]+)"/.exec(text)![1]!;
    const file = await send(linkOf(), { passed, act: 'file' });
    expect(file.headers.get('content-type')).toBe('application/pdf');
    expect(file.headers.get('content-disposition')).toContain('attachment');
    expect(file.text).toBe(pdf);
    expect((await send(linkOf(), { act: 'file' })).headers.get('content-type')).toContain('text/html');
  });
});

test('the patient’s own view shows record, visits, choices, reports and mails behind the same step-up', async () => {
  await published();
  await doctor().data('mutation ($id: ID!) { notifyRecordUpdated(patientId: $id) { id } }', { id: patientId });
  await app.settle();
  const url = linkOf('/record/');
  expect(await (await app.fetch(url)).text()).not.toMatch(/陳美玲|檢查報告/);
  const { text } = await pass(url);
  for (const part of ['陳美玲', '1985-03-09', '檢查報告', '未反對', '寄給您的信', '預約與就診'])
    expect(text).toContain(part);
  const [, passed] = /name="passed" value="([^"]+)"/.exec(text)!;
  const [, report] = /name="report" value="([^"]+)"/.exec(text)!;
  expect((await send(url, { passed: passed!, report: report! })).text).toContain('血糖偏高');
  const stranger = await addPatient(app, { name: '別人', birthDate: '1985-03-09' });
  const theirs = await create({ patientId: stranger });
  await publish(theirs);
  expect((await send(url, { passed: passed!, report: theirs })).text).not.toContain('血糖偏高');
});
