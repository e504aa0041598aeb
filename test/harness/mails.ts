import { simpleParser } from 'mailparser';
import type { Transport } from '../../api/mail/transport.ts';

/** A mail as its reader gets it. */
export interface ReceivedMail {
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  headers: ReadonlyMap<string, unknown>;
  /** What came with it for the reader's calendar (RFC 5545), and its Content-Type. */
  calendar?: { contentType: string; text: string };
  /** The absolute URLs in the HTML part, in their order. */
  links: string[];
}

/** Takes what the platform would give to an SMTP server and parses it as a mail client does. */
export function createMailCatcher(): { transport: Transport; mails: ReceivedMail[] } {
  const mails: ReceivedMail[] = [];
  const transport: Transport = {
    async send({ to, raw }) {
      mails.push(await parse(to, raw));
    },
    async close() {},
  };
  return { transport, mails };
}

async function parse(to: string, raw: string | Buffer): Promise<ReceivedMail> {
  const { subject = '', text = '', html, messageId = '', headers, attachments } = await simpleParser(raw);
  const markup = html || '';
  const links = [...markup.matchAll(/href="(https?:\/\/[^"]+)"/g)].map(([, url]) => url!.replaceAll('&amp;', '&'));
  const [part] = attachments.filter(({ contentType }) => contentType === 'text/calendar');
  const calendar = part && {
    contentType: describeType(part.headers.get('content-type')),
    text: part.content.toString(),
  };
  return { to, subject, text, html: markup, messageId, headers, calendar, links };
}

/** As mailparser gives a structured header: `text/calendar; method=PUBLISH`. */
function describeType(header: unknown): string {
  const { value, params } = header as { value: string; params: Record<string, string> };
  return `${value}; method=${params['method']}`;
}
