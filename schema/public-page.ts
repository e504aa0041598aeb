import { html, localeOf, type Context, type Html, type Locale } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';

const languages: readonly (readonly [Locale, string])[] = [
  ['zh-Hant', '繁體中文'],
  ['zh-Hans', '简体中文'],
  ['en', 'English'],
];

/** What is asked for in the address. */
export const queryOf = ({ url }: Request): URLSearchParams => new URL(url).searchParams;

/** The language of a public page: as its reader asked for by `lang` in the address, or the browser does; else the clinic's. */
export async function readerOf(request: Request, context: Context): Promise<Locale> {
  const asked = languages.map(([known]) => known).find(known => known === queryOf(request).get('lang'));
  const header = request.headers.get('accept-language') ?? undefined;
  return asked ?? localeOf(header, (await clinicOf(context)).locale);
}

/** The same page with other values in its address; what is undefined is left out. */
export function hrefOf(request: Request, changes: Record<string, string | undefined>): string {
  const query = new URLSearchParams(queryOf(request));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return `?${query}`;
}

/** Links to the same page in each language, for the top of a public page; they look right with `pageStyle`. */
export const languagesOf = (request: Request): Html =>
  html`<nav class="langs">
    ${languages.map(([lang, name]) => html`<a href="${hrefOf(request, { lang })}" lang="${lang}">${name}</a>`)}
  </nav>`;
