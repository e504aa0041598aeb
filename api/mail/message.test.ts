import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { composeMessage, type MessageParts } from './message.ts';
import { quoted } from './quoted.ts';

const parts: MessageParts = {
  messageId: '<0192f1c2-0000-7000-8000-000000000001@clinic.test>',
  date: new Date('2026-06-01T01:00:00Z'),
  from: { name: '大安診所', address: 'hello@clinic.test' },
  to: { name: '王小明', address: 'ming@mail.test' },
  subject: '預約提醒',
  locale: 'zh-Hant',
  text: '您好\n',
  quotedHtml: quoted('<p>您好</p>'),
};

const headersOf = (raw: string): string[] => raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n /g, ' ').split('\r\n');
const names = headersOf(composeMessage(parts)).map(line => line.split(':')[0]);

it('has what servers and readers expect of a machine’s letter', () => {
  expect(headersOf(composeMessage(parts))).toEqual([
    expect.stringMatching(/^From: =\?UTF-8\?B\?\S+\?= <hello@clinic\.test>$/),
    expect.stringMatching(/^To: =\?UTF-8\?B\?\S+\?= <ming@mail\.test>$/),
    expect.stringMatching(/^Subject: =\?UTF-8\?B\?\S+\?=$/),
    'Message-ID: <0192f1c2-0000-7000-8000-000000000001@clinic.test>',
    'Date: Mon, 01 Jun 2026 01:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Language: zh-Hant',
    'Auto-Submitted: auto-generated',
    expect.stringMatching(/^Content-Type: multipart\/alternative; boundary="=_\w+"$/),
  ]);
});

it('is readable as it is where it is plain ASCII', () => {
  const raw = composeMessage({ ...parts, text: 'Dear Ming,\nsee you.', quotedHtml: quoted('<p>See you.</p>') });
  expect(raw).toContain('Content-Transfer-Encoding: 7bit\r\n\r\nDear Ming,\r\nsee you.\r\n');
  expect(raw).not.toContain('base64\r\n');
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom(
      '\r',
      '\n',
      ':',
      ' ',
      'B',
      '\0',
      '"',
      '<',
      '>',
      ',',
      '=',
      '?',
      '𠮷',
      '王',
      '\u2028',
      '\\',
      '@',
      '.',
    ),
  }),
);
const spaced = (text: string): string => text.replace(/[\p{Cc}\p{Zs}\u2028\u2029]+/gu, ' ').trim();

it('comes out as it went in, whatever people are called and write', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, anyText, anyText, async (name, subject, text, html) => {
      const raw = composeMessage({
        ...parts,
        to: { name, address: 'ming@mail.test' },
        subject,
        text,
        quotedHtml: quoted(`<p>${html}`),
      });
      expect(headersOf(raw).map(line => line.split(':')[0])).toEqual(names);
      expect(raw).toMatch(/^[\t\r\n\x20-\x7e]*$/);
      expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(Math.max(...raw.split('\r\n').map(line => line.length))).toBeLessThanOrEqual(998);
      const mail = await simpleParser(raw, { skipTextToHtml: true });
      expect(mail.to).toMatchObject({ value: [{ address: 'ming@mail.test' }] });
      expect((mail.html || '').trimEnd()).toBe(`<p>${html}`.toWellFormed().replaceAll('\r\n', '\n').trimEnd());
      expect(spaced(mail.subject ?? '')).toBe(spaced(subject));
      expect((mail.text ?? '').replace(/\r\n|\r/g, '\n').trimEnd()).toBe(text.replace(/\r\n|\r/g, '\n').trimEnd());
    }),
    { numRuns: 300 },
  );
});

it.each(['a'.repeat(5_000), '王'.repeat(5_000), `${'x '.repeat(700)}\n`])('carries lines of any length', async text => {
  const raw = composeMessage({ ...parts, text, quotedHtml: quoted(`<p>${text}</p>`) });
  expect(Math.max(...raw.split('\r\n').map(line => line.length))).toBeLessThanOrEqual(998);
  const mail = await simpleParser(raw);
  expect(mail.text!.trim()).toBe(text.trim());
});

it('has a boundary of at most 70 characters, also for a sender with a long domain', () => {
  const raw = composeMessage({
    ...parts,
    messageId: `<0192f1c2-0000-7000-8000-000000000001@${'long.'.repeat(40)}test>`,
  });
  expect(/boundary="([^"]+)"/.exec(raw)![1]!.length).toBeLessThanOrEqual(70);
});

it.each([
  ['an encoded word', '=?UTF-8?B?ZXZpbA==?='],
  ['a header of its own', 'Hello\r\nBcc: evil@x.test'],
  ['a second recipient', 'Ming" <evil@x.test>, "x'],
])('takes %s in a name or a subject for what people wrote', async (_what, written) => {
  const mail = await simpleParser(
    composeMessage({ ...parts, to: { name: written, address: 'ming@mail.test' }, subject: written }),
  );
  expect(mail.subject).toBe(spaced(written));
  expect(mail.to).toMatchObject({ value: [{ name: spaced(written), address: 'ming@mail.test' }] });
  expect(mail.bcc).toBeUndefined();
});

it('is put together from pieces that were encoded by themselves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyText), async pieces => {
      const raw = composeMessage({ ...parts, quotedHtml: ['<p>', ...pieces, '</p>'].map(quoted).join('') });
      const lines = raw.split('\r\n').map(line => line.length);
      expect(Math.max(...lines)).toBeLessThanOrEqual(200);
      const { html } = await simpleParser(raw);
      // The two halves of a line break in two pieces are none.
      const whole = ['<p>', ...pieces.map(piece => piece.toWellFormed().replaceAll('\r\n', '\n')), '</p>'].join('');
      expect((html || '').trimEnd()).toBe(whole.trimEnd());
    }),
    { numRuns: 200, examples: [[['\r', '\n']]] },
  );
});
