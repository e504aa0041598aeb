import { html, page, type Locale } from 'clinic-rapport';

interface Texts {
  readonly title: string;
  ask(clinic: string, name: string): string;
  readonly button: string;
  done(clinic: string, email: string): string;
  readonly closed: string;
}

const texts: Readonly<Record<Locale, Texts>> = {
  'zh-Hant': {
    title: '使用診所系統的邀請',
    ask: (clinic, name) => `${name}，${clinic}邀請您使用系統。`,
    button: '接受邀請',
    done: (clinic, email) => `完成。您現在可以用 ${email} 登入${clinic}的系統。`,
    closed: '這份邀請已使用、已收回或已過期。如有需要，請向診所索取新的邀請。',
  },
  'zh-Hans': {
    title: '使用诊所系统的邀请',
    ask: (clinic, name) => `${name}，${clinic}邀请您使用系统。`,
    button: '接受邀请',
    done: (clinic, email) => `完成。您现在可以用 ${email} 登录${clinic}的系统。`,
    closed: '此邀请已使用、已收回或已过期。如有需要，请向诊所索取新的邀请。',
  },
  en: {
    title: 'An invitation to the clinic’s system',
    ask: (clinic, name) => `${name}, ${clinic} invites you to its system.`,
    button: 'Accept the invitation',
    done: (clinic, email) => `Done. You can sign in to ${clinic} with ${email} now.`,
    closed: 'This invitation was used or taken back, or is too old. Please ask the clinic for a new one.',
  },
};

export interface InvitationPage {
  readonly state: 'ask' | 'done' | 'closed';
  readonly locale: Locale;
  readonly clinic: string;
  readonly name: string;
  readonly email: string;
}

/** A plain form: it works without JavaScript. */
export function invitationPage({ state, locale, clinic, name, email }: InvitationPage): Response {
  const text = texts[locale];
  const message = { ask: text.ask(clinic, name), done: text.done(clinic, email), closed: text.closed }[state];
  return page({
    title: text.title,
    locale,
    status: state === 'closed' ? 410 : 200,
    body: html`<h1>${text.title}</h1>
      <p>${message}</p>
      ${state === 'ask' && html`<form method="post"><button>${text.button}</button></form>`}`,
  });
}
