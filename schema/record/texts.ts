import type { Locale } from 'clinic-rapport';
import type { ConsentStanding } from '../consent-state.ts';

export interface RecordTexts {
  readonly title: string;
  readonly born: string;
  readonly toCome: string;
  readonly visits: string;
  readonly reports: string;
  readonly back: string;
  readonly choices: string;
  readonly mails: string;
  /** Above a mail that is shown again. */
  readonly archived: string;
  readonly none: string;
  readonly account: string;
  readonly standing: Readonly<Record<ConsentStanding, string>>;
}

export const recordTexts: Readonly<Record<Locale, RecordTexts>> = {
  'zh-Hant': {
    title: '您的紀錄',
    born: '出生日期',
    toCome: '即將到來的預約',
    visits: '看診紀錄',
    reports: '給您的報告',
    back: '回到紀錄',
    choices: '您的選擇（電子郵件）',
    mails: '寄給您的信',
    archived: '這是當時寄給您的信；信中的連結已失效。',
    none: '沒有資料。',
    account: '帳號',
    standing: {
      GIVEN: '已同意',
      UNCONFIRMED: '已同意，地址未確認',
      ASSUMED: '未反對',
      NOT_ASKED: '未詢問',
      WITHDRAWN: '已拒絕',
    },
  },
  'zh-Hans': {
    title: '您的记录',
    born: '出生日期',
    toCome: '即将到来的预约',
    visits: '就诊记录',
    reports: '给您的报告',
    back: '回到记录',
    choices: '您的选择（电子邮件）',
    mails: '发给您的邮件',
    archived: '这是当时发给您的邮件；邮件中的链接已失效。',
    none: '没有资料。',
    account: '账号',
    standing: {
      GIVEN: '已同意',
      UNCONFIRMED: '已同意，地址未确认',
      ASSUMED: '未反对',
      NOT_ASKED: '未询问',
      WITHDRAWN: '已拒绝',
    },
  },
  en: {
    title: 'Your record',
    born: 'Date of birth',
    toCome: 'Appointments to come',
    visits: 'Visits',
    reports: 'Reports for you',
    back: 'Back to the record',
    choices: 'What you chose (e-mail)',
    mails: 'Mails to you',
    archived: 'This is the mail as it was sent to you. Its links do not work any more.',
    none: 'Nothing here.',
    account: 'Account',
    standing: {
      GIVEN: 'You agreed',
      UNCONFIRMED: 'You agreed; the address is not confirmed',
      ASSUMED: 'You have not objected',
      NOT_ASKED: 'You were not asked',
      WITHDRAWN: 'You said no',
    },
  },
};
