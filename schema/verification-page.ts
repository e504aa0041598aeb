import { html, page, type Locale } from 'clinic-rapport';

const texts: Readonly<Record<Locale, { title: string; ask: string; button: string; done: string }>> = {
  'zh-Hant': { title: '確認電子郵件地址', ask: '這是您的地址嗎？', button: '是，確認', done: '謝謝，這個地址已確認。' },
  'zh-Hans': { title: '确认电子邮件地址', ask: '这是您的地址吗？', button: '是，确认', done: '谢谢，这个地址已确认。' },
  en: {
    title: 'Confirm your e-mail address',
    ask: 'Is this address yours?',
    button: 'Yes, confirm',
    done: 'Thank you. The address is confirmed.',
  },
};

/** The page behind the link of a verification mail; a plain form, as it has to work without JavaScript. */
export function verificationPage(state: 'ask' | 'done', locale: Locale): Response {
  const { title, ask, button, done } = texts[locale];
  const body =
    state === 'done'
      ? html`<p>${done}</p>`
      : html`<p>${ask}</p>
          <form method="post"><button>${button}</button></form>`;
  return page({
    title,
    locale,
    body: html`<h1>${title}</h1>
      ${body}`,
  });
}
