import { validate as isId } from 'uuid';
import { html, page, sentMessage, type Context, type Html, type Locale, type Route } from 'clinic-rapport';
import { Appointment } from '../appointment.ts';
import { clinicOf } from '../clinic.ts';
import { consentStateOf } from '../consent-state.ts';
import { Delivery } from '../delivery.ts';
import { textIn } from '../localized-text.ts';
import { whenText } from '../online/times.ts';
import { pageStyle, patientOfLink } from '../page-parts.ts';
import type { Patient } from '../patient.ts';
import { preferencesTexts } from '../preferences-texts.ts';
import { furtherTopics } from '../preferences.ts';
import { mayShare } from '../report/link.ts';
import { Report } from '../report/report.ts';
import { reportStyle, reportView } from '../report/view.ts';
import { readMessage } from '../sent-message.ts';
import { behindStepUp, type Passed } from '../step-up.ts';
import { Visit } from '../visit.ts';
import { recordLink } from './link.ts';
import { recordTexts } from './texts.ts';

/** Of each list, the newest. */
const most = 50;

/** The patient's own view: what the clinic keeps that is not for practitioners alone. Nothing can be changed here. */
export const recordRoutes: Route[] = behindStepUp<{ at: number }>(recordLink, {
  target: async ({ at }, context) => {
    const [patientId = ''] = context.actor.patientIds;
    return (await mayShare(patientId, context)) ? `record ${patientId} ${at}` : undefined;
  },
  show: async (_, passed, context) => {
    const patient = await patientOfLink(context);
    const id = passed.form.get('report');
    const report = id ? (await reportsOf(patient, context)).find(one => one.id === id) : undefined;
    const mail = await mailOf(passed.form.get('mail'), patient, context);
    if (mail) return mail;
    return report ? showReport(report, passed, patient, context) : showRecord(patient, passed, context);
  },
});

const reportsOf = (patient: Patient, { em }: Context): Promise<Report[]> =>
  em.find(Report, { patient, status: 'PUBLISHED' }, { orderBy: { id: 'desc' }, limit: most });

async function showReport(
  report: Report,
  { again }: Passed,
  { language }: Patient,
  context: Context,
): Promise<Response> {
  const { name } = await clinicOf(context);
  return page({
    title: report.title,
    locale: language,
    style: pageStyle + reportStyle,
    body: html`<p class="quiet">${name}</p>
      <h1>${report.title}</h1>
      ${reportView(report, language)}
      <form method="post">${again}<button class="plain">${recordTexts[language].back}</button></form>`,
  });
}

/** What can be opened is a button, as it is a POST, and looks like the link that it is. */
const recordStyle = `h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
ul { padding-left: 1.1rem; }
li { margin: 0.4rem 0; }
button.title { padding: 0.25rem 0; background: none; color: #0b6b5f; text-align: left; text-decoration: underline; }`;

async function showRecord(patient: Patient, passed: Passed, context: Context): Promise<Response> {
  const { again } = passed;
  const locale = patient.language;
  const text = recordTexts[locale];
  const { name } = await clinicOf(context);
  const reports = await reportsOf(patient, context);
  return page({
    title: text.title,
    locale,
    style: pageStyle + recordStyle,
    body: html`<p class="quiet">${name}</p>
      <h1>${text.title}</h1>
      <p><strong>${patient.name}</strong>${patient.birthDate && html`<br />${text.born}: ${patient.birthDate}`}</p>
      ${section(text.toCome, await toCome(patient, locale, context), text.none)}
      ${section(text.visits, await visits(patient, locale, context), text.none)}
      ${section(
        text.reports,
        reports.map(
          ({ id, title }) =>
            html`<form method="post">
              ${again}<input type="hidden" name="report" value="${id}" /><button class="title">${title}</button>
            </form>`,
        ),
        text.none,
      )}
      ${section(text.choices, await choices(patient, locale, context), text.none)}
      ${section(text.mails, await mails(patient, passed, context), text.none)}`,
  });
}

const section = (title: string, lines: readonly (Html | string)[], none: string): Html =>
  html`<h2>${title}</h2>
    ${
      lines.length > 0
        ? html`<ul>
            ${lines.map(line => html`<li>${line}</li>`)}
          </ul>`
        : html`<p class="quiet">${none}</p>`
    }`;

async function toCome(patient: Patient, locale: Locale, context: Context): Promise<string[]> {
  const { em, now } = context;
  const { timeZone } = await clinicOf(context);
  const ahead = await em.find(
    Appointment,
    { patient, startsAt: { $gt: now }, status: { $in: ['PENDING', 'BOOKED', 'CONFIRMED'] } },
    { orderBy: { startsAt: 'asc' }, limit: most, populate: ['practitioner'] },
  );
  return ahead.map(({ startsAt, practitioner }) =>
    [whenText(startsAt!, locale, timeZone), practitioner?.name].filter(Boolean).join(' · '),
  );
}

async function visits(patient: Patient, locale: Locale, context: Context): Promise<string[]> {
  const { timeZone } = await clinicOf(context);
  const seen = await context.em.find(
    Visit,
    { patient, status: 'COMPLETED' },
    { orderBy: { startedAt: 'desc' }, limit: most, populate: ['department'] },
  );
  return seen.map(({ startedAt, department }) =>
    [whenText(startedAt, locale, timeZone), textIn(department?.name, locale)].filter(Boolean).join(' · '),
  );
}

async function choices(patient: Patient, locale: Locale, context: Context): Promise<string[]> {
  const topics = preferencesTexts[locale].topics;
  const states = await consentStateOf(patient, context);
  return states.flatMap(({ purpose, channel, standing }) => {
    const topic = purpose in topics ? topics[purpose as keyof typeof topics] : undefined;
    // Of what is asked of few nobody else reads that it was not.
    const isFurther = (furtherTopics as readonly string[]).includes(purpose);
    if (isFurther && standing === 'NOT_ASKED') return [];
    return topic && channel === 'EMAIL' ? `${topic[0]}: ${recordTexts[locale].standing[standing]}` : [];
  });
}

/** When, and of which kind; each can be read as it was sent, but for those with a code in them. */
async function mails(patient: Patient, { again }: Passed, context: Context): Promise<Html[]> {
  const locale = patient.language;
  const text = recordTexts[locale];
  const { timeZone } = await clinicOf(context);
  const sent = await context.em.find(Delivery, { patient, state: 'sent' }, { orderBy: { id: 'desc' }, limit: most });
  const messages = await Promise.all(sent.map(({ id }) => context.load(sentMessage, id)));
  const topics = preferencesTexts[locale].topics;
  return sent.map(({ id, sentAt, purpose }, at) => {
    const name = purpose.toUpperCase().replaceAll('-', '_');
    const kind = name in topics ? topics[name as keyof typeof topics][0] : text.account;
    const open = html`${again}<input type="hidden" name="mail" value="${id}" />
      <button class="title">${messages[at]?.subject}</button><br />`;
    return html`<form method="post" target="_blank">
      ${messages[at] && open}<span class="quiet">${whenText(sentAt!, locale, timeZone)} · ${kind}</span>
    </form>`;
  });
}

/** A page of its own: the mail has styles in its elements, which no other page may have, and nothing else is let in. */
async function mailOf(id: string | null, patient: Patient, context: Context): Promise<Response | undefined> {
  if (id === null || !isId(id)) return undefined;
  const delivery = await context.em.findOne(Delivery, { id, patient, state: 'sent' });
  const message = delivery && (await readMessage(delivery.id, context));
  if (!message) return undefined;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'",
  };
  const note = html`<p style="${noteStyle}">${recordTexts[patient.language].archived}</p>`;
  return new Response(
    message.html.replace(/<body[^>]*>/, body => body + String(note)),
    { headers },
  );
}

/** Not of the mail: it says why nothing happens when a link of it is followed. */
const noteStyle =
  'margin: 0; padding: 8px 16px; background: #1d2733; color: #fff; font: 14px/1.5 system-ui, sans-serif';
