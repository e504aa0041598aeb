import { once } from 'node:events';
import { connect } from 'node:net';
import nodemailer from 'nodemailer';
import { parse, validate } from 'graphql';
import { v7 as newId } from 'uuid';
import { core } from 'clinic-rapport/schema';
import { createApp, type App } from '../../api/app.ts';
import { createClinic } from '../../api/database/clinic.ts';
import { examples } from '../../api/http/graphiql-examples.ts';
import { createMailbox, type Mailbox } from '../../api/mail/mailbox.ts';
import { systemActor } from '../../api/platform.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';
import { createNotes } from '../fixtures/notes/index.ts';

const notes = createNotes();
const plugins = [core, notes.plugin];
let database: ClonedDatabase;
let mailbox: Mailbox;
let app: App;
let url: string;
let clinicId: string;

const openApp = (development: boolean): Promise<App> =>
  createApp({
    plugins,
    database: { url: database.url },
    mail: { smtpUrl: mailbox.smtpUrl },
    publicUrl: 'http://localhost:4000',
    secret: 'a secret of the tests, long enough to be one',
    logLevel: 'silent',
    ...(development && { development: { tokens: { owner: '</script><b>' }, mailbox } }),
  });

beforeAll(async () => {
  database = await cloneDatabase(plugins);
  mailbox = await createMailbox();
  app = await openApp(true);
  const sender = { name: '測試診所', address: 'hello@clinic.test' };
  const clinic = {
    slug: 'test',
    name: 'Test',
    timeZone: 'Asia/Taipei',
    locale: 'zh-Hant',
    currency: 'TWD',
    sender,
  } as const;
  clinicId = await createClinic(database.url, clinic, app.plugins);
  ({ url } = await app.listen({ port: 0, host: '127.0.0.1' }));
});

afterAll(async () => {
  await app.stop();
  await mailbox.stop();
  await database.drop();
});

const open = (path: string, accept = 'text/html'): Promise<Response> =>
  fetch(new URL(path, url), { headers: { accept } });

async function send(words: string): Promise<void> {
  const context = await app.platform.contextFor({ clinicId, actor: systemActor('system', 'test') });
  await context.transaction(() => context.send(notes.note, { relatedPersonId: newId() }, { words }));
  await app.settle();
}

describe('the mailbox', () => {
  it('has what went through SMTP, with its links and headers', async () => {
    await send('<b>你好</b>');
    const [mail] = (await (await open('/dev/mailbox.json')).json()) as [Record<string, unknown>];
    expect(mail).toMatchObject({
      number: 1,
      from: 'hello@clinic.test',
      subject: 'A note: <b>你好</b>',
      text: expect.stringContaining('<b>你好</b>'),
      html: expect.stringContaining('&lt;b&gt;你好&lt;/b&gt;'),
      links: ['https://clinic.test/note'],
      headers: expect.arrayContaining(['Auto-Submitted: auto-generated', expect.stringMatching(/^Message-ID: </)]),
    });
  });

  it('shows it in a list and by itself, as text of others', async () => {
    const list = await (await open('/dev/mailbox')).text();
    expect(list).toContain('<a href="/dev/mailbox/1">A note: &lt;b&gt;你好&lt;/b&gt;</a>');
    const mail = await (await open('/dev/mailbox/1')).text();
    expect(mail).toContain('sandbox="allow-popups" src="/dev/mailbox/1.html"');
    expect(mail).not.toContain('<b>你好');
  });

  it('lets no script of a mail run', async () => {
    const frame = await open('/dev/mailbox/1.html');
    expect(frame.headers.get('content-security-policy')).toMatch(/^sandbox allow-popups; default-src 'none'/);
  });

  it('takes what any mailer sends, and keeps the latest first', async () => {
    const mailer = nodemailer.createTransport(mailbox.smtpUrl);
    await mailer.sendMail({ from: 'a@x.test', to: ['b@x.test', 'c@x.test'], subject: 'From elsewhere', text: 'x' });
    mailer.close();
    const [mail] = (await (await open('/dev/mailbox.json')).json()) as [Record<string, unknown>];
    expect(mail).toMatchObject({ number: 2, to: ['b@x.test', 'c@x.test'], subject: 'From elsewhere', html: '' });
  });

  it.each(['/dev/mailbox/99', '/dev/mailbox/x', '/dev/mailboxes', '/dev'])('is not at %s', async path => {
    expect((await open(path)).status).toBe(404);
  });
});

describe('GraphiQL', () => {
  it('is shown to a browser, and is not in the way of a program', async () => {
    expect(await (await open('/graphql')).text()).toContain('<div id="graphiql">');
    const answer = await fetch(new URL('/graphql?query={__typename}', url), {
      headers: { accept: 'text/html, application/json', 'apollo-require-preflight': 'x' },
    });
    expect(await answer.json()).toMatchObject({ data: { __typename: 'Query' } });
  });

  it('loads everything that it names from here', async () => {
    const page = await (await open('/graphql')).text();
    const sources = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      const response = await open(source);
      expect([source, response.status]).toEqual([source, 200]);
      for (const [, other] of (await response.text()).matchAll(
        /^(?:import|export)\b[^'"\n]*from ?["'](\.[^'"]+)["']/gm,
      )) {
        expect((await open(new URL(other!, new URL(source, url)).pathname)).status).toBe(200);
      }
    }
  });

  it('lets no token end its script', async () => {
    expect(await (await open('/graphql')).text()).not.toContain('</script><b>');
  });

  it('gives out no other file', async () => {
    for (const name of [
      '../graphiql/package.json',
      '..%2f..%2fpackage.json',
      'common-x/../../package.json',
      'constructor',
      '',
    ]) {
      expect((await open(`/dev/graphiql/${name}`)).status).toBe(404);
    }
  });

  it.each(examples)('has examples that the schema knows (%#)', ({ query, variables = '{}' }) => {
    expect(validate(app.schema, parse(query))).toEqual([]);
    expect(JSON.parse(variables)).toEqual(expect.any(Object));
  });
});

it('there is neither in production', async () => {
  const production = await openApp(false);
  const { url: origin } = await production.listen({ port: 0, host: '127.0.0.1' });
  for (const path of ['/', '/dev/mailbox', '/dev/mailbox.json', '/dev/graphiql/graphiql.js']) {
    expect((await fetch(origin + path)).status).toBe(404);
  }
  const page = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
  expect(await page.text()).not.toContain('<html');
  await production.stop();
});

it('the mailbox outlives a client that dies in the middle of its mail', async () => {
  const { port } = new URL(mailbox.smtpUrl);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'data');
  socket.write('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nSubject: half');
  await once(socket, 'data');
  socket.resetAndDestroy();
  await once(socket, 'close');
  await send('after');
  const [mail] = (await (await open('/dev/mailbox.json')).json()) as [Record<string, unknown>];
  expect(mail).toMatchObject({ subject: 'A note: after' });
});
