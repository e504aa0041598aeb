import type { Locale } from 'clinic-rapport';
import type { Topic } from './preferences.ts';
import type { LeavingReason } from './unsubscribe.ts';

export interface PreferencesTexts {
  readonly title: string;
  /** Before the address. */
  readonly sentTo: string;
  readonly on: string;
  readonly off: string;
  /** Of what is no mail. */
  readonly agreed: string;
  readonly stop: string;
  readonly start: string;
  readonly topics: Readonly<Record<Topic, readonly [name: string, what: string]>>;
  readonly why: string;
  readonly noReason: string;
  readonly reasons: Readonly<Record<LeavingReason, string>>;
  readonly stopped: string;
  readonly started: string;
  readonly all: string;
  readonly allHint: string;
  readonly allStopped: string;
  readonly allStart: string;
  readonly asked: string;
  /** Above the notice, before someone agrees. */
  readonly before: string;
  readonly agree: string;
  readonly back: string;
  call(phone: string): string;
}

/** All words of the page. It never says what the patient is treated for: someone may look over the shoulder. */
export const preferencesTexts: Readonly<Record<Locale, PreferencesTexts>> = {
  'zh-Hant': {
    title: '您想收到哪些信件？',
    sentTo: '寄送至',
    on: '會收到',
    agreed: '您已同意',
    off: '不會收到',
    stop: '停止',
    start: '我要收到',
    topics: {
      CARE: ['預約與就診', '預約的確認與更改、就診前後的說明'],
      REMINDER: ['預約提醒', '預約前的提醒'],
      MARKETING: ['診所消息', '診所的消息與活動'],
      HEALTH_DATA_MARKETING: ['為您挑選的消息', '依您的就診紀錄挑選的消息與活動'],
      TRACKING: ['閱讀統計', '統計信件是否被開啟、連結是否被點選'],
      REFERRAL_DISCLOSURE: ['讓邀請您的人知道您來過', '只顯示您的姓名，不顯示日期與看診內容'],
      TESTIMONIAL: ['分享您的心得', '診所可引用您所寫的內容'],
      PARTNER_SHARING: ['提供資料給合作夥伴', '僅限您同意的對象與目的'],
    },
    why: '為什麼不想再收到？（可不填）',
    noReason: '不說明',
    reasons: { TOO_MANY: '信件太多', NOT_RELEVANT: '內容與我無關', NEVER_ASKED: '我沒有要求過', OTHER: '其他原因' },
    stopped: '已停止，即刻生效。您不需要再做任何事。',
    started: '好的，您會收到這些信件。',
    all: '停止寄送所有信件到這個地址',
    allHint: '包含預約的確認與更改。',
    allStopped: '我們不會再寄信到這個地址。',
    allStart: '重新寄信到這個地址',
    asked: '登入與驗證信只在您要求時寄出，不受此頁影響。',
    before: '在您同意之前，請先閱讀：',
    agree: '我已閱讀並同意',
    back: '返回，不同意',
    call: phone => `如需協助，請來電 ${phone}。`,
  },
  'zh-Hans': {
    title: '您想收到哪些邮件？',
    sentTo: '发送至',
    on: '会收到',
    agreed: '您已同意',
    off: '不会收到',
    stop: '停止',
    start: '我要收到',
    topics: {
      CARE: ['预约与就诊', '预约的确认与更改、就诊前后的说明'],
      REMINDER: ['预约提醒', '预约前的提醒'],
      MARKETING: ['诊所消息', '诊所的消息与活动'],
      HEALTH_DATA_MARKETING: ['为您挑选的消息', '根据您的就诊记录挑选的消息与活动'],
      TRACKING: ['阅读统计', '统计邮件是否被打开、链接是否被点击'],
      REFERRAL_DISCLOSURE: ['让邀请您的人知道您来过', '只显示您的姓名，不显示日期与就诊内容'],
      TESTIMONIAL: ['分享您的心得', '诊所可引用您所写的内容'],
      PARTNER_SHARING: ['提供数据给合作伙伴', '仅限您同意的对象与目的'],
    },
    why: '为什么不想再收到？（可不填）',
    noReason: '不说明',
    reasons: { TOO_MANY: '邮件太多', NOT_RELEVANT: '内容与我无关', NEVER_ASKED: '我没有要求过', OTHER: '其他原因' },
    stopped: '已停止，即刻生效。您不需要再做任何事。',
    started: '好的，您会收到这些邮件。',
    all: '停止发送所有邮件到这个地址',
    allHint: '包括预约的确认与更改。',
    allStopped: '我们不会再发邮件到这个地址。',
    allStart: '重新发邮件到这个地址',
    asked: '登录与验证邮件只在您要求时发出，不受此页影响。',
    before: '在您同意之前，请先阅读：',
    agree: '我已阅读并同意',
    back: '返回，不同意',
    call: phone => `如需帮助，请致电 ${phone}。`,
  },
  en: {
    title: 'Which mails do you want?',
    sentTo: 'Sent to',
    on: 'You get these',
    agreed: 'You agreed',
    off: 'You do not get these',
    stop: 'Stop',
    start: 'Get these',
    topics: {
      CARE: ['Appointments and visits', 'Your bookings and changes of them, and what to know before and after a visit'],
      REMINDER: ['Reminders', 'Before an appointment'],
      MARKETING: ['News', 'News and events of the clinic'],
      HEALTH_DATA_MARKETING: ['News chosen for you', 'News and events that are chosen by your records'],
      TRACKING: ['Reading statistics', 'Counting whether mails are opened and links followed'],
      REFERRAL_DISCLOSURE: [
        'Letting who invited you know that you came',
        'Your name alone: neither days nor what you came for',
      ],
      TESTIMONIAL: ['Sharing your words', 'The clinic may quote what you wrote'],
      PARTNER_SHARING: ['Passing data to partners', 'Only to whom, and for what, you agreed'],
    },
    why: 'Why do you leave? (You need not say.)',
    noReason: 'I would rather not say',
    reasons: {
      TOO_MANY: 'Too many mails',
      NOT_RELEVANT: 'They are not about me',
      NEVER_ASKED: 'I never asked for them',
      OTHER: 'Something else',
    },
    stopped: 'Stopped, from now on. There is nothing more for you to do.',
    started: 'You will get these mails.',
    all: 'Stop all mails to this address',
    allHint: 'Also confirmations of your bookings.',
    allStopped: 'We do not write to this address any more.',
    allStart: 'Write to this address again',
    asked: 'Mails to sign in or to confirm an address come only when you ask, whatever you choose here.',
    before: 'Before you agree, please read:',
    agree: 'I have read this, and agree',
    back: 'Go back without agreeing',
    call: phone => `If you need help, call us at ${phone}.`,
  },
};
