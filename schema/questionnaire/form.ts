import { html, type Html, type Locale } from 'clinic-rapport';
import { textIn } from '../localized-text.ts';
import type { Fault, Given } from './answer.ts';
import { flat, isQuestion, longestString, longestText, type Item, type Question } from './item.ts';
import { questionnaireTexts } from './texts.ts';

export interface FormState {
  readonly items: readonly Item[];
  readonly locale: Locale;
  /** What was typed, shown again. */
  readonly given: Given;
  readonly faults: ReadonlyMap<string, Fault>;
}

/** How the field of a question is called, so that no linkId meets another name of the form. */
export const fieldOf = (linkId: string): string => `a.${linkId}`;

/** More options than this are a list to unfold. */
const mostRadios = 7;

/** The questions as a form that needs no script; a screen reader hears question, hint and fault with each field. */
export const questions = (state: FormState): Html =>
  html`${faultList(state)} ${state.items.map(item => part(item, state))}`;

/** Where browsers know `:has`, a question that is not asked does not show; elsewhere its hint says when it is. */
export function conditionStyle(items: readonly Item[]): string {
  const rules = flat(items).flatMap(({ linkId, enableWhen }) => {
    if (!enableWhen) return [];
    const [name, value] = [fieldOf(enableWhen.question), enableWhen.answer];
    const chosen = `[name="${name}"] option[value="${value}"]:checked, [name="${name}"][value="${value}"]:checked`;
    return [`form:not(:has(${chosen})) [data-item="${linkId}"] { display: none; }`];
  });
  return rules.join('\n');
}

function faultList({ items, faults, locale }: FormState): Html | undefined {
  if (faults.size === 0) return undefined;
  const text = questionnaireTexts[locale];
  const wrong = flat(items).filter(({ linkId }) => faults.has(linkId));
  return html`<div role="alert" tabindex="-1" id="faults">
    <p>${text.wrong}</p>
    <ul>
      ${wrong.map(
        item =>
          html`<li>
            <a href="#${fieldOf(item.linkId)}">${textIn(item.text, locale)}</a> ${text.faults[faults.get(item.linkId)!]}
          </li>`,
      )}
    </ul>
  </div>`;
}

function part(item: Item, state: FormState): Html {
  const words = textIn(item.text, state.locale);
  const inside = isQuestion(item)
    ? question(item, words, state)
    : item.type === 'GROUP'
      ? html`<fieldset class="group">
          <legend class="heading">${words}</legend>
          ${hintOf(item, state)} ${item.items.map(inner => part(inner, state))}
        </fieldset>`
      : html`<p>${words}</p>`;
  return html`<div class="question" data-item="${item.linkId}">${inside}</div>`;
}

function question(item: Question, words: string, state: FormState): Html {
  const { linkId, type, options } = item;
  const isChoice = type === 'BOOLEAN' || (type === 'CHOICE' && (item.multiple || options.length <= mostRadios));
  const text = questionnaireTexts[state.locale];
  const label = html`${words} ${item.required && html`<span class="quiet">（${text.required}）</span>`}`;
  const about = html`${hintOf(item, state)} ${faultOf(linkId, state)}`;
  if (!isChoice) {
    return html`<label for="${fieldOf(linkId)}">${label}</label>${about}${single(item, state)}`;
  }
  return html`<fieldset
    class="choice"
    id="${fieldOf(linkId)}"
    tabindex="-1"
    aria-describedby="${describedBy(linkId)}"
    ${state.faults.has(linkId) && invalid}
  >
    <legend>${label}</legend>
    ${about}${choices(item, state)}
  </fieldset>`;
}

const invalid = html`aria-invalid="true"`;
const required = html`aria-required="true"`;
const describedBy = (linkId: string): string => `${fieldOf(linkId)}-hint ${fieldOf(linkId)}-fault`;

/** Native `required` would stop the form at a question that is not asked, and cannot be seen. */
function attributes({ linkId, required: isRequired }: Question, { faults }: FormState): Html {
  return html`id="${fieldOf(linkId)}" name="${fieldOf(linkId)}" aria-describedby="${describedBy(linkId)}"
  ${isRequired && required} ${faults.has(linkId) && invalid}`;
}

function single(item: Question, state: FormState): Html {
  const value = given(item.linkId, state)[0] ?? '';
  const common = attributes(item, state);
  if (item.type === 'TEXT') return html`<textarea ${common} rows="4" maxlength="${longestText}">${value}</textarea>`;
  if (item.type === 'CHOICE') return select(item, state);
  const keyboard = { INTEGER: 'numeric', DECIMAL: 'decimal', DATE: 'numeric' }[item.type as string] ?? 'text';
  return html`<input ${common} type="text" inputmode="${keyboard}" maxlength="${longestString}" value="${value}" />`;
}

function select(item: Question, state: FormState): Html {
  const chosen = given(item.linkId, state);
  return html`<select ${attributes(item, state)}>
    <option value="">${questionnaireTexts[state.locale].choose}</option>
    ${item.options.map(
      ({ code, display }) =>
        html`<option value="${code}" ${chosen.includes(code) && html`selected`}>
          ${textIn(display, state.locale)}
        </option>`,
    )}
  </select>`;
}

function choices(item: Question, state: FormState): Html[] {
  const { yes, no } = questionnaireTexts[state.locale];
  const offered =
    item.type === 'BOOLEAN'
      ? [
          { code: 'true', words: yes },
          { code: 'false', words: no },
        ]
      : item.options.map(({ code, display }) => ({ code, words: textIn(display, state.locale) }));
  const chosen = given(item.linkId, state);
  return offered.map(
    ({ code, words }) =>
      html`<label
        ><input
          type="${item.multiple ? 'checkbox' : 'radio'}"
          name="${fieldOf(item.linkId)}"
          value="${code}"
          ${chosen.includes(code) && html`checked`}
        />
        ${words}</label
      >`,
  );
}

const given = (linkId: string, { given: all }: FormState): readonly string[] =>
  Object.hasOwn(all, linkId) ? all[linkId]! : [];

function hintOf(item: Item, state: FormState): Html {
  const text = questionnaireTexts[state.locale];
  const hints = [
    item.enableWhen && text.onlyIf(...conditionIn(item.enableWhen, state)),
    item.multiple && text.several,
    item.type === 'DATE' && text.dateHint,
    (item.type === 'INTEGER' || item.type === 'DECIMAL') && text.numberHint,
  ].filter(hint => typeof hint === 'string');
  return html`<p class="quiet hint" id="${fieldOf(item.linkId)}-hint">${hints.join(' · ')}</p>`;
}

function conditionIn({ question, answer }: NonNullable<Item['enableWhen']>, state: FormState): [string, string] {
  const { items, locale } = state;
  const asked = flat(items).find(({ linkId }) => linkId === question)!;
  const { yes, no } = questionnaireTexts[locale];
  const option = asked.options.find(({ code }) => code === answer);
  return [textIn(asked.text, locale), option ? textIn(option.display, locale) : answer === 'true' ? yes : no];
}

const faultOf = (linkId: string, { faults, locale }: FormState): Html => {
  const fault = faults.get(linkId);
  return html`<p class="error" id="${fieldOf(linkId)}-fault">${fault && questionnaireTexts[locale].faults[fault]}</p>`;
};
