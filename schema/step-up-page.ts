import { html, page, type Context, type Html } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { languageOfLink, pageStyle } from './page-parts.ts';
import { stepUpTexts, type StepUpTexts } from './step-up-texts.ts';

/** What the page says beside its question. */
export type StepUpMessage = 'missing' | 'wrong' | 'wait';

const statuses = { missing: 422, wrong: 422, wait: 429 } as const;

/** Asks who it is. The same page for everyone, whatever the clinic knows of the patient. */
export async function stepUpPage(context: Context, message?: StepUpMessage): Promise<Response> {
  const text = stepUpTexts[await languageOfLink(context)];
  const form = html`<p>${text.why}</p>
    <form method="post" novalidate>
      ${field('birthDate', text.birthDate, text.birthDateHint)}
      <p class="quiet">${text.or}</p>
      ${field('phone', text.phone, text.phoneHint)}
      <p><button>${text.button}</button></p>
    </form>`;
  return show(text, html`${message && html`<p role="alert">${text[message]}</p>`} ${form}`, context, {
    status: message && statuses[message],
  });
}

/** A link that opens nothing any more, and does not say why. */
export async function deadLinkPage(context: Context): Promise<Response> {
  const text = stepUpTexts[await languageOfLink(context)];
  return show(text, html`<p>${text.dead}</p>`, context, { status: 410, title: text.dead });
}

const field = (name: string, label: string, hint: string): Html =>
  html`<div class="question">
    <label for="${name}">${label}</label>
    <p class="quiet" id="${name}-hint">${hint}</p>
    <input
      id="${name}"
      name="${name}"
      type="text"
      inputmode="numeric"
      autocomplete="off"
      maxlength="20"
      aria-describedby="${name}-hint"
    />
  </div>`;

async function show(
  text: StepUpTexts,
  body: Html,
  context: Context,
  { status, title = text.title }: { status?: number; title?: string } = {},
): Promise<Response> {
  const { name, phone } = await clinicOf(context);
  return page({
    title: status === 410 ? name : title,
    locale: await languageOfLink(context),
    status,
    style: pageStyle,
    body: html`<p class="quiet">${name}</p>
      ${status !== 410 && html`<h1>${title}</h1>`} ${body} ${phone && html`<p class="quiet">${text.call(phone)}</p>`}`,
  });
}
