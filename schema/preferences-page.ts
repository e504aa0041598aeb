import {
  badInput,
  follows,
  html,
  maskedAddress,
  page,
  type Context,
  type Html,
  type Locale,
  type Route,
} from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { assumed } from './consent.ts';
import { find } from './find.ts';
import { isMinor } from './guardian.ts';
import { noticeAsHtml, noticeOfPages } from './notice-page.ts';
import type { NoticeVersion } from './notice.ts';
import { Patient } from './patient.ts';
import { preferencesLink, type PreferencesOf } from './preferences-link.ts';
import { preferencesTexts, type PreferencesTexts } from './preferences-texts.ts';
import * as preferences from './preferences.ts';
import { LeavingReason } from './unsubscribe.ts';

/**
 * Shows what the patient gets on GET, which changes nothing: mail scanners follow links. A POST does what one button says;
 * that of a mail program (RFC 8058) withdraws the purpose of the mail, without a login and without a cookie.
 */
export const preferencesRoutes: Route[] = follows(preferencesLink, {
  get: (of, _request, context) => show(of, context),
  post: async (of, request, context) => {
    const form = await formOf(request);
    if (form.get('List-Unsubscribe') !== 'One-Click') return show(of, context, await choose(of, form, context));
    await preferences.leave(of.purpose, of, { way: 'ONE_CLICK' }, context);
    return show(of, context, 'stopped');
  },
});

type Message = 'stopped' | 'started';

/** Asked for, but to be agreed to first. */
interface Asking {
  readonly topic: preferences.Topic;
  readonly notice: NoticeVersion;
}

/** What each button sends is one act, so that a page which was opened long ago undoes nothing else. */
async function choose(of: PreferencesOf, form: Form, context: Context): Promise<Message | Asking> {
  const reason = Object.values(LeavingReason).find(known => known === form.get('reason'));
  const leaving = { way: 'PAGE', reason } as const;
  const topicIn = (name: string) => preferences.topics.find(topic => topic === form.get(name));
  const [stop, all] = [topicIn('stop'), form.get('all')];
  const start = preferences.usualTopics.find(topic => topic === form.get('start'));
  if (stop) await preferences.leave(stop, of, leaving, context);
  else if (start) return startOf(start, form.get('notice'), context);
  else if (all === 'stop') await preferences.stopAddress(of, leaving, context);
  else if (all === 'start') await preferences.restartAddress(of, context);
  else throw badInput('stop', 'The form says neither what to stop nor what to start.');
  return stop || all === 'stop' ? 'stopped' : 'started';
}

/** To agree is to know to what: the page shows the notice in force first, again where it was another one. */
async function startOf(topic: preferences.Topic, shown: string | null, context: Context): Promise<Message | Asking> {
  const notice = assumed.has(topic) ? null : await noticeOfPages(context);
  if (notice && notice.id !== shown) return { topic, notice };
  await preferences.takeUp(topic, notice?.id, context);
  return 'started';
}

type Form = Pick<URLSearchParams, 'get'>;

/** Mail programs may send either kind of form. */
async function formOf(request: Request): Promise<Form> {
  if (!/^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? ''))
    return new URLSearchParams(await request.text());
  const form = await request.formData().catch(() => {
    throw badInput('content-type', 'This is no form.');
  });
  return { get: name => (typeof form.get(name) === 'string' ? (form.get(name) as string) : null) };
}

async function show(of: PreferencesOf, context: Context, message?: Message | Asking): Promise<Response> {
  const { name, phone } = await clinicOf(context);
  const locale = await languageOf(context);
  const text = preferencesTexts[locale];
  if (typeof message === 'object') return ask(message, name, locale);
  // A minor agrees at the clinic, with a guardian.
  const canAgree = (await noticeOfPages(context)) !== null && !(await isMinor(await patientOf(context), context));
  const standing = await preferences.standing(of, context);
  return page({
    title: text.title,
    locale,
    style,
    body: html`<p class="quiet">${name}</p>
      <h1>${text.title}</h1>
      ${message && html`<p role="status">${text[message]}</p>`}
      ${standing.address && html`<p class="quiet">${text.sentTo} ${maskedAddress(standing.address)}</p>`}
      ${standing.isStopped ? restart(text) : choices(standing, text, canAgree)}
      ${phone && html`<p class="quiet">${text.call(phone)}</p>`}`,
  });
}

function ask({ topic, notice }: Asking, clinic: string, locale: Locale): Response {
  const text = preferencesTexts[locale];
  const [name, what] = text.topics[topic];
  return page({
    title: name,
    locale,
    style,
    body: html`<p class="quiet">${clinic}</p>
      <h1>${name}</h1>
      <p>${what}</p>
      <p>${text.before}</p>
      ${noticeAsHtml(notice, locale)}
      <form method="post">
        <input type="hidden" name="notice" value="${notice.id}" />
        <p><button name="start" value="${topic}">${text.agree}</button></p>
        <p><a href="">${text.back}</a></p>
      </form>`,
  });
}

const patientOf = (context: Context): Promise<Patient> => find(Patient, context.actor.patientIds[0]!, context);

const languageOf = async (context: Context): Promise<Locale> => (await patientOf(context)).language;

const restart = (text: PreferencesTexts): Html =>
  html`<p>${text.allStopped}</p>
    <form method="post">
      <button name="all" value="start">${text.allStart}</button>
    </form>`;

const choices = ({ chosen, address }: preferences.Standing, text: PreferencesTexts, canAgree: boolean): Html =>
  html`<form method="post">
    <ul>
      ${preferences.usualTopics.map(topic => choice(topic, chosen[topic], text, canAgree || assumed.has(topic)))}
      ${preferences.furtherTopics.filter(topic => chosen[topic]).map(topic => choice(topic, true, { ...text, on: text.agreed }, false))}
    </ul>
    <p>
      <label
        >${text.why}<br /><select name="reason">
          <option value="">${text.noReason}</option>
          ${Object.values(LeavingReason).map(reason => html`<option value="${reason}">${text.reasons[reason]}</option>`)}
        </select></label
      >
    </p>
    ${address && html`<p><button class="danger" name="all" value="stop">${text.all}</button><br /><span class="quiet">${text.allHint}</span></p>`}
    <p class="quiet">${text.asked}</p>
  </form>`;

function choice(topic: preferences.Topic, isOn: boolean, text: PreferencesTexts, canStart: boolean): Html {
  const [name, what] = text.topics[topic];
  const act = isOn ? 'stop' : 'start';
  return html`<li>
    <div>
      <strong>${name}</strong><br /><span class="quiet">${what}</span><br /><span class="${isOn ? 'on' : 'off'}"
        >${isOn ? text.on : text.off}</span
      >
    </div>
    ${(isOn || canStart) && html`<button class="plain" name="${act}" value="${topic}" aria-label="${text[act]}: ${name}">${text[act]}</button>`}
  </li>`;
}

/** What the plain look of the platform's pages does not have. */
const style = `
.quiet { color: #56616d; font-size: 0.9rem; }
ul { list-style: none; margin: 0 0 1.5rem; padding: 0; }
li { display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: 0.9rem 0; border-bottom: 1px solid #dfe4e9; }
li button { flex: none; padding: 0.5rem 1rem; }
.on { color: #0b6b5f; font-size: 0.9rem; }
.off { color: #8a4b08; font-size: 0.9rem; }
button.plain { background: #fff; color: #0b6b5f; border: 1px solid #0b6b5f; }
button.danger { background: #fff; color: #a3261b; border: 1px solid #a3261b; }
dt { font-weight: 600; margin-top: 0.75rem; }
dd { margin: 0; }
select { font: inherit; padding: 0.5rem; margin-top: 0.25rem; max-width: 100%; }
[role="status"] { padding: 0.75rem 1rem; border-left: 4px solid #0b6b5f; background: #e8f3f1; }
`;
