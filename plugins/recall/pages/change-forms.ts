import { html, type Html, type Locale } from 'clinic-rapport';
import type { FreeSlot } from 'clinic-rapport/schema';
import { dateAndTime } from '../details.ts';
import type { Times } from '../times.ts';
import { pageTexts, type PageTexts } from './texts.ts';

export interface Choice extends Times {
  readonly locale: Locale;
  readonly timeZone: string;
  /** Whether these are the earliest times; others lead back to them. */
  readonly isFirst: boolean;
}

/** Forms to move the appointment to one of the times, and to cancel it. Both post to the page's own address. */
export const changeForms = (choice: Choice): Html => html`${timesForm(choice)} ${cancelForm(pageTexts[choice.locale])}`;

function timesForm({ slots, next, isFirst, locale, timeZone }: Choice): Html {
  const text = pageTexts[locale];
  const named = slots.map(slot => ({ slot, ...dateAndTime(slot.startsAt, locale, timeZone) }));
  const days = [...Map.groupBy(named, ({ date }) => date)];
  const fieldsets = days.map(
    ([date, times]) =>
      html`<fieldset>
        <legend>${date}</legend>
        ${times.map(({ slot, time }) => radio(slot, time))}
      </fieldset>`,
  );
  return html`<h2>${text.chooseTime}</h2>
    ${slots.length > 0 ? html`<form method="post">${fieldsets}<button>${text.changeButton}</button></form>` : html`<p>${text.noTimes}</p>`}
    <p>
      ${!isFirst && html`<a href="?">${text.earliestTimes}</a>`}
      ${next && html`<a href="?from=${next.toISOString()}">${text.laterTimes}</a>`}
    </p>`;
}

const radio = ({ startsAt }: FreeSlot, time: string): Html =>
  html`<label><input type="radio" name="startsAt" value="${startsAt.toISOString()}" required /> ${time}</label>`;

const cancelForm = (text: PageTexts): Html =>
  html`<h2>${text.cancelTitle}</h2>
    <form method="post">
      <p>${text.cancelHint}</p>
      <button class="quiet" name="cancel" value="yes">${text.cancelButton}</button>
    </form>`;
