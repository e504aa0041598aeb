import { follows, html, page, RapportError, type Context, type Html, type Locale, type Route } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { signInLink } from './sign-in-link.ts';
import { chosen, peopleOf, signIn, triesOfLink } from './sign-in-operations.ts';
import type { Person } from './sign-in-person.ts';

interface Texts {
  readonly title: string;
  readonly who: string;
  readonly button: string;
  readonly done: string;
  readonly closed: string;
}

const texts: Readonly<Record<Locale, Texts>> = {
  'zh-Hant': {
    title: '登入',
    who: '您是哪一位？',
    button: '登入',
    done: '您已登入。請將以下權杖貼到您使用的程式中；它只顯示這一次，請勿交給別人。',
    closed: '這個連結已使用或已過期。請重新索取登入連結。',
  },
  'zh-Hans': {
    title: '登录',
    who: '您是哪一位？',
    button: '登录',
    done: '您已登录。请将以下令牌粘贴到您使用的程序中；它只显示这一次，请勿交给别人。',
    closed: '此链接已使用或已过期。请重新索取登录链接。',
  },
  en: {
    title: 'Sign in',
    who: 'Who are you?',
    button: 'Sign in',
    done: 'You are signed in. Give this token to the program that you use; it is shown once, and is for nobody else.',
    closed: 'This link was used before, or is too old. Please ask for a new one.',
  },
};

/** The page of clinics without a frontend of their own. Opening it changes nothing: mail scanners follow links. */
export const signInRoutes: Route[] = follows(signInLink, {
  get: ({ linkId }, _request, context) =>
    orClosed(context, async text => askPage(text, await peopleOf(linkId, context), context)),
  post: ({ linkId }, request, context) =>
    orClosed(context, async text => {
      await context.spend(triesOfLink, linkId);
      const people = await peopleOf(linkId, context);
      const given = new URLSearchParams(await request.text()).get('person');
      const person = chosen(people, given);
      if (!person) return askPage(text, people, context);
      const { token } = await signIn(linkId, person, context);
      return show(
        text,
        html`<p>${text.done}</p>
          <textarea rows="8" readonly>${token}</textarea>`,
        context,
      );
    }),
});

const askPage = (text: Texts, people: readonly Person[], context: Context): Promise<Response> =>
  show(
    text,
    html`<form method="post">
      ${people.length > 1 && html`<p>${text.who}</p>`} ${people.map(person => personField(person, people.length === 1))}
      <p><button>${text.button}</button></p>
    </form>`,
    context,
  );

const personField = ({ id, name }: Person, isOnly: boolean): Html =>
  isOnly
    ? html`<p>${name}</p>
        <input type="hidden" name="person" value="${id}" />`
    : html`<p>
        <label><input type="radio" name="person" value="${id}" required /> ${name}</label>
      </p>`;

async function orClosed(context: Context, work: (text: Texts) => Promise<Response>): Promise<Response> {
  const text = texts[(await clinicOf(context)).locale];
  try {
    return await work(text);
  } catch (error) {
    if (!(error instanceof RapportError) || error.code !== 'UNAUTHENTICATED') throw error;
    return show(text, html`<p>${text.closed}</p>`, context, 410);
  }
}

async function show(text: Texts, body: Html, context: Context, status = 200): Promise<Response> {
  const { name, locale } = await clinicOf(context);
  return page({
    title: text.title,
    locale,
    status,
    body: html`<p>${name}</p>
      <h1>${text.title}</h1>
      ${body}`,
    style: 'textarea { width: 100%; box-sizing: border-box; font: 13px/1.5 ui-monospace, monospace; }',
  });
}
