import {
  defineLimit,
  defineLink,
  follows,
  html,
  RapportError,
  type Context,
  type Html,
  type Link,
  type Route,
} from 'clinic-rapport';
import { formOf, patientOfLink } from './page-parts.ts';
import { dayIn } from './day-in.ts';
import { deadLinkPage, stepUpPage } from './step-up-page.ts';

/** Wrong answers in a row after which a link is dead for good. */
export const mostFailures = 5;
/** Tries of one patient at all links, so that many links are no way around the five of each. */
const tries = defineLimit('step-up.try', 20, 3_600);
/** For so long a page that was opened may send its next form without asking again. */
const passedFor = 15 * 60_000;

/** Is never mailed: it stands in the forms of a page that was opened, and says that who sends it has passed. */
export const passedLink = defineLink<{ target: string }>('step-up.passed', '/step-up-passed');

/** Who sends the form has shown to be the patient. */
export interface Passed {
  readonly form: URLSearchParams;
  /** Stands in each form of the page, whose POST then need not ask again for a quarter of an hour. */
  readonly again: Html;
}

/**
 * Lets nobody see what a mailed link leads to but the patient: asks for the date of birth, or for the last digits of a phone
 * number. Answers the page that asks (also without a form, for a GET), or that the form has passed. Five wrong answers in a
 * row end the link for good; `target` names it, as `report <id> 2`.
 */
export async function stepUp(
  form: URLSearchParams | undefined,
  target: string,
  context: Context,
): Promise<Passed | Response> {
  if (await isDead(target, context)) return deadLinkPage(context);
  if (!form) return stepUpPage(context);
  if (hasPassed(form, target, context)) return { form, again: againOf(target, context) };
  const [birthDate, phone] = [form.get('birthDate')?.trim() ?? '', form.get('phone')?.trim() ?? ''];
  if (birthDate === '' && phone === '') return stepUpPage(context, form.size > 0 ? 'missing' : undefined);
  if (!(await maySpend(context))) return stepUpPage(context, 'wait');
  if (!(await count(target, context))) return deadLinkPage(context);
  if (!(await isPatient({ birthDate, phone }, context))) {
    return (await isDead(target, context)) ? deadLinkPage(context) : stepUpPage(context, 'wrong');
  }
  await forget(target, context);
  return { form, again: againOf(target, context) };
}

export interface BehindStepUp<T> {
  /** What the tries are counted for; undefined where the link opens nothing any more. Names begin with the plugin's. */
  target(data: T, context: Context): Promise<string | undefined>;
  /** The page: the answer of the POST that has passed, and of those that its forms send. */
  show(data: T, passed: Passed, context: Context): Promise<Response>;
}

/** The routes of a signed link whose page only the patient may see. GET asks who it is, and changes nothing. */
export const behindStepUp = <T>(link: Link<T>, { target, show }: BehindStepUp<T>): Route[] =>
  follows(link, {
    get: async (data, _request, context) => {
      const named = await target(data, context);
      return named === undefined ? deadLinkPage(context) : asPage(await stepUp(undefined, named, context));
    },
    post: async (data, request, context) => {
      const named = await target(data, context);
      if (named === undefined) return deadLinkPage(context);
      const passed = await stepUp(await formOf(request), named, context);
      return passed instanceof Response ? passed : show(data, passed, context);
    },
  });

const asPage = (answer: Passed | Response): Response => {
  if (answer instanceof Response) return answer;
  throw new Error('Nobody passes without a form.');
};

const againOf = (target: string, context: Context): Html => {
  const expiresAt = new Date(context.now.getTime() + passedFor);
  const url = context.link(passedLink, { target }, { patientId: context.actor.patientIds[0], expiresAt });
  return html`<input type="hidden" name="passed" value="${url.slice(url.lastIndexOf('/') + 1)}" />`;
};

function hasPassed(form: URLSearchParams, target: string, context: Context): boolean {
  const token = form.get('passed');
  if (!token) return false;
  try {
    return context.open(passedLink, token).target === target;
  } catch (error) {
    if (error instanceof RapportError && error.code === 'NOT_FOUND') return false;
    throw error;
  }
}

async function maySpend(context: Context): Promise<boolean> {
  try {
    await context.spend(tries, context.actor.patientIds[0]!);
    return true;
  } catch (error) {
    if (error instanceof RapportError && error.code === 'RATE_LIMITED') return false;
    throw error;
  }
}

async function isDead(target: string, { em, clinicId }: Context): Promise<boolean> {
  const [row] = await em.execute<{ failures: number }[]>(
    'select failures from step_up where clinic_id = ? and target = ?',
    [clinicId, target],
  );
  return (row?.failures ?? 0) >= mostFailures;
}

/** Counts a try as wrong before it is judged, so that of many at once no sixth is judged. */
async function count(target: string, { em, clinicId, now, actor }: Context): Promise<boolean> {
  const rows = await em.execute<object[]>(
    `insert into step_up as s (clinic_id, target, patient_id, failures, changed_at) values (?, ?, ?, 1, ?)
     on conflict (clinic_id, target) do update set failures = s.failures + 1, changed_at = excluded.changed_at
       where s.failures < ?
     returning s.failures`,
    [clinicId, target, actor.patientIds[0], now.toISOString(), mostFailures],
  );
  return rows.length > 0;
}

const forget = (target: string, { em, clinicId }: Context): Promise<unknown> =>
  em.execute('update step_up set failures = 0 where clinic_id = ? and target = ?', [clinicId, target]);

interface Proof {
  readonly birthDate: string;
  readonly phone: string;
}

/** Both are looked at in any case: an answer that comes sooner would tell which of them the clinic knows. */
async function isPatient({ birthDate, phone }: Proof, context: Context): Promise<boolean> {
  const patient = await patientOfLink(context);
  const day = dayIn(birthDate);
  const isBorn = day !== undefined && patient.birthDate === day && !patient.birthDateApproximate;
  const digits = phone.normalize('NFKC').replace(/\D/g, '').slice(-4);
  const phones = await context.em.execute<{ value: string }[]>(
    `select value from contact_point where clinic_id = ? and patient_id = ? and system = 'PHONE'`,
    [context.clinicId, patient.id],
  );
  const isReached = digits.length === 4 && phones.some(({ value }) => value.replace(/\D/g, '').endsWith(digits));
  return isBorn || isReached;
}

/** Who opens the token as if it were a mailed link finds nothing. */
export const passedRoutes: Route[] = follows(passedLink, { get: (_data, _request, context) => deadLinkPage(context) });
