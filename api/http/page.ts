import type { Locale } from '../plugin.ts';
import { html, Html } from './html.ts';

export interface PageOptions {
  title: string;
  /** The language that the page is in. */
  locale: Locale;
  body: Html;
  /** 200 if not given. */
  status?: number;
  /** Added to the plain look that every page has; no `<` in it. */
  style?: string;
}

/** A page that needs no script, no picture and no other file, as it has to work on any phone. */
export function page({ title, locale, body, status = 200, style = '' }: PageOptions): Response {
  const document = html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElement(look + style)}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
  return new Response(document.markup, { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
}

/** A style sheet is not text: nothing in it is escaped. */
const styleElement = (sheet: string): Html => {
  if (sheet.includes('<')) throw new Error('A style sheet with `<` in it could end its element.');
  return new Html(`<style>${sheet}</style>`);
};

const look = `
body { margin: 0; background: #eef1f4; color: #1d2733; font: 17px/1.6 system-ui, 'PingFang TC', 'PingFang SC', 'Microsoft JhengHei', 'Microsoft YaHei', sans-serif; }
main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #fff; border-radius: 10px; }
h1 { font-size: 1.4rem; }
a { color: #0b6b5f; }
button { font: inherit; padding: 0.75rem 1.5rem; border: 0; border-radius: 6px; background: #0b6b5f; color: #fff; cursor: pointer; }
`;
