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
  const { subject = '', text = '', html, messageId = '', headers } = await simpleParser(raw);
  const markup = html || '';
  const links = [...markup.matchAll(/href="(https?:\/\/[^"]+)"/g)].map(([, url]) => url!.replaceAll('&amp;', '&'));
  return { to, subject, text, html: markup, messageId, headers, links };
}
