import { defineMail, definePlugin, type Mail, type MailTexts, type Plugin } from 'clinic-rapport';
import { Clinic, core, Location, Procedure, recordCondition, Service, Visit } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { compose } from '../../api/compose.ts';
import { checkMails } from '../../api/mail/render.ts';
import { addPatient, furnish } from '../../schema/test/fixture.ts';

interface Words {
  title: string;
  teaser?: string;
  body?: string;
}

const template = new URL('../fixtures/notes/previewed.mjml', import.meta.url);
const withoutPreview = new URL('../fixtures/notes/note.mjml', import.meta.url);

function mailOf(name: string, texts: MailTexts, more: Partial<Mail<Words>> = {}): Mail<Words> {
  return defineMail<Words>(`tips.${name}`, {
    purpose: 'care',
    stream: 'transactional',
    template,
    texts: { 'zh-Hant': texts, 'zh-Hans': texts, en: texts },
    sample: { title: 'x', teaser: 'x', body: 'x' },
    fields: async ({ title, teaser = '', body = 'x' }) => ({ title, teaser, body }),
    ...more,
  });
}
const pluginOf = (...mails: Mail<any>[]): Plugin => definePlugin({ name: 'tips', version: '1.0.0', mails });

const merging = { subject: '{{ title }}', preview: '{{ teaser }}' };
const plain = mailOf('plain', merging);
const bound = mailOf('bound', merging, { confidential: true });
const checkUp = mailOf('check-up', { subject: 'Your check-up: {{ title }}', preview: 'Bring your card' });

let app: TestApp;
let patientId: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, pluginOf(plain, bound, checkUp)] });
  await furnish(app);
  patientId = await addPatient(app, { email: 'ming@mail.test' });
  await app.staff.run(async context => {
    const { em, clinicId, now } = context;
    await recordCondition({ patientId, code: 'L40.0', display: '乾癬 Psoriasis vulgaris' }, context);
    await recordCondition({ patientId, code: 'M35.0', display: 'Sicca syndrome' }, context);
    em.create(Service, { code: 'ENT', name: { en: 'ENT' }, durationMinutes: 10 });
    em.create(Location, { name: { en: 'Cardiology Pavilion' }, address: {} });
    const visit = em.create(Visit, { patient: patientId, status: 'IN_PROGRESS', startedAt: now, currency: 'TWD' });
    em.create(Procedure, { visit, patient: patientId, name: 'Laser of the eyelid' });
    (await em.findOneOrFail(Clinic, clinicId)).name = '晨光心臟科診所';
  });
});

const outcome = async (mail: Mail<Words>, words: Words): Promise<string> => {
  await app.staff.run(({ send }) => send(mail, { patientId }, words));
  await app.settle();
  const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { state reason } } }');
  return deliveries.nodes[0].reason ?? deliveries.nodes[0].state;
};

describe.each([
  ['any mail', plain],
  ['a confidential one', bound],
])('subject and preview of %s', (_, mail) => {
  it.each([
    ['a department', { title: '心臟科 回診' }],
    ['a department in another language, full width', { title: 'ＣＡＲＤＩＯＬＯＧＹ visit' }],
    ['a service', { title: '健康檢查' }],
    ['a short service', { title: 'ENT, on Monday' }],
    ['a condition', { title: 'About your sicca  syndrome' }],
    ['a code', { title: 'About M35.0' }],
    ['a procedure', { title: 'Laser of the eyelid' }],
    ['a department in the preview', { title: 'Hello', teaser: 'From Cardiology' }],
  ])('must not have %s merged', async (__, words) => {
    expect(await outcome(mail, words)).toBe('CONDITION_IN_SUBJECT');
  });

  it.each([
    ['the name of the clinic', { title: '晨光心臟科診所：給您的信' }],
    ['a word in which a short name is', { title: 'Your appointment' }],
    ['all of it in the body', { title: 'Hello', body: 'Cardiology, ENT, Sicca syndrome, M35.0' }],
  ])('may have %s', async (__, words) => expect(await outcome(mail, words)).toBe('SENT'));
});

describe('a confidential mail', () => {
  it('has no common word for a condition in its subject either, nor a place that is named for one', async () => {
    for (const title of ['Your diabetes check', '您的糖尿病回診', 'Come to the Cardiology Pavilion'])
      expect(await outcome(bound, { title })).toBe('CONDITION_IN_SUBJECT');
    for (const title of ['Your diabetes check', 'Come to the Cardiology Pavilion'])
      expect(await outcome(plain, { title })).toBe('SENT');
  });

  it('has a preview that is filled up, so that its first words are not shown beside the subject', async () => {
    await outcome(bound, { title: 'Hello', teaser: 'A letter', body: 'Diabetes' });
    const before = /A letter([\s\S]*?)<\/div>/.exec(app.mails.at(-1)!.html)![1]!;
    expect([...before].length).toBeGreaterThan(140);
    expect(before).not.toMatch(/\p{L}|\p{N}/u);
    await outcome(plain, { title: 'Hello', teaser: 'A letter' });
    expect(app.mails.at(-1)!.html).toMatch(/A letter\s*<\/div>/);
  });

  it.each([
    ['subject', { subject: '您的糖尿病回診', preview: 'x' }, '糖尿病'],
    ['subject', { subject: 'Your Diabetes check', preview: 'x' }, 'diabetes'],
    ['preview', { subject: 'x', preview: '{{ title }}：肿瘤科' }, '肿瘤'],
  ])('whose %s would name one is refused at load', (place, texts, word) => {
    const refused = `The mail 'tips.wrong' of 'tips' is refused by 'core': it names '${word}' in its ${place} in 'zh-Hant', where others read it: say it in the body.`;
    expect(() => compose('1.0.0', [core, pluginOf(mailOf('wrong', texts, { confidential: true }))])).toThrow(refused);
    expect(() => compose('1.0.0', [core, pluginOf(mailOf('wrong', texts))])).not.toThrow();
  });

  it('is each that is for marketing by health data, or it is refused at load', () => {
    const purpose = 'health-data-marketing';
    const refused = "it is for 'health-data-marketing' and not `confidential`: say that it is.";
    expect(() => compose('1.0.0', [core, pluginOf(mailOf('wrong', merging, { purpose }))])).toThrow(refused);
    const right = mailOf('right', merging, { purpose, confidential: true });
    expect(() => compose('1.0.0', [core, pluginOf(right)])).not.toThrow();
  });

  it('without a preview is refused at load', async () => {
    const greeting = { subject: 'x', greeting: 'x', button: 'x' };
    const sample = { words: 'x', url: 'x' };
    const wrong = mailOf('wrong', greeting, { confidential: true, template: withoutPreview, sample });
    await expect(checkMails([pluginOf(wrong)])).rejects.toThrow(
      /'tips.wrong' of 'tips' does not compile.*no `mj-preview`/,
    );
  });
});

test('a reminder may say what it always says, though a service has that name', async () => {
  expect(await outcome(checkUp, { title: 'on Monday' })).toBe('SENT');
  expect(await outcome(checkUp, { title: '健康檢查' })).toBe('CONDITION_IN_SUBJECT');
});
