import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineMail } from '../define.ts';
import type { Fields, Mail, MailTexts } from '../plugin.ts';
import { checkMails, render } from './render.ts';

let directory: string;
beforeAll(async () => (directory = await mkdtemp(path.join(tmpdir(), 'render-'))));
afterAll(() => rm(directory, { recursive: true }));

let count = 0;

interface Given {
  body: string;
  texts?: Record<string, string>;
  subject?: string;
  sample?: Fields;
}

/** A mail with this body in its only column. */
async function mailOf({ body, texts = {}, subject = 'A subject', sample = {} }: Given): Promise<Mail<unknown>> {
  const file = path.join(directory, `${++count}.mjml`);
  await writeFile(
    file,
    `<mjml><mj-head><mj-preview>[[ subject ]]</mj-preview></mj-head><mj-body><mj-section><mj-column>${body}</mj-column></mj-section></mj-body></mjml>`,
  );
  const words: MailTexts = { subject, ...texts };
  return defineMail('notes.note', {
    purpose: 'care',
    stream: 'transactional',
    template: pathToFileURL(file),
    texts: { 'zh-Hant': words, 'zh-Hans': words, en: words },
    fields: async () => ({}),
    sample,
  });
}

const evil = `<script>alert(1)</script> "quoted" {{ secret }} {% if %} '&amp;`;

it('sets texts and fields in, the fields escaped in HTML and as they are in the text part and the subject', async () => {
  const mail = await mailOf({
    body: '<mj-text>[[ hello ]]</mj-text>',
    texts: { hello: 'Dear {{ name }},' },
    subject: 'For {{ name }}',
  });
  const { subject, html, text } = await render(mail, 'en', { name: evil });
  expect(html).toContain(
    'Dear &lt;script&gt;alert(1)&lt;/script&gt; &#34;quoted&#34; {{ secret }} {% if %} &#39;&amp;amp;,',
  );
  expect(html).not.toContain('<script');
  expect(text).toBe(`Dear ${evil},\n`);
  expect(subject).toBe(`For ${evil}`);
});

it('lets no field out of an attribute', async () => {
  const mail = await mailOf({ body: '<mj-button href="{{ url }}">Go</mj-button>' });
  const { html } = await render(mail, 'en', { url: 'https://x.test/" onclick="evil()' });
  expect(html).not.toContain('" onclick');
});

it('takes markup in a text of a language for what it says', async () => {
  const mail = await mailOf({
    body: '<mj-text>[[ hours ]]</mj-text><mj-button href="https://x.test/?a=1&amp;b=2" title="[[ hours ]]">[[ hours ]]</mj-button>',
    texts: { hours: 'Q&A <today> at "noon" {% if x > 1 %}& more{% endif %}' },
  });
  const { html, text } = await render(mail, 'en', { x: 2 });
  expect(html).toContain('Q&amp;A &lt;today&gt; at &quot;noon&quot; &amp; more');
  expect(text).toBe('Q&A <today> at "noon" & more\n\nQ&A <today> at "noon" & more:\nhttps://x.test/?a=1&b=2\n');
});

it('has a text part with every link, without what is not shown', async () => {
  const mail = await mailOf({
    body: `<mj-text>One<br/>two <a class="x" href="{{ url }}">more</a></mj-text>
      <mj-table><tr><td>Date</td><td>{{ date }}</td></tr>{% if room %}<tr><td>Room</td><td>{{ room }}</td></tr>{% endif %}</mj-table>
      <mj-raw>{% if url2 %}</mj-raw><mj-button href="{{ url2 }}">Confirm</mj-button><mj-raw>{% endif %}</mj-raw>
      <mj-text>The end.</mj-text>`,
  });
  const fields = { url: 'https://x.test/1', date: '1 June' };
  expect((await render(mail, 'en', fields)).text).toBe('One\ntwo more: https://x.test/1\n\nDate: 1 June\n\nThe end.\n');
  const { text } = await render(mail, 'en', { ...fields, room: '203', url2: 'https://x.test/2' });
  expect(text).toContain('Date: 1 June\nRoom: 203\n');
  expect(text).toContain('Confirm:\nhttps://x.test/2\n');
});

it('keeps the subject on one line', async () => {
  const mail = await mailOf({ body: '<mj-text>x</mj-text>', subject: 'Hi {{ name }}' });
  expect((await render(mail, 'en', { name: 'a\r\nBcc: evil@x.test' })).subject).toBe('Hi a Bcc: evil@x.test');
});

it('fetches nothing from others when it is opened', async () => {
  const mail = await mailOf({ body: '<mj-text font-family="Roboto, Ubuntu">x</mj-text>' });
  const { html } = await render(mail, 'en', {});
  expect(html).not.toMatch(/<link|@import|googleapis/);
});

it('names the language of the page', async () => {
  const mail = await mailOf({ body: '<mj-text>x</mj-text>' });
  expect((await render(mail, 'zh-Hant', {})).html).toContain('lang="zh-Hant"');
});

it('sees nothing of an object but what is its own', async () => {
  const mail = await mailOf({ body: '<mj-text>{{ name.constructor.name }}</mj-text>' });
  await expect(render(mail, 'en', { name: 'x' })).rejects.toThrow('undefined variable');
});

it('ends a template that would never end', async () => {
  const mail = await mailOf({ body: '<mj-text>{% for i in (1..100000000) %}x{% endfor %}</mj-text>' });
  await expect(render(mail, 'en', {})).rejects.toThrow(/limit/);
});

it('reads no file that a template includes', async () => {
  const secret = path.join(directory, 'secret.txt');
  await writeFile(secret, 'TOP SECRET');
  const mail = await mailOf({ body: `<mj-include path="${secret}" /><mj-text>x</mj-text>` });
  const { html } = await render(mail, 'en', {}).catch(() => ({ html: '' }));
  expect(html).not.toContain('TOP SECRET');
});

it('finds what an earlier start has compiled, makes anew what has changed since, and does without a directory', async () => {
  const keepIn = path.join(directory, 'kept');
  const load = async (body: string, place = keepIn): Promise<string> => {
    const mail = await mailOf({ body });
    await checkMails([{ name: 'notes', version: '1.0.0', mails: [mail] }], place);
    return (await render(mail, 'en', {})).html;
  };
  expect(await load('<mj-text>first</mj-text>')).toContain('first');
  const [file] = await readdir(keepIn);
  for (const name of await readdir(keepIn)) {
    const page = await readFile(path.join(keepIn, name), 'utf8');
    await writeFile(path.join(keepIn, name), page.replace('first', 'kept'));
  }
  expect(await load('<mj-text>first</mj-text>')).toContain('kept');
  expect(await load('<mj-text>second</mj-text>')).toContain('second');
  expect(await load('<mj-text>third</mj-text>', path.join(keepIn, file!))).toContain('third');
});

describe('refuses at load, naming the mail, the plugin and the language', () => {
  it.each([
    ['a tag that MJML does not know', { body: '<mj-txt>x</mj-txt>' }],
    ['a text that no language has', { body: '<mj-text>[[ missing ]]</mj-text>' }],
    ['a field that the sample lacks', { body: '<mj-text>{{ missing }}</mj-text>' }],
    ['a tag that does not end', { body: '<mj-text>{% if x %}</mj-text>' }],
    ['a filter that does not exist', { body: '<mj-text>{{ "x" | shout }}</mj-text>' }],
  ])('%s', async (_what, given) => {
    const plugin = { name: 'notes', version: '1.0.0', mails: [await mailOf(given)] };
    await expect(checkMails([plugin])).rejects.toThrow(
      /^The mail 'notes\.note' of 'notes' does not compile in 'zh-Hant': /,
    );
  });

  it('and nothing else', async () => {
    const mail = await mailOf({ body: '<mj-text>{{ name }}</mj-text>', sample: { name: 'Ming' } });
    await expect(checkMails([{ name: 'notes', version: '1.0.0', mails: [mail] }])).resolves.toBeUndefined();
  });
});
