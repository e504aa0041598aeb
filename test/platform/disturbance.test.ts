import { defineMail, definePlugin, type Mail } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient, publishSomeNotice } from '../../schema/test/fixture.ts';

type Kind = Pick<Mail<unknown>, 'purpose' | 'stream' | 'disturbs' | 'priority' | 'patience'>;
const mailOf = (name: string, kind: Kind): Mail<object> =>
  defineMail<object>(name, {
    ...kind,
    template: new URL('../fixtures/notes/note.mjml', import.meta.url),
    texts: {
      'zh-Hant': { subject: '信', greeting: '您好', button: '開啟' },
      'zh-Hans': { subject: '信', greeting: '您好', button: '打开' },
      en: { subject: 'A mail', greeting: 'Hello', button: 'Open' },
    },
    sample: { words: 'hello', url: 'https://clinic.test/note' },
    fields: async () => ({ words: 'hello', url: 'https://clinic.test/note' }),
  });
const marketing = { purpose: 'marketing', stream: 'marketing' } as const;
// Two plugins that know nothing of each other: what one has sent counts for the other.
const news = mailOf('news.letter', marketing);
const flash = mailOf('news.flash', { ...marketing, patience: 5 });
const urgent = mailOf('offers.urgent', { ...marketing, priority: 5 });
const checkUp = mailOf('offers.check-up', { purpose: 'reminder', stream: 'transactional', disturbs: true });
const reminder = mailOf('offers.reminder', { purpose: 'reminder', stream: 'transactional' });
const hidden = mailOf('offers.hidden', { purpose: 'marketing', stream: 'transactional' });
const plugins = [
  definePlugin({ name: 'news', version: '1.0.0', mails: [news, flash] }),
  definePlugin({ name: 'offers', version: '1.0.0', mails: [urgent, checkUp, reminder, hidden] }),
];

let app: TestApp;
let patientId: string;
let people = 0;

beforeEach(async () => {
  // Monday, nine in the morning in Taipei; the rules of Taiwan: two mails in seven days, quiet from nine to eight.
  app = await createTestApp({ plugins: [core, ...plugins] });
  await app.as('owner').data('mutation { updateSettings(input: { core: { compliancePack: TW } }) { __typename } }');
  patientId = await willing();
});

const willing = async (): Promise<string> => {
  const id = await addPatient(app, { email: `chen-${++people}@mail.test` });
  const noticeVersionId = await publishSomeNotice(app);
  const input = { patientId: id, purpose: 'MARKETING', channel: 'EMAIL', source: 'DESK', noticeVersionId };
  await app.staff.data('mutation ($input: ConsentInput!) { giveConsent(input: $input) { id } }', { input });
  return id;
};
const plan = (...mails: Mail<object>[]) =>
  app.staff.run(async ({ send }) => {
    for (const mail of mails) await send(mail, { patientId }, {});
  });
const send = async (...mails: Mail<object>[]) => {
  await plan(...mails);
  await app.settle();
  return outcomes();
};
/** The oldest first: `news.letter SENT`, `news.letter QUEUED FREQUENCY_CAP`. */
const outcomes = async (): Promise<string[]> => {
  const query = `query ($filter: DeliveryFilter) { deliveries(last: 20, filter: $filter) { nodes { mail state reason dueAt } } }`;
  const { deliveries } = await app.staff.data(query, { filter: { patientId: [patientId] } });
  return deliveries.nodes
    .toReversed()
    .map(({ mail, state, reason }: Record<string, string>) => [mail, state, reason].filter(Boolean).join(' '));
};
const dueAt = async (): Promise<string> =>
  (await app.staff.data('{ deliveries(first: 1) { nodes { dueAt } } }')).deliveries.nodes[0].dueAt;
const whyNot = async (mail: Mail<object>): Promise<string[]> => {
  const query = 'query ($id: ID!, $mail: String!) { whyNotSent(patientId: $id, mail: $mail) { reason } }';
  const { whyNotSent } = await app.staff.data(query, { id: patientId, mail: mail.name });
  return whyNotSent.map(({ reason }: { reason: string }) => reason);
};
const updatePatient = (input: object) =>
  app.staff.data('mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { timeZone } }', {
    input: { id: patientId, ...input },
  });
const at = (text: string) => new Date(text).toISOString();

describe('a patient gets no more than so many mails that nobody waits for', () => {
  it('of all plugins together: the third waits until the first is a week old', async () => {
    expect(await send(news, checkUp)).toEqual(['news.letter SENT', 'offers.check-up SENT']);
    expect(await whyNot(news)).toEqual(['FREQUENCY_CAP']);
    expect(await send(news)).toContain('news.letter QUEUED FREQUENCY_CAP');
    expect(await dueAt()).toBe(at('2026-06-08T09:00:00+08:00'));
    app.clock.set(at('2026-06-08T08:59:00+08:00'));
    await app.settle();
    expect(await outcomes()).toContain('news.letter QUEUED FREQUENCY_CAP');
    app.clock.set(at('2026-06-08T09:00:00+08:00'));
    await app.settle();
    expect(await outcomes()).toEqual(['news.letter SENT', 'offers.check-up SENT', 'news.letter SENT']);
  });

  it('counts neither what the patient waits for nor what was withheld', async () => {
    const withdraw = 'mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }';
    const input = { patientId, purpose: 'REMINDER', channel: 'EMAIL', source: 'DESK' };
    expect(await send(reminder, reminder, reminder)).toEqual(Array(3).fill('offers.reminder SENT'));
    await app.staff.data(withdraw, { input });
    expect((await send(checkUp)).at(-1)).toBe('offers.check-up WITHHELD CONSENT_WITHDRAWN');
    expect((await send(news, news)).slice(-2)).toEqual(['news.letter SENT', 'news.letter SENT']);
  });

  it('is dropped, with the reason, when it would come later than it may', async () => {
    expect((await send(news, news, flash)).at(-1)).toBe('news.flash WITHHELD FREQUENCY_CAP');
  });

  it('leaves a place to what is more important and waits', async () => {
    await app.staff.run(({ send, now }) =>
      send(urgent, { patientId }, {}, { at: new Date(now.getTime() + 3_600_000) }),
    );
    expect(await send(news, news)).toEqual([
      'offers.urgent QUEUED',
      'news.letter SENT',
      'news.letter QUEUED FREQUENCY_CAP',
    ]);
    app.clock.advance({ hours: 1 });
    await app.settle();
    expect(await outcomes()).toContain('offers.urgent SENT');
  });

  it('sends the more important ones first of those that are due together', async () => {
    expect(await send(news, news, urgent)).toEqual([
      'news.letter SENT',
      'news.letter QUEUED FREQUENCY_CAP',
      'offers.urgent SENT',
    ]);
  });

  it('gives the last place once, however many ask for it', async () => {
    await plan(...Array.from({ length: 60 }, () => news));
    await app.settle();
    expect((await outcomes()).filter(text => text === 'news.letter SENT').length).toBeLessThanOrEqual(2);
    expect(app.mails).toHaveLength(2);
  });

  it('a clinic may ask for less than the rules of its country, and not for more', async () => {
    const set = (mails: number) =>
      app
        .as('owner')
        .data(
          `mutation { updateSettings(input: { core: { compliancePack: TW, mostMarketingMails: ${mails} } }) { __typename } }`,
        );
    await set(1);
    expect((await send(news, news)).at(-1)).toBe('news.letter QUEUED FREQUENCY_CAP');
    patientId = await willing();
    await set(50);
    expect((await send(news, news, news)).filter(text => text === 'news.letter SENT')).toHaveLength(2);
  });

  it('cannot be avoided by calling an advertisement transactional', async () => {
    expect(await send(hidden)).toEqual(['offers.hidden WITHHELD STREAM_NOT_MARKETING']);
  });
});

describe('quiet hours', () => {
  it('put off what nobody waits for until the morning, and nothing else', async () => {
    app.clock.set(at('2026-06-01T21:00:00+08:00'));
    expect(await whyNot(news)).toEqual(['QUIET_HOURS']);
    expect(await send(reminder, news)).toEqual(['offers.reminder SENT', 'news.letter QUEUED QUIET_HOURS']);
    expect(await dueAt()).toBe(at('2026-06-02T08:00:00+08:00'));
    app.clock.set(at('2026-06-02T08:00:00+08:00'));
    await app.settle();
    expect(await outcomes()).toContain('news.letter SENT');
  });

  it('are those where the patient lives, and under that law too', async () => {
    await updatePatient({ timeZone: 'America/New_York', residence: 'US' });
    expect(await send(news)).toEqual(['news.letter QUEUED QUIET_HOURS']);
    expect(await dueAt()).toBe(at('2026-06-01T08:00:00-04:00'));
    patientId = await willing();
    await updatePatient({ residence: 'CN' });
    app.clock.set(at('2026-06-02T08:30:00+08:00'));
    expect(await send(news)).toEqual(['news.letter QUEUED QUIET_HOURS']);
    expect(await dueAt()).toBe(at('2026-06-02T09:00:00+08:00'));
  });

  it('end at the time of day of the calendar, also in the night in which the clock is changed', async () => {
    await updatePatient({ timeZone: 'America/New_York' });
    app.clock.set(at('2026-11-01T00:30:00-04:00'));
    await send(news);
    expect(await dueAt()).toBe(at('2026-11-01T08:00:00-05:00'));
  });

  it('can be made longer by the clinic, and not shorter', async () => {
    const set = (from: string, to: string) =>
      app
        .as('owner')
        .data(
          `mutation { updateSettings(input: { core: { quietFrom: "${from}", quietTo: "${to}" } }) { __typename } }`,
        );
    await set('23:00', '05:00');
    app.clock.set(at('2026-06-01T22:00:00+08:00'));
    expect(await whyNot(news)).toEqual(['QUIET_HOURS']);
    await set('18:00', '10:00');
    app.clock.set(at('2026-06-01T18:30:00+08:00'));
    await send(news);
    expect(await dueAt()).toBe(at('2026-06-02T10:00:00+08:00'));
    await expect(set('02:00', '05:00')).rejects.toThrow('BAD_USER_INPUT');
  });

  it('refuse a time zone that there is none', async () => {
    await expect(updatePatient({ timeZone: 'Asia/Atlantis' })).rejects.toThrow('BAD_USER_INPUT');
  });
});
