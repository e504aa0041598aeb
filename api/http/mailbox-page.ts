import { simpleParser } from 'mailparser';
import type { CaughtMail, Mailbox } from '../mail/mailbox.ts';

interface ReadMail {
  number: number;
  to: readonly string[];
  from: string;
  at: string;
  subject: string;
  messageId: string;
  text: string;
  html: string;
  links: string[];
}

/** `/dev/mailbox`, `/dev/mailbox/<number>`, `/dev/mailbox/<number>.html` and `/dev/mailbox.json`. */
export async function mailboxPage({ mails }: Mailbox, path: string): Promise<Response> {
  if (path === '/dev/mailbox.json') return Response.json(await Promise.all(mails.map(read)));
  if (path === '/dev/mailbox') return page('Mailbox', list(await Promise.all(mails.map(read))));
  const [, number, extension] = /^\/dev\/mailbox\/(\d+)(\.html)?$/.exec(path) ?? [];
  const caught = mails.find(mail => mail.number === Number(number));
  if (!caught) return page('No such mail', '<p>It may have been one of an earlier start.</p>', 404);
  const mail = await read(caught);
  // In a frame without scripts or origin: a mail is written by others.
  if (extension)
    return new Response(mail.html, {
      headers: {
        ...headers,
        'content-security-policy':
          "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:",
      },
    });
  return page(mail.subject, single(mail));
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

async function read({ number, to, from, at, raw }: CaughtMail): Promise<ReadMail> {
  const { subject = '', messageId = '', text = '', html } = await simpleParser(raw);
  const markup = html || '';
  const links = [...markup.matchAll(/href="(https?:\/\/[^"]+)"/g)].map(([, url]) => url!.replaceAll('&amp;', '&'));
  return { number, to, from, at: at.toISOString(), subject, messageId, text, html: markup, links };
}

const escape = (text: string): string => text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);

const list = (mails: readonly ReadMail[]): string =>
  mails.length === 0
    ? '<p>No mail yet. Book an appointment, and its confirmation will be here.</p>'
    : `<table><tr><th>To</th><th>Subject</th><th>At</th></tr>${mails
        .map(
          ({ number, to, subject, at }) =>
            `<tr><td>${escape(to.join(', '))}</td><td><a href="/dev/mailbox/${number}">${escape(subject) || '(no subject)'}</a></td><td>${at}</td></tr>`,
        )
        .join('')}</table>`;

const single = ({ number, to, from, at, messageId, text, links }: ReadMail): string => `
<p><a href="/dev/mailbox">All mails</a></p>
<dl><dt>From</dt><dd>${escape(from)}</dd><dt>To</dt><dd>${escape(to.join(', '))}</dd><dt>At</dt><dd>${at}</dd><dt>Message-ID</dt><dd>${escape(messageId)}</dd></dl>
<iframe sandbox="allow-popups" src="/dev/mailbox/${number}.html" title="The mail"></iframe>
<h2>Links</h2><ul>${links.map(link => `<li><a href="${escape(link)}">${escape(link.slice(0, 110))}</a></li>`).join('')}</ul>
<h2>Text part</h2><pre>${escape(text)}</pre>`;

function page(title: string, body: string, status = 200): Response {
  const document = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2733}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:8px;border-bottom:1px solid #dde2e7}iframe{width:100%;height:36rem;border:1px solid #dde2e7}dl{display:grid;grid-template-columns:8rem 1fr}dd{margin:0}pre{white-space:pre-wrap;background:#f4f6f8;padding:1rem}a{color:#0b6b5f}</style></head>
<body><h1>${escape(title)}</h1>${body}</body></html>`;
  return new Response(document, { status, headers });
}
