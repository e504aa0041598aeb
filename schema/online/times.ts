import { html, type Context, type Html, type Locale } from 'clinic-rapport';
import { clinicOf } from '../clinic.ts';
import { freeSlots, type FreeSlot } from '../slot.ts';
import { onlineTexts } from './texts.ts';

const offered = 30;
const window = 31 * 86_400_000;

/** A time of a practitioner as a form sends it: `<practitioner's id>@<RFC 3339>`. */
export interface ChosenTime {
  readonly practitionerId: string;
  readonly startsAt: Date;
}

export const timeText = ({ practitionerId, startsAt }: ChosenTime): string =>
  `${practitionerId}@${startsAt.toISOString()}`;

/** What a form sent; undefined for nonsense. */
export function timeOf(text: string | null): ChosenTime | undefined {
  const [practitionerId = '', instant = ''] = (text ?? '').split('@');
  const startsAt = new Date(instant);
  return /^[0-9a-f-]{36}$/.test(practitionerId) && !Number.isNaN(startsAt.getTime())
    ? { practitionerId, startsAt }
    : undefined;
}

/** Whether it is one of the free times of the service. */
export async function isFree(serviceId: string, { practitionerId, startsAt }: ChosenTime, context: Context) {
  if (startsAt <= context.now || startsAt.getTime() > context.now.getTime() + 366 * 86_400_000) return false;
  const to = new Date(startsAt.getTime() + 1);
  return (await freeSlots({ serviceId, practitionerId, from: startsAt, to, first: 1 }, context)).length > 0;
}

export interface TimesAsked {
  readonly serviceId: string;
  readonly practitionerId?: string;
  /** The earliest; now if not given. */
  readonly from?: Date;
  readonly chosen?: string;
  /** To the same page, with another beginning. */
  href(from: Date | undefined): string;
}

/** Free times to choose of, by day; links lead to later ones. */
export async function timesField(asked: TimesAsked, locale: Locale, context: Context): Promise<Html> {
  const text = onlineTexts[locale];
  const { serviceId, practitionerId, chosen, href } = asked;
  const from = asked.from ?? new Date(context.now.getTime() + 1);
  const to = new Date(from.getTime() + window);
  const slots = await freeSlots({ serviceId, practitionerId, from, to, first: 200 }, context);
  // Of several who are free at one time, the first: a patient who asked for nobody chooses a time.
  const times = [...new Map(slots.toReversed().map(slot => [slot.startsAt.getTime(), slot])).values()]
    .toReversed()
    .slice(0, offered);
  const { timeZone } = await clinicOf(context);
  const dayOf = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone });
  const hourOf = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone });
  const days = [...Map.groupBy(times, ({ startsAt }) => dayOf.format(startsAt))];
  const next = times.length === offered ? new Date(times.at(-1)!.startsAt.getTime() + 1) : to;
  return html`${times.length === 0 && html`<p>${text.noTimes}</p>`}
    ${days.map(
      ([day, slotsOfDay]) =>
        html`<fieldset class="day">
          <legend>${day}</legend>
          ${slotsOfDay.map(slot => radio(slot, hourOf.format(slot.startsAt), chosen))}
        </fieldset>`,
    )}
    <p>
      ${asked.from && html`<a href="${href(undefined)}">${text.earliestTimes}</a>`}
      <a href="${href(next)}">${text.laterTimes}</a>
    </p>`;
}

const radio = (slot: FreeSlot, hour: string, chosen: string | undefined): Html => {
  const value = timeText(slot);
  return html`<label
    ><input type="radio" name="time" value="${value}" required ${value === chosen && html`checked`} /> ${hour}</label
  >`;
};

/** As `2026年6月10日 星期三 上午10:30`. */
export function whenText(startsAt: Date, locale: Locale, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short', timeZone }).format(startsAt);
}

const furthest = 366 * 86_400_000;

/** What a client wrote as an instant to come; nonsense, the past and the far future count as nothing. */
export function instantOf(text: string | null, { now }: Context): Date | undefined {
  const ahead = text === null ? NaN : Date.parse(text) - now.getTime();
  return ahead > 0 && ahead < furthest ? new Date(now.getTime() + ahead) : undefined;
}
