import { defineMail, withheld, type Locale, type MailTexts } from 'clinic-rapport';
import { clinicOf } from '../clinic.ts';
import { recordLink } from '../record/link.ts';
import { linkLifetime, reportLink, sharedReport, type ReportOf } from './link.ts';

/** Both mails say alike that there is something, and not what: a mail is read over shoulders. */
const shared: Readonly<Record<Locale, Omit<MailTexts, 'subject' | 'lead' | 'button'>>> = {
  'zh-Hant': { check: '開啟時會請您填寫出生日期或電話末四碼。', until: '這個連結七天內有效，請勿轉寄。' },
  'zh-Hans': { check: '打开时会请您填写出生日期或电话后四位。', until: '此链接七天内有效，请勿转发。' },
  en: {
    check: 'When you open it, you are asked for your date of birth or the last digits of your phone number.',
    until: 'The link works for seven days. Please do not forward it.',
  },
};

type Wording = Record<'subject' | 'lead' | 'button', string>;

const texts = (wording: Record<Locale, Wording>): Record<Locale, MailTexts> => ({
  'zh-Hant': { ...shared['zh-Hant'], ...wording['zh-Hant'] },
  'zh-Hans': { ...shared['zh-Hans'], ...wording['zh-Hans'] },
  en: { ...shared.en, ...wording.en },
});

const template = new URL('../mails/record.mjml', import.meta.url);
const sample = { clinic: { name: '晨光診所' }, link: 'https://clinic.example/plugins/core/report/sample' };

export const reportReadyMail = defineMail<ReportOf>('report.ready', {
  purpose: 'care',
  stream: 'transactional',
  template,
  texts: texts({
    'zh-Hant': { subject: '您有一份新的文件', lead: '診所為您準備了一份文件。', button: '開啟' },
    'zh-Hans': { subject: '您有一份新的文件', lead: '诊所为您准备了一份文件。', button: '打开' },
    en: {
      subject: 'There is a document for you',
      lead: 'The clinic has prepared a document for you.',
      button: 'Open it',
    },
  }),
  sample,
  async fields(of, context) {
    const report = await sharedReport(of, context);
    if (!report) return withheld('REPORT_NOT_SHARED');
    const expiresAt = new Date(context.now.getTime() + linkLifetime);
    const link = context.link(reportLink, of, { patientId: report.patient.id, expiresAt });
    return { clinic: { name: (await clinicOf(context)).name }, link };
  },
});

export const recordUpdatedMail = defineMail<{ patientId: string }>('record.updated', {
  purpose: 'care',
  stream: 'transactional',
  template,
  texts: texts({
    'zh-Hant': { subject: '您的資料有更新', lead: '您在診所的資料有更新。', button: '查看' },
    'zh-Hans': { subject: '您的资料有更新', lead: '您在诊所的资料有更新。', button: '查看' },
    en: {
      subject: 'Your file was updated',
      lead: 'Something in your file at the clinic was updated.',
      button: 'Look at it',
    },
  }),
  sample,
  async fields({ patientId }, context) {
    const expiresAt = new Date(context.now.getTime() + linkLifetime);
    const link = context.link(recordLink, { at: context.now.getTime() }, { patientId, expiresAt });
    return { clinic: { name: (await clinicOf(context)).name }, link };
  },
});
