import type { ErrorCode } from '../errors.ts';
import type { Locale } from '../plugin.ts';
import { html } from './html.ts';
import { page } from './page.ts';

/** Why there is no other page. */
export type NoticeName = keyof typeof statuses;

const statuses = {
  bad: 400,
  credential: 401,
  forbidden: 403,
  invalid: 404,
  missing: 404,
  method: 405,
  changed: 409,
  expired: 410,
  long: 413,
  often: 429,
  failed: 500,
  unavailable: 503,
} as const;

type Text = readonly [title: string, text: string];

const texts: Readonly<Record<Locale, Readonly<Record<NoticeName, Text>>>> = {
  'zh-Hant': {
    bad: ['無法處理', '送出的內容有誤，請返回上一頁再試一次。'],
    credential: ['請先登入', '這個頁面需要登入。'],
    forbidden: ['沒有權限', '您沒有使用這個頁面的權限。'],
    invalid: ['連結無效', '這個連結不完整或已失效。請使用信件中的完整連結，或直接與診所聯絡。'],
    missing: ['找不到頁面', '這裡沒有您要找的頁面。'],
    method: ['無法處理', '這個頁面不能這樣使用。請重新開啟信件中的連結。'],
    changed: ['資料已變更', '資料剛剛有變動，這次沒有任何更改。請重新開啟連結，查看目前的狀況。'],
    expired: ['連結已過期', '這個連結的使用期限已過。如需協助，請直接與診所聯絡。'],
    long: ['內容太長', '送出的內容太長。'],
    often: ['請稍後再試', '短時間內次數過多，這次沒有任何更改。請稍後再試，或直接與診所聯絡。'],
    failed: ['發生錯誤', '系統發生錯誤，這次沒有任何更改。請稍後再試，或直接與診所聯絡。'],
    unavailable: ['暫時無法使用', '系統暫時無法處理，這次沒有任何更改。請稍後再試，或直接與診所聯絡。'],
  },
  'zh-Hans': {
    bad: ['无法处理', '提交的内容有误，请返回上一页再试一次。'],
    credential: ['请先登录', '此页面需要登录。'],
    forbidden: ['没有权限', '您没有使用此页面的权限。'],
    invalid: ['链接无效', '此链接不完整或已失效。请使用邮件中的完整链接，或直接与诊所联系。'],
    missing: ['找不到页面', '这里没有您要找的页面。'],
    method: ['无法处理', '此页面不能这样使用。请重新打开邮件中的链接。'],
    changed: ['数据已变更', '数据刚刚有变动，这次没有任何更改。请重新打开链接，查看当前的情况。'],
    expired: ['链接已过期', '此链接的使用期限已过。如需帮助，请直接与诊所联系。'],
    long: ['内容太长', '提交的内容太长。'],
    often: ['请稍后再试', '短时间内次数过多，这次没有任何更改。请稍后再试，或直接与诊所联系。'],
    failed: ['发生错误', '系统发生错误，这次没有任何更改。请稍后再试，或直接与诊所联系。'],
    unavailable: ['暂时无法使用', '系统暂时无法处理，这次没有任何更改。请稍后再试，或直接与诊所联系。'],
  },
  en: {
    bad: ['This did not work', 'Something in what was sent is not right. Please go back and try again.'],
    credential: ['Please sign in', 'This page is for those who are signed in.'],
    forbidden: ['Not allowed', 'You may not use this page.'],
    invalid: [
      'This link is not valid',
      'It is incomplete, or does not work any more. Please use the whole link of the mail, or contact the clinic.',
    ],
    missing: ['Page not found', 'There is nothing here.'],
    method: ['This did not work', 'The page cannot be used in this way. Please open the link of the mail again.'],
    changed: [
      'Something has changed',
      'It was changed a moment ago, and nothing was done now. Please open the link again to see how things stand.',
    ],
    expired: [
      'This link has expired',
      'It could be used until a while ago. If you need help, please contact the clinic.',
    ],
    long: ['Too long', 'What was sent is too long.'],
    often: [
      'Too often',
      'It was tried too often in a short time, and nothing was changed. Please try again later, or contact the clinic.',
    ],
    failed: ['Something went wrong', 'Nothing was changed. Please try again later, or contact the clinic.'],
    unavailable: ['Not available at the moment', 'Nothing was changed. Please try again later, or contact the clinic.'],
  },
};

/** What a reader can tell the clinic, and the clinic's log knows. */
export interface Reference {
  readonly code?: ErrorCode;
  readonly requestId?: string;
}

/** A page that says why there is no other, in the reader's language. */
export function notice(name: NoticeName, locale: Locale, { code, requestId }: Reference = {}): Response {
  const [title, text] = texts[locale][name];
  return page({
    title,
    locale,
    status: statuses[name],
    body: html`<h1>${title}</h1>
      <p>${text}</p>
      ${code && html`<p class="code">${code} · ${requestId}</p>`}`,
    style: '.code { color: #56616d; font-size: 0.8rem; overflow-wrap: anywhere; }',
  });
}

const byCode: Partial<Record<ErrorCode, NoticeName>> = {
  UNAUTHENTICATED: 'credential',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'invalid',
  BAD_USER_INPUT: 'bad',
  CONFLICT: 'changed',
  SLOT_TAKEN: 'changed',
  QUERY_TOO_COMPLEX: 'long',
  RATE_LIMITED: 'often',
  PLUGIN_UNAVAILABLE: 'unavailable',
  ISSUER_UNAVAILABLE: 'unavailable',
  STORAGE_UNAVAILABLE: 'unavailable',
};

export const noticeOf = (code: ErrorCode): NoticeName => byCode[code] ?? 'failed';
export const statusOf = (code: ErrorCode): number => statuses[noticeOf(code)];
