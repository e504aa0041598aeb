import { defineQuestion, html, RapportError, type Context, type Html, type Locale } from 'clinic-rapport';
import { dayOf } from '../clinic-day.ts';
import { clinicOf } from '../clinic.ts';
import type { Purpose } from '../consent.ts';
import { normalAddress, phoneCountryOf, type ContactSystem } from '../contact-point.ts';
import { noticeAsHtml } from '../notice-page.ts';
import type { NoticeVersion } from '../notice.ts';
import { preferencesTexts } from '../preferences-texts.ts';
import { requiredText } from '../text.ts';
import { onlineTexts, type Fault } from './texts.ts';

/** What is asked for on the public pages, and needs a consent. */
const offeredPurposes = ['MARKETING', 'HEALTH_DATA_MARKETING', 'TRACKING'] as const satisfies readonly Purpose[];

/** A consent that a page asks for beside those, because of what led there; in the reader's language, what it is called and what it means. */
export interface FurtherPurpose {
  readonly purpose: Purpose;
  readonly words: Readonly<Record<Locale, readonly [name: string, what: string]>>;
}

/**
 * What plugins ask of who comes by an `origin` of theirs. It is asked on the form itself, and no page before it: who sends the form,
 * and confirms the address, is the one who agrees.
 */
export const furtherPurposes = defineQuestion<{ readonly origin: string }, FurtherPurpose>('booking.purpose');

/** All that is asked for on a page, each with its words. */
export async function purposesAsked(origin: string | null | undefined, context: Context): Promise<FurtherPurpose[]> {
  const usual = offeredPurposes.map(purpose => ({ purpose, words: wordsOf(purpose) }));
  const further = origin ? await context.ask(furtherPurposes, { origin }) : [];
  return [...usual, ...further];
}

const wordsOf = (purpose: (typeof offeredPurposes)[number]): FurtherPurpose['words'] => ({
  'zh-Hant': preferencesTexts['zh-Hant'].topics[purpose],
  'zh-Hans': preferencesTexts['zh-Hans'].topics[purpose],
  en: preferencesTexts.en.topics[purpose],
});

export interface Person {
  readonly name: string;
  readonly birthDate: string;
  readonly phone: string | null;
  readonly email: string;
  readonly purposes: readonly Purpose[];
}

/** What a form says of a person, in the form in which it is stored; with what is wrong in it. */
export async function personOf(
  form: URLSearchParams,
  asked: readonly FurtherPurpose[],
  context: Context,
): Promise<{ person: Person; faults: Fault[] }> {
  const { timeZone } = await clinicOf(context);
  const faults: Fault[] = [];
  const checked = (fault: Fault, read: () => string): string => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RapportError)) throw error;
      faults.push(fault);
      return '';
    }
  };
  const given = (name: string): string => (form.get(name) ?? '').trim();
  const address = (system: ContactSystem, name: string): string =>
    normalAddress(system, given(name), name, phoneCountryOf(timeZone));
  const birthDate = given('birthDate').normalize('NFKC').replace(/[/.]/g, '-');
  if (!isBirthDate(birthDate, dayOf(context.now, timeZone))) faults.push('BIRTH_DATE');
  const person = {
    name: checked('NAME', () => requiredText(given('name'), 'name')),
    birthDate,
    phone: given('phone') === '' ? null : checked('PHONE', () => address('PHONE', 'phone')),
    email: checked('EMAIL', () => address('EMAIL', 'email')),
    purposes: asked.map(({ purpose }) => purpose).filter(purpose => form.getAll('purpose').includes(purpose)),
  };
  return { person, faults };
}

function isBirthDate(text: string, today: string): boolean {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  return isDay && new Date(text).toISOString().startsWith(text) && text >= '1850-01-01' && text <= today;
}

interface PersonFields {
  readonly form?: URLSearchParams;
  readonly faults?: readonly Fault[];
  readonly notice: NoticeVersion | null;
  readonly purposes: readonly FurtherPurpose[];
}

/** The fields for a person, with what was typed before, and unticked boxes for what needs a consent. */
export function personFields({ form, faults, notice, purposes }: PersonFields, locale: Locale): Html {
  const text = onlineTexts[locale];
  const field = (
    name: string,
    label: string,
    type: string,
    more: { fault: Fault; hint?: string; auto: string },
  ): Html => {
    const wrong = faults?.includes(more.fault);
    return html`<p class="question">
      <label for="${name}">${label}</label>
      ${more.hint && html`<span class="quiet" id="${name}-hint">${more.hint}</span>`}
      <input
        id="${name}"
        name="${name}"
        type="${type}"
        autocomplete="${more.auto}"
        maxlength="320"
        value="${form?.get(name) ?? ''}"
        ${name !== 'phone' && html`required`}
        ${wrong && html`aria-invalid="true" aria-errormessage="${name}-error"`}
        ${more.hint && html`aria-describedby="${name}-hint"`}
      />
      ${wrong && html`<span class="error" id="${name}-error">${text.faults[more.fault]}</span>`}
    </p>`;
  };
  return html`<h2>${text.you}</h2>
    ${field('name', text.name, 'text', { fault: 'NAME', auto: 'name' })}
    ${field('birthDate', text.birthDate, 'text', { fault: 'BIRTH_DATE', hint: text.birthDateHint, auto: 'bday' })}
    ${field('phone', text.phone, 'tel', { fault: 'PHONE', hint: text.optional, auto: 'tel' })}
    ${field('email', text.email, 'email', { fault: 'EMAIL', hint: text.emailHint, auto: 'email' })}
    ${notice && purposesField(notice, { purposes, ticked: form?.getAll('purpose') ?? [] }, locale)}`;
}

const purposesField = (
  notice: NoticeVersion,
  { purposes, ticked }: { purposes: readonly FurtherPurpose[]; ticked: readonly string[] },
  locale: Locale,
): Html =>
  html`<details>
      <summary>${onlineTexts[locale].notice}</summary>
      ${noticeAsHtml(notice, locale)}
    </details>
    <input type="hidden" name="notice" value="${notice.id}" />
    <fieldset class="choice">
      <legend>${onlineTexts[locale].purposes}</legend>
      <span class="quiet">${onlineTexts[locale].purposesHint}</span>
      ${purposes.map(asked => purposeBox(asked, ticked.includes(asked.purpose), locale))}
    </fieldset>`;

function purposeBox({ purpose, words }: FurtherPurpose, isTicked: boolean, locale: Locale): Html {
  const [name, what] = words[locale];
  return html`<label
    ><input type="checkbox" name="purpose" value="${purpose}" ${isTicked && html`checked`} />
    <span>${name}<br /><span class="quiet">${what}</span></span></label
  >`;
}
