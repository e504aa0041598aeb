import type { Locale } from 'clinic-rapport';

export interface StepUpTexts {
  readonly title: string;
  readonly why: string;
  readonly birthDate: string;
  readonly birthDateHint: string;
  readonly or: string;
  readonly phone: string;
  readonly phoneHint: string;
  readonly button: string;
  readonly missing: string;
  readonly wrong: string;
  readonly dead: string;
  readonly wait: string;
  call(phone: string): string;
}

/** All words of the step. It never says what lies behind it: the link may have come into other hands. */
export const stepUpTexts: Readonly<Record<Locale, StepUpTexts>> = {
  'zh-Hant': {
    title: '請確認是您本人',
    why: '為了保護您的資料，請填寫下列其中一項。',
    birthDate: '出生日期',
    birthDateHint: '例如 1980-05-12 或民國 69/5/12',
    or: '或',
    phone: '電話號碼末四碼',
    phoneHint: '您留給診所的電話',
    button: '繼續',
    missing: '請填寫出生日期，或電話號碼末四碼。',
    wrong: '資料不符，請再試一次。連續五次不符，這個連結將永久失效。',
    dead: '這個連結已無法使用。如需協助，請直接與診所聯絡。',
    wait: '嘗試次數太多，請稍後再試。',
    call: phone => `診所電話：${phone}`,
  },
  'zh-Hans': {
    title: '请确认是您本人',
    why: '为了保护您的资料，请填写下列其中一项。',
    birthDate: '出生日期',
    birthDateHint: '例如 1980-05-12',
    or: '或',
    phone: '电话号码后四位',
    phoneHint: '您留给诊所的电话',
    button: '继续',
    missing: '请填写出生日期，或电话号码后四位。',
    wrong: '资料不符，请再试一次。连续五次不符，此链接将永久失效。',
    dead: '此链接已无法使用。如需帮助，请直接与诊所联系。',
    wait: '尝试次数太多，请稍后再试。',
    call: phone => `诊所电话：${phone}`,
  },
  en: {
    title: 'Please show that it is you',
    why: 'To keep your data safe, tell us one of these two.',
    birthDate: 'Date of birth',
    birthDateHint: 'Year, month, day: 1980-05-12',
    or: 'or',
    phone: 'Last four digits of your phone number',
    phoneHint: 'Of a number that the clinic has of you',
    button: 'Go on',
    missing: 'Please give your date of birth, or the last four digits of your phone number.',
    wrong: 'That does not match. Please try again; after five times in a row this link does not work any more.',
    dead: 'This link does not work any more. If you need help, please contact the clinic.',
    wait: 'Too many tries. Please try again later.',
    call: phone => `Phone of the clinic: ${phone}`,
  },
};
