import { follows, html, page, RapportError, type Context, type Html, type Route } from 'clinic-rapport';
import { Appointment } from '../appointment.ts';
import { clinicOf } from '../clinic.ts';
import { find } from '../find.ts';
import { textIn } from '../localized-text.ts';
import { formOf, pageStyle, patientOfLink } from '../page-parts.ts';
import { stepUp } from '../step-up.ts';
import { givenOf, readAnswers, type Checked, type Given } from './answer.ts';
import { askedFor, type Asked } from './asking.ts';
import { conditionStyle, fieldOf, questions } from './form.ts';
import { flat, isQuestion } from './item.ts';
import { questionnaireLink } from './link.ts';
import { Questionnaire } from './questionnaire.ts';
import { respond } from './responding.ts';
import { questionnaireTexts, type QuestionnaireTexts } from './texts.ts';

interface Opened extends Asked {
  readonly appointment: Appointment;
}

/**
 * GET shows the questions and changes nothing; POST saves or completes. What was answered before is shown to nobody but who
 * has shown to be the patient, so who goes on is asked that first; what is completed is not shown at all.
 */
export const questionnaireRoutes: Route[] = follows(questionnaireLink, {
  get: async ({ appointmentId }, _request, context) => {
    const opened = await open(appointmentId, context);
    if (opened instanceof Response) return opened;
    if (!opened.response) return formPage(opened, {}, context);
    const answer = await stepUp(undefined, targetOf(opened), context);
    return answer instanceof Response ? answer : formPage(opened, {}, context);
  },
  post: async ({ appointmentId }, request, context) => {
    const opened = await open(appointmentId, context);
    if (opened instanceof Response) return opened;
    const form = await formOf(request);
    if (!opened.response) return take(await asShown(opened, form, context), form, context);
    const passed = await stepUp(form, targetOf(opened), context);
    if (passed instanceof Response) return passed;
    if (form.has('act')) return take(opened, form, context, passed.again);
    return formPage(opened, { given: givenOf(opened.response.answers), again: passed.again }, context);
  },
});

const targetOf = ({ appointment }: Opened): string => `questionnaire ${appointment.id}`;

/** What is asked, or the page that says why nothing is. */
async function open(appointmentId: string, context: Context): Promise<Opened | Response> {
  const appointment = await find(Appointment, appointmentId, context);
  const asked = await askedFor(appointment, context);
  if (asked?.response && asked.response.status !== 'IN_PROGRESS')
    return say('doneBefore', context, asked.questionnaire);
  const { startsAt, status } = appointment;
  const isAhead = startsAt != null && startsAt > context.now && status !== 'CANCELLED' && status !== 'NO_SHOW';
  return asked && isAhead ? { appointment, ...asked } : say('closed', context);
}

/** Whoever had the page open while a new version was published answers what was asked then. */
async function asShown(opened: Opened, form: URLSearchParams, context: Context): Promise<Opened> {
  const shown = await context.em.findOne(Questionnaire, { id: uuidIn(form.get('questionnaire')) });
  return shown && shown.name === opened.questionnaire.name ? { ...opened, questionnaire: shown } : opened;
}

const nobody = '00000000-0000-0000-0000-000000000000';
const uuidIn = (text: string | null): string => (text && /^[0-9a-f-]{36}$/.test(text) ? text : nobody);

async function take(opened: Opened, form: URLSearchParams, context: Context, again?: Html): Promise<Response> {
  const { questionnaire, appointment, response } = opened;
  const given = givenIn(form, questionnaire);
  const isWhole = form.get('act') !== 'save';
  const { answers, faults } = readAnswers(questionnaire.items, given, { whole: isWhole });
  if (faults.size > 0) return formPage(opened, { given, faults, again, status: 422 }, context);
  const patient = await patientOfLink(context);
  try {
    await context.em.transactional(() =>
      respond({ patient, appointment, questionnaire, response, answers, isWhole }, context),
    );
  } catch (error) {
    if (!(error instanceof RapportError && error.code === 'CONFLICT')) throw error;
    context.em.clear();
    return say('changed', context, questionnaire, 409);
  }
  return say(isWhole ? 'done' : 'saved', context, questionnaire);
}

const givenIn = (form: URLSearchParams, { items }: Questionnaire): Given =>
  Object.fromEntries(
    flat(items)
      .filter(isQuestion)
      .map(({ linkId }) => [linkId, form.getAll(fieldOf(linkId))]),
  );

interface Filled {
  given?: Given;
  faults?: Checked['faults'];
  /** That the bearer has shown to be the patient. */
  again?: Html;
  status?: number;
}

async function formPage(
  { questionnaire }: Opened,
  { given = {}, faults = new Map(), again, status }: Filled,
  context: Context,
): Promise<Response> {
  const { language: locale } = await patientOfLink(context);
  const text = questionnaireTexts[locale];
  const { id, title, introduction, items } = questionnaire;
  return show(textIn(title, locale), context, {
    status,
    style: conditionStyle(items),
    body: html`${introduction && html`<p>${textIn(introduction, locale)}</p>`}
      <form method="post" novalidate>
        <input type="hidden" name="questionnaire" value="${id}" />${again}
        ${questions({ items, locale, given, faults })} ${buttons(text)}
      </form>`,
  });
}

const buttons = (text: QuestionnaireTexts): Html =>
  html`<p><button name="act" value="complete">${text.complete}</button></p>
    <p>
      <button class="plain" name="act" value="save">${text.save}</button><br /><span class="quiet"
        >${text.saveHint}</span
      >
    </p>`;

type Message = 'done' | 'doneBefore' | 'saved' | 'closed' | 'changed';

async function say(message: Message, context: Context, asked?: Questionnaire, status = 200): Promise<Response> {
  const { language: locale } = await patientOfLink(context);
  const { name } = await clinicOf(context);
  const text = questionnaireTexts[locale];
  const title = asked ? textIn(asked.title, locale) : name;
  const body = html`<p role="status">${text[message]}</p>`;
  return show(title, context, { body, status: message === 'closed' ? 410 : status });
}

async function show(
  title: string,
  context: Context,
  { body, status, style = '' }: { body: Html; status?: number; style?: string },
): Promise<Response> {
  const { name, phone } = await clinicOf(context);
  const { language: locale } = await patientOfLink(context);
  return page({
    title,
    locale,
    status,
    style: `${pageStyle}${formStyle}${style}`,
    body: html`<p class="quiet">${name}</p>
      <h1>${title}</h1>
      ${body} ${phone && html`<p class="quiet">${questionnaireTexts[locale].call(phone)}</p>`}`,
  });
}

const formStyle = `
.heading { font-size: 1.15rem; margin: 0 0 1rem; }
.group { border-top: 1px solid #dfe4e9; padding-top: 1rem; }
.hint { margin: 0.1rem 0 0.4rem; }
.hint:empty, .error:empty { display: none; }
`;
