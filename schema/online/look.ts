import { html, page, type Context, type Html, type Locale } from 'clinic-rapport';
import { clinicOf } from '../clinic.ts';
import { pageStyle } from '../page-parts.ts';
import { onlineTexts } from './texts.ts';

/** What the public pages have beside the look of those behind links. */
const style = `${pageStyle}
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
.services { list-style: none; padding: 0; }
.services a { display: block; padding: 0.9rem 1rem; border: 1px solid #a9b4bf; border-radius: 8px; margin: 0 0 0.75rem; text-decoration: none; }
.services strong { display: block; }
.price { float: right; color: #1d2733; }
.day { margin: 0 0 1rem; }
.day label { display: inline-block; font-weight: 400; margin: 0.25rem 0.5rem 0.25rem 0; padding: 0.5rem 0.75rem; border: 1px solid #a9b4bf; border-radius: 0.4rem; }
.who a, .who strong { display: inline-block; margin: 0 0.75rem 0.25rem 0; }
input[type="email"], input[type="tel"] { font: inherit; box-sizing: border-box; width: 100%; padding: 0.6rem; border: 1px solid #8a949e; border-radius: 6px; }
details { margin: 1rem 0; border: 1px solid #dfe4e9; border-radius: 8px; padding: 0.75rem 1rem; }
summary { font-weight: 600; cursor: pointer; }
dt { font-weight: 600; margin-top: 0.75rem; }
dd { margin: 0; }
`;

/** A public page of the clinic. */
export async function show(
  { title, body, status, languages }: { title: string; body: Html; status?: number; languages?: Html },
  locale: Locale,
  context: Context,
): Promise<Response> {
  const { name, phone } = await clinicOf(context);
  return page({
    title,
    locale,
    status,
    style,
    body: html`${languages}
      <p class="quiet">${name}</p>
      <h1>${title}</h1>
      ${body} ${phone && html`<p class="quiet">${onlineTexts[locale].call(phone)}</p>`}`,
  });
}
