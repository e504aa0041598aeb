import { defineMail, definePlugin } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient, publishSomeNotice } from '../../schema/test/fixture.ts';

const offer = defineMail<{ campaign: number }>('shop.offer', {
  purpose: 'marketing',
  stream: 'marketing',
  template: new URL('../fixtures/notes/note.mjml', import.meta.url),
  texts: {
    'zh-Hant': { subject: '信', greeting: '您好', button: '開啟' },
    'zh-Hans': { subject: '信', greeting: '您好', button: '打开' },
    en: { subject: 'A mail', greeting: 'Hello', button: 'Open' },
  },
  sample: { words: 'hello', url: 'https://clinic.test/note' },
  fields: async () => ({ words: 'hello', url: 'https://clinic.test/note' }),
});
const shop = definePlugin({ name: 'shop', version: '1.0.0', mails: [offer] });

let app: TestApp;
let email: string;
let family: string[];
let households = 0;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, shop] });
});
beforeEach(async () => {
  app.clock.set('2026-06-01T12:00:00+08:00');
  email = `family-${++households}@mail.test`;
  family = [];
  for (const name of ['爸爸', '媽媽', '奶奶']) family.push(await addPatient(app, { name, email }));
  for (const patientId of family) await choose('giveConsent', patientId);
});

async function choose(name: 'giveConsent' | 'withdrawConsent', patientId: string): Promise<void> {
  const noticeVersionId = name === 'giveConsent' ? await publishSomeNotice(app) : undefined;
  await app.staff.data(`mutation ($input: ConsentInput!) { ${name}(input: $input) { id } }`, {
    input: { patientId, purpose: 'MARKETING', channel: 'EMAIL', source: 'DESK', noticeVersionId },
  });
}
async function outcomes(campaign: number, patients = family): Promise<string[]> {
  await app.staff.run(async ({ send }) => {
    for (const patientId of patients) await send(offer, { patientId }, { campaign });
  });
  await app.settle();
  const { deliveries } = await app.staff.data(
    'query ($ids: [ID!]) { deliveries(first: 50, filter: { patientId: $ids }) { nodes { state reason createdAt } } }',
    { ids: patients },
  );
  return deliveries.nodes
    .slice(0, patients.length)
    .map((one: any) => one.reason ?? one.state)
    .sort();
}
const got = (): number => app.mails.filter(({ to }) => to === email).length;

it('gets an offer once, however many of it are written to together', async () => {
  expect(await outcomes(1)).toEqual(['HOUSEHOLD_SERVED', 'HOUSEHOLD_SERVED', 'SENT']);
  expect(got()).toBe(1);
});

it('gets it once also where its members are written to one after the other', async () => {
  const each = [];
  for (const patientId of family) each.push(...(await outcomes(2, [patientId])));
  expect(each).toEqual(['SENT', 'HOUSEHOLD_SERVED', 'HOUSEHOLD_SERVED']);
});

it('gets it once, however large it is, and however many workers send', async () => {
  const large = await Promise.all(
    Array.from({ length: 60 }, (_, at) =>
      addPatient(app, { name: `親戚${at}`, email: `large-${households}@mail.test` }),
    ),
  );
  for (const patientId of large) await choose('giveConsent', patientId);
  await app.staff.run(async ({ send }) => {
    for (const patientId of large) await send(offer, { patientId }, { campaign: 11 });
  });
  await Promise.all([app.settle(), app.settle(), app.settle()]);
  expect(app.mails.filter(({ to }) => to === `large-${households}@mail.test`)).toHaveLength(1);
});

it('gets another offer, and the same one on another day', async () => {
  await outcomes(3);
  await outcomes(4);
  expect(got()).toBe(2);
  app.clock.advance({ days: 8 });
  await outcomes(4);
  expect(got()).toBe(3);
});

it('gets it for those who agreed, whoever did not', async () => {
  await choose('withdrawConsent', family[0]!);
  expect(await outcomes(5)).toEqual(['CONSENT_WITHDRAWN', 'HOUSEHOLD_SERVED', 'SENT']);
  await choose('withdrawConsent', family[1]!);
  await choose('withdrawConsent', family[2]!);
  expect(await outcomes(6)).toEqual(['CONSENT_WITHDRAWN', 'CONSENT_WITHDRAWN', 'CONSENT_WITHDRAWN']);
});

it('one who leaves by the link leaves alone', async () => {
  await outcomes(7);
  const link = app.mails.findLast(({ to }) => to === email)!.links.find(url => url.includes('mail-preferences'))!;
  const form = new URLSearchParams({ stop: 'MARKETING' });
  expect((await app.fetch(link, { method: 'POST', body: form })).status).toBe(200);
  app.clock.advance({ days: 8 });
  expect(await outcomes(8)).toEqual(['CONSENT_WITHDRAWN', 'HOUSEHOLD_SERVED', 'SENT']);
});

it('one person who is written to twice is no household', async () => {
  expect(await outcomes(10, [family[0]!, family[0]!])).not.toContain('HOUSEHOLD_SERVED');
});

it('people with mailboxes of their own each get one', async () => {
  const other = await addPatient(app, { name: '叔叔', email: `uncle-${households}@mail.test` });
  await choose('giveConsent', other);
  expect(await outcomes(9, [family[0]!, other])).toEqual(['SENT', 'SENT']);
});
