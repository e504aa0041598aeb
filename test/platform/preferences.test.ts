import { randomBytes } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { core, Location } from 'clinic-rapport/schema';
import { createTestApp, type ReceivedMail, type TestApp } from 'clinic-rapport/testing';
import { addPatient, publishSomeNotice } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';

const topics = createTopics();
type Topic = keyof typeof topics.mails;
let app: TestApp;
let patientId: string;
let email: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, topics.plugin] });
  await app.as('owner').data('mutation { updateSettings(input: { core: { notice: "sample" } }) { __typename } }');
  await publishSomeNotice(app);
  await app.staff.run(async ({ em }) => {
    const address = { 'zh-Hant': '台北市大安區信義路四段 1 號', en: '1 Xinyi Road Sec. 4, Taipei' };
    em.create(Location, { name: { en: 'Main' }, address });
  });
});
beforeEach(async () => {
  email = `ming-${++people}@mail.test`;
  patientId = await addPatient(app, { email });
});

const mine = (): ReceivedMail[] => app.mails.filter(({ to }) => to === email);

/** Sends a mail of this purpose; answers it, or undefined where it was withheld. */
async function mailed(topic: Topic): Promise<ReceivedMail | undefined> {
  const before = mine().length;
  await app.staff.run(({ send }) => send(topics.mails[topic], { patientId }, {}));
  await app.settle();
  return mine()[before];
}

const pageOf = (mail: ReceivedMail): string => mail.links.find(link => link.includes('/mail-preferences/'))!;
const post = (
  url: string,
  body: URLSearchParams | FormData = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
) => app.fetch(url, { method: 'POST', body });
const lastReason = async (): Promise<string> => {
  const query = 'query ($id: ID!) { deliveries(first: 1, filter: { patientId: [$id] }) { nodes { reason state } } }';
  const { deliveries } = await app.staff.data(query, { id: patientId });
  return deliveries.nodes[0].reason;
};
const decisions = async (): Promise<object[]> => {
  const query = `query ($id: ID!) { patient(id: $id) { consents { nodes { purpose decision source actorKind actorId recordedBy noticeVersion { id } } } } }`;
  return (await app.staff.data(query, { id: patientId })).patient.consents.nodes;
};
const give = async (purpose: string) =>
  app.staff.data('mutation ($input: ConsentInput!) { giveConsent(input: $input) { id } }', {
    input: { patientId, purpose, channel: 'EMAIL', source: 'DESK', noticeVersionId: await publishSomeNotice(app) },
  });

describe('the headers of a mail', () => {
  it('offer one click where it rests on a consent, and not in mails of care', async () => {
    const reminder = (await mailed('reminder'))!;
    expect(reminder.headers.get('list')).toEqual({
      unsubscribe: { url: pageOf(reminder) },
      'unsubscribe-post': { name: 'List-Unsubscribe=One-Click' },
    });
    expect(new URL(pageOf(reminder)).protocol).toBe('https:');
    const care = (await mailed('care'))!;
    expect(care.headers.get('list')).toBeUndefined();
    expect(pageOf(care)).toBeDefined();
  });

  it('lead to the same page as the foot of the mail, in HTML and in plain text', async () => {
    const reminder = (await mailed('reminder'))!;
    expect(reminder.text).toContain(pageOf(reminder));
    expect(reminder.html).toContain('選擇您想收到的信件');
  });
});

describe('the foot of a mail', () => {
  it('says who advertises, with a postal address, and not under a mail that does not', async () => {
    await give('MARKETING');
    const imprint = 'Clinic test · 台北市大安區信義路四段 1 號 · +886212345678';
    const advertising = (await mailed('marketing'))!;
    expect([advertising.text, advertising.html]).toEqual([
      expect.stringContaining(imprint),
      expect.stringContaining(imprint),
    ]);
    expect((await mailed('reminder'))!.text).not.toContain('信義路');
  });
});

describe('what is agreed to elsewhere', () => {
  it('is on the page as long as it is agreed to, can be withdrawn there, and not be begun', async () => {
    const url = pageOf((await mailed('reminder'))!);
    const page = async () => (await app.fetch(url)).text();
    expect(await page()).not.toContain('REFERRAL_DISCLOSURE');
    expect((await post(url, new URLSearchParams({ start: 'REFERRAL_DISCLOSURE' }))).status).toBe(400);
    for (const purpose of ['REFERRAL_DISCLOSURE', 'TESTIMONIAL', 'PARTNER_SHARING']) {
      await give(purpose);
      expect(await page()).toContain(`name="stop" value="${purpose}"`);
      expect((await post(url, new URLSearchParams({ stop: purpose }))).status).toBe(200);
      expect(await page()).not.toContain(purpose);
    }
    expect(await decisions()).toHaveLength(6);
  });
});

describe('a minor', () => {
  it('is offered nothing that a guardian would have to agree to', async () => {
    await app.staff.run(({ em }) =>
      em.execute(`update patient set birth_date = '2015-05-05' where id = ?`, [patientId]),
    );
    const page = await (await app.fetch(pageOf((await mailed('reminder'))!))).text();
    expect(page).toContain('name="stop" value="REMINDER"');
    expect(page).not.toContain('name="start"');
  });
});

describe('one click', () => {
  it('withdraws the purpose at once, queued mail included, and nothing else', async () => {
    const url = pageOf((await mailed('reminder'))!);
    await app.staff.run(({ send }) => send(topics.mails.reminder, { patientId }, {}));
    const response = await post(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toBeNull();
    await app.settle();
    expect(mine()).toHaveLength(1);
    expect(await lastReason()).toBe('CONSENT_WITHDRAWN');
    expect(await mailed('care')).toBeDefined();
    expect(await decisions()).toEqual([
      expect.objectContaining({
        purpose: 'REMINDER',
        decision: 'WITHDRAWN',
        source: 'MAIL_LINK',
        actorKind: 'link',
        actorId: 'mail.preferences',
      }),
    ]);
  });

  it('is recorded once, however often and in how many requests at a time it comes', async () => {
    const url = pageOf((await mailed('reminder'))!);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(url)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await decisions()).toHaveLength(1);
  });

  it('is taken as multipart/form-data too', async () => {
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    await post(pageOf((await mailed('reminder'))!), form);
    expect(await decisions()).toHaveLength(1);
  });

  it('works by the link of a mail of years ago', async () => {
    const url = pageOf((await mailed('reminder'))!);
    app.clock.advance({ days: 3_650 });
    expect((await post(url)).status).toBe(200);
    expect(await decisions()).toHaveLength(1);
  });

  it('does nothing on GET or HEAD, however often a scanner comes by', async () => {
    const url = pageOf((await mailed('reminder'))!);
    for (let opened = 0; opened < 20; opened++) {
      expect((await app.fetch(url)).status).toBe(200);
      expect((await app.fetch(url, { method: 'HEAD' })).status).toBe(200);
    }
    expect(await decisions()).toEqual([]);
  });
});

describe('the page of preferences', () => {
  it('shows what the patient gets, in the language of the patient, and needs no script', async () => {
    const text = await (await app.fetch(pageOf((await mailed('reminder'))!))).text();
    for (const part of ['lang="zh-Hant"', '預約提醒', '診所消息', 'm…@mail.test', '停止', '我要收到'])
      expect(text).toContain(part);
    expect(text).not.toContain('<script');
    expect(text).not.toContain(email);
  });

  it('stops one purpose with a reason, and takes it up again', async () => {
    await give('MARKETING');
    const url = pageOf((await mailed('marketing'))!);
    const stopped = await post(url, new URLSearchParams({ stop: 'MARKETING', reason: 'TOO_MANY' }));
    expect(await stopped.text()).toContain('已停止');
    expect(await mailed('marketing')).toBeUndefined();
    const left =
      '{ unsubscribes(first: 1, filter: { reason: [TOO_MANY] }) { totalCount nodes { purpose way reason patient { id } } } }';
    expect((await app.staff.data(left)).unsubscribes).toEqual({
      totalCount: 1,
      nodes: [{ purpose: 'MARKETING', way: 'PAGE', reason: 'TOO_MANY', patient: { id: patientId } }],
    });
    // To agree again, the notice in force is shown first.
    const noticeVersionId = await publishSomeNotice(app);
    const asked = await (await post(url, new URLSearchParams({ start: 'MARKETING' }))).text();
    for (const part of ['診所消息', '蒐集者', '說明', noticeVersionId, '我已閱讀並同意']) expect(asked).toContain(part);
    expect(await decisions()).toHaveLength(2);
    const old = newId();
    expect(await (await post(url, new URLSearchParams({ start: 'MARKETING', notice: old }))).text()).toContain(
      asked.match(/<dl[^]*<\/dl>/)![0],
    );
    expect(await decisions()).toHaveLength(2);
    await post(url, new URLSearchParams({ start: 'MARKETING', notice: noticeVersionId }));
    expect((await decisions())[0]).toMatchObject({
      decision: 'GIVEN',
      source: 'MAIL_LINK',
      recordedBy: 'PATIENT',
      noticeVersion: { id: noticeVersionId },
    });
    // There was one this week already.
    app.clock.advance({ days: 8 });
    expect(await mailed('marketing')).toBeDefined();
  });

  it('stops all mails to the address, which then comes up as suppressed, and lets them go again', async () => {
    const url = pageOf((await mailed('care'))!);
    await post(url, new URLSearchParams({ all: 'stop' }));
    expect(await mailed('care')).toBeUndefined();
    expect(await lastReason()).toBe('SUPPRESSED_UNSUBSCRIBED');
    expect(await (await app.fetch(url)).text()).toContain('不會再寄信到這個地址');
    await post(url, new URLSearchParams({ all: 'start' }));
    expect(await mailed('care')).toBeDefined();
  });

  it('says what is wrong with a form that asks for nothing, and changes nothing', async () => {
    const url = pageOf((await mailed('reminder'))!);
    for (const fields of [{}, { stop: 'EVERYTHING' }, { 'List-Unsubscribe': 'No' }] as Record<string, string>[])
      expect((await post(url, new URLSearchParams(fields))).status).toBe(400);
    const broken = await app.fetch(url, {
      method: 'POST',
      body: 'no parts',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(broken.status).toBe(400);
    expect(await decisions()).toEqual([]);
  });

  it('answers a mangled link kindly, with a code and the number of the request', async () => {
    const url = pageOf((await mailed('reminder'))!);
    const mangled = [
      url.slice(0, -1),
      `${url}x`,
      url.replace('v1.', 'v2.'),
      url.replace(/[^/]+$/, randomBytes(40).toString('hex')),
    ];
    for (const link of mangled) {
      for (const method of ['GET', 'POST']) {
        const response = await app.fetch(link, { method, headers: { 'accept-language': 'en' } });
        expect(response.status).toBe(404);
        const text = await response.text();
        expect(text).toContain('This link is not valid');
        expect(text).toContain(`NOT_FOUND · ${response.headers.get('x-request-id')}`);
      }
    }
    expect(await decisions()).toEqual([]);
  });
});
