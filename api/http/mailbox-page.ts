import { simpleParser } from 'mailparser';
import type { CaughtMail, Mailbox } from '../mail/mailbox.ts';
import { html, type Html } from './html.ts';
import { page } from './page.ts';
import { secured } from './secure.ts';

/** A mail as `/dev/mailbox.json` gives it. */
interface ReadMail {
  number: number;
  to: readonly string[];
  from: string;
  /** RFC 3339. */
  at: string;
  subject: string;
  messageId: string;
  headers: readonly string[];
  text: string;
  html: string;
  /** The URLs in the HTML part, in their order. */
  links: string[];
}

/** `/dev/mailbox`, `/dev/mailbox/<number>`, `/dev/mailbox/<number>.html` and `/dev/mailbox.json`; undefined for another path. */
export async function mailboxPage({ mails }: Mailbox, path: string): Promise<Response | undefined> {
  if (path === '/dev/mailbox.json') return Response.json(await Promise.all(mails.map(readOnce)));
  if (path === '/dev/mailbox') return secured(pageOf('Mailbox', listOf(await Promise.all(mails.map(readOnce)))));
  const [, number, extension] = /^\/dev\/mailbox\/(\d+)(\.html)?$/.exec(path) ?? [];
  const caught = mails.find(mail => mail.number === Number(number));
  if (!caught) return undefined;
  const mail = await readOnce(caught);
  return extension ? framed(mail.html) : secured(pageOf(mail.subject || '(no subject)', letter(mail)));
}

const known = new WeakMap<CaughtMail, Promise<ReadMail>>();

function readOnce(mail: CaughtMail): Promise<ReadMail> {
  const reading = known.get(mail) ?? read(mail);
  known.set(mail, reading);
  return reading;
}

async function read({ number, to, from, at, raw }: CaughtMail): Promise<ReadMail> {
  const { subject = '', messageId = '', text = '', html: markup, headerLines } = await simpleParser(raw);
  const links = [...(markup || '').matchAll(/href="(https?:\/\/[^"]+)"/g)].map(([, url]) =>
    url!.replaceAll('&amp;', '&'),
  );
  const headers = headerLines.map(({ line }) => line);
  return { number, to, from, at: at.toISOString(), subject, messageId, headers, text, html: markup || '', links };
}

/** Without scripts and without an origin: a mail is written by others. */
const framed = (markup: string): Response =>
  new Response(markup, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:",
      'x-content-type-options': 'nosniff',
    },
  });

const listOf = (mails: readonly ReadMail[]): Html =>
  mails.length === 0
    ? html`<p>No mail yet. Book an appointment, and its confirmation will be here.</p>`
    : html`<table>
        <tr>
          <th>To</th>
          <th>Subject</th>
          <th>At</th>
        </tr>
        ${mails.map(
          ({ number, to, subject, at }) =>
            html`<tr>
              <td>${to.join(', ')}</td>
              <td><a href="/dev/mailbox/${number}">${subject || '(no subject)'}</a></td>
              <td><time>${at}</time></td>
            </tr>`,
        )}
      </table>`;

const letter = ({ number, to, at, headers, text, links }: ReadMail): Html =>
  html`<p><a href="/dev/mailbox">All mails</a></p>
    <p>To ${to.join(', ')}, <time>${at}</time></p>
    <iframe sandbox="allow-popups" src="/dev/mailbox/${number}.html" title="The mail"></iframe>
    <h2>Links</h2>
    <ul>
      ${links.map(link => html`<li><a href="${link}">${link}</a></li>`)}
    </ul>
    <h2>Text part</h2>
    <pre>${text}</pre>
    <h2>Headers</h2>
    <pre>${headers.join('\n')}</pre>`;

function pageOf(title: string, content: Html): Response {
  const response = page({
    title,
    locale: 'en',
    body: html`<h1>${title}</h1>
      ${content}`,
    style,
  });
  response.headers.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'");
  return response;
}

const style = `
main { max-width: 60rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: 0.5rem; border-bottom: 1px solid #dde2e7; }
iframe { width: 100%; height: 38rem; border: 1px solid #dde2e7; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f6f8; padding: 1rem; }
li { overflow-wrap: anywhere; }
`;
