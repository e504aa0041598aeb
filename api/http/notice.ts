import type { Locale } from '../plugin.ts';

export type NoticeName = 'invalid' | 'expired' | 'missing' | 'unavailable';

const texts: Readonly<Record<Locale, Record<NoticeName, readonly [title: string, text: string]>>> = {
  'zh-Hant': {
    invalid: ['連結無效', '這個連結不完整或已失效。請使用信件中的完整連結，或直接與診所聯絡。'],
    expired: ['連結已過期', '這個連結的使用期限已過。如需協助，請直接與診所聯絡。'],
    missing: ['找不到頁面', '這裡沒有您要找的頁面。'],
    unavailable: ['暫時無法使用', '系統暫時無法處理，請稍後再試，或直接與診所聯絡。'],
  },
  'zh-Hans': {
    invalid: ['链接无效', '此链接不完整或已失效。请使用邮件中的完整链接，或直接与诊所联系。'],
    expired: ['链接已过期', '此链接的使用期限已过。如需帮助，请直接与诊所联系。'],
    missing: ['找不到页面', '这里没有您要找的页面。'],
    unavailable: ['暂时无法使用', '系统暂时无法处理，请稍后再试，或直接与诊所联系。'],
  },
  en: {
    invalid: ['This link is not valid', 'It is incomplete, or does not work any more. Use the whole link of the mail, or contact the clinic.'],
    expired: ['This link has expired', 'It could be used until a while ago. If you need help, please contact the clinic.'],
    missing: ['Page not found', 'There is nothing here.'],
    unavailable: ['Not available at the moment', 'Please try again later, or contact the clinic.'],
  },
};

const statuses: Readonly<Record<NoticeName, number>> = { invalid: 404, expired: 410, missing: 404, unavailable: 503 };

/** A page that says why there is no other, in the reader's language. */
export function notice(name: NoticeName, locale: Locale): Response {
  const [title, text] = texts[locale][name];
  const page = `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>body{font:17px/1.6 system-ui,sans-serif;color:#1d2733;background:#eef1f4;margin:0}main{max-width:34rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:10px}</style></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>`;
  return new Response(page, { status: statuses[name], headers: { 'content-type': 'text/html; charset=utf-8' } });
}
