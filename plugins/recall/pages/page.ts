import { html, page as plainPage, type Context, type Html } from 'clinic-rapport';
import { clinicOf, type Appointment } from 'clinic-rapport/schema';
import { toldOf, detailsOf, type Details } from '../details.ts';
import type { Obstacle } from '../standing.ts';
import { pageTexts, type PageTexts } from './texts.ts';

/** A text that needs nothing to be said. */
export type TextName = { [K in keyof PageTexts]: PageTexts[K] extends string ? K : never }[keyof PageTexts];

export interface Page {
  title: TextName;
  /** What has happened, or why nothing can be done; a screen reader says it first. */
  message?: TextName;
  /** Links and forms, made with the texts of the patient's language. */
  actions?(text: PageTexts): Html;
  status?: number;
}

/**
 * A page about one appointment, in its patient's language. It needs no JavaScript, no picture and no other file: it has
 * to work on any phone.
 */
export async function page(
  appointment: Appointment,
  context: Context,
  { title, message, actions, status = 200 }: Page,
): Promise<Response> {
  const locale = appointment.patient.language;
  const text = pageTexts[locale];
  const details = detailsOf(await toldOf(appointment, context), locale, await clinicOf(context));
  const { clinic } = details;
  const body = html`<p class="clinic">${clinic.name}</p>
    <h1>${text[title]}</h1>
    ${message && html`<p role="status">${text[message]}</p>`} ${status !== 410 && detailsList(details, text)}
    ${actions?.(text)} ${clinic.phone && html`<p class="call">${text.call(clinic.phone)}</p>`}`;
  return plainPage({ title: text[title], locale, body, status, style });
}

const messages: Readonly<Record<Obstacle, TextName>> = {
  APPOINTMENT_CANCELLED: 'alreadyCancelled',
  APPOINTMENT_CHANGED: 'outdated',
  APPOINTMENT_CLOSED: 'closed',
  TOO_LATE: 'closed',
};

/** Says why a link does nothing any more, and how to reach the clinic. */
export const obstaclePage = (appointment: Appointment, obstacle: Obstacle, context: Context): Promise<Response> =>
  page(appointment, context, { title: 'yourAppointment', message: messages[obstacle], status: 410 });

function detailsList({ date, time, practitioner, room, location }: Details, text: PageTexts): Html {
  const rows: [string, string | undefined][] = [
    [text.date, date],
    [text.time, time],
    [text.practitioner, practitioner],
    [text.room, room],
    [text.location, [location.name, location.address].filter(Boolean).join(' · ')],
    [text.directions, location.directions],
    [text.parking, location.parking],
  ];
  const shown = rows.filter((row): row is [string, string] => Boolean(row[1]));
  return html`<dl>
    ${shown.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** What the plain look of the platform's pages does not have. */
const style = `
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
.clinic, .call, dt { color: #56616d; }
.clinic, dd { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1rem; margin: 1rem 0; }
dd { overflow-wrap: anywhere; }
[role="status"] { padding: 0.75rem 1rem; border-left: 4px solid #0b6b5f; background: #e8f3f1; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; }
legend { font-weight: 600; padding: 0; }
label { display: inline-block; margin: 0.25rem 0.5rem 0.25rem 0; padding: 0.5rem 0.75rem; border: 1px solid #a9b4bf; border-radius: 0.4rem; }
button.quiet { background: #fff; color: #a3261b; border: 1px solid #a3261b; }
`;
