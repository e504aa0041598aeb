import { Buffer } from 'node:buffer';

/** Header values as RFC 5322 and 2047 want them: no line of a value can become a header of its own. */
export const encodeText = (text: string): string => {
  const line = text.replace(/[\r\n\0\p{Cc}]+/gu, ' ').trim();
  return /^[\x20-\x7e]*$/.test(line) && line.length <= 60 ? line : encodedWords(line);
};

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

export const encodeMailbox = (name: string | undefined, address: string): string =>
  name
    ? `${/^[\w .-]+$/.test(name) ? `"${name}"` : encodedWords(name.replace(/[\r\n\0\p{Cc}]+/gu, ' ').trim())} <${address}>`
    : address;

/** Base64 in lines of 76: eight-bit text needs a server that offers it, and a long line breaks one that does not. */
export const encodeBody = (text: string): string =>
  Buffer.from(text.replace(/\r?\n/g, '\r\n'))
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n');

export interface MessageParts {
  messageId: string;
  date: Date;
  from: { name: string; address: string };
  to: { name?: string; address: string };
  subject: string;
  locale: string;
  text: string;
  html: string;
}

/** The whole message, ready for SMTP. */
export function composeMessage({ messageId, date, from, to, subject, locale, text, html }: MessageParts): string {
  const boundary = `=_${messageId.replace(/[^\w]/g, '')}`;
  const part = (type: string, body: string): string[] => [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    encodeBody(body),
  ];
  return [
    `From: ${encodeMailbox(from.name, from.address)}`,
    `To: ${encodeMailbox(to.name, to.address)}`,
    `Subject: ${encodeText(subject)}`,
    `Message-ID: ${messageId}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    `Content-Language: ${locale}`,
    // Nobody's out-of-office is to answer a machine (RFC 3834).
    'Auto-Submitted: auto-generated',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    ...part('text/plain', text),
    ...part('text/html', html),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}
