import type { Calendar, Locale } from '../plugin.ts';

export interface Mailbox {
  readonly name?: string;
  /** In ASCII, and checked. */
  readonly address: string;
}

export interface MessageParts {
  /** With its angle brackets. */
  messageId: string;
  date: Date;
  from: Mailbox;
  to: Mailbox;
  subject: string;
  locale: Locale;
  text: string;
  /** The page, as `quoted` encodes it. */
  quotedHtml: string;
  calendar?: Calendar;
  /** Takes one POST by which the reader gets no more of these (RFC 8058). */
  oneClickUrl?: string;
}

/** The whole message as RFC 5322 has it, of ASCII and short lines alone: any server on its way can carry it. */
export function composeMessage(parts: MessageParts): string {
  const { messageId, date, from, to, subject, locale, text, quotedHtml, oneClickUrl, calendar } = parts;
  // An RFC 2046 boundary has at most 70 characters; this one is in no encoded body, and in no body by chance.
  const boundary = `=_${messageId.replace(/\W/g, '').slice(0, 60)}`;
  return [
    `From: ${encodeMailbox(from)}`,
    `To: ${encodeMailbox(to)}`,
    `Subject: ${encodeText(subject)}`,
    `Message-ID: ${messageId}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    `Content-Language: ${locale}`,
    // Nobody's out-of-office is to answer a machine (RFC 3834).
    'Auto-Submitted: auto-generated',
    ...(oneClickUrl ? [`List-Unsubscribe: <${oneClickUrl}>`, 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'] : []),
    ...withCalendar(calendar, boundary, [
      `Content-Type: multipart/alternative; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      ...partOf('text/plain', encodeBody(text)),
      `--${boundary}`,
      ...partOf('text/html', { encoding: 'quoted-printable', body: quotedHtml }),
      `--${boundary}--`,
      '',
    ]),
  ].join('\r\n');
}

/** Beside the text and not as one more form of it: programs that know no calendars then still show the text. */
function withCalendar(calendar: Calendar | undefined, inner: string, message: readonly string[]): readonly string[] {
  if (!calendar) return message;
  // The inner one must not begin with it, nor it with the inner one.
  const boundary = `=c${inner.slice(1)}`;
  const { encoding, body } = encodeBody(calendar.text);
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    ...message,
    `--${boundary}`,
    `Content-Type: text/calendar; charset=utf-8; method=${calendar.method}; name="appointment.ics"`,
    `Content-Transfer-Encoding: ${encoding}`,
    'Content-Disposition: attachment; filename="appointment.ics"',
    '',
    body,
    `--${boundary}--`,
    '',
  ];
}

interface Body {
  readonly encoding: '7bit' | 'base64' | 'quoted-printable';
  readonly body: string;
}

const partOf = (type: string, { encoding, body }: Body): string[] => [
  `Content-Type: ${type}; charset=utf-8`,
  `Content-Transfer-Encoding: ${encoding}`,
  '',
  body,
];

/**
 * As it is where any server can carry that, which spam filters like better; else as base64 in lines of 76. Eight-bit text
 * would need a server that offers it, and lines of more than 998 bytes are cut by some.
 */
function encodeBody(content: string): Body {
  const lines = content.replace(/\r\n|\r|\n/g, '\r\n');
  if (/^[\t\r\n\x20-\x7e]*$/.test(lines) && !/[^\r\n]{999}/.test(lines)) return { encoding: '7bit', body: lines };
  const body = Buffer.from(lines)
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n');
  return { encoding: 'base64', body };
}

const encodeMailbox = ({ name, address }: Mailbox): string => {
  const words = name === undefined ? '' : encodeText(name, /^[\w .-]*$/);
  if (words === '') return address;
  return `${words.startsWith('=?') ? words : `"${words}"`} <${address}>`;
};

/** A header value (RFC 2047). No line of it can become a header of its own, and nothing in it is decoded to something else. */
function encodeText(text: string, plain = /^(?!.*=\?)[\x20-\x7e]*$/): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return plain.test(line) && line.length <= 60 ? line : encodedWords(line);
}

/** Words of at most 75 characters; none is cut inside a character. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let chunk = '';
  for (const character of text) {
    if (Buffer.byteLength(chunk + character) > 42) {
      words.push(chunk);
      chunk = '';
    }
    chunk += character;
  }
  return [...words, chunk].map(word => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}
