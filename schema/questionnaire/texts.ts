import type { Locale } from 'clinic-rapport';
import type { Fault } from './answer.ts';

export interface QuestionnaireTexts {
  readonly yes: string;
  readonly no: string;
  readonly choose: string;
  readonly required: string;
  readonly several: string;
  readonly dateHint: string;
  readonly numberHint: string;
  readonly complete: string;
  readonly save: string;
  readonly saveHint: string;
  readonly saved: string;
  readonly done: string;
  readonly doneBefore: string;
  readonly closed: string;
  readonly wrong: string;
  readonly changed: string;
  readonly faults: Readonly<Record<Fault, string>>;
  onlyIf(question: string, answer: string): string;
  call(phone: string): string;
}

/** All words of the pages beside the questions themselves. */
export const questionnaireTexts: Readonly<Record<Locale, QuestionnaireTexts>> = {
  'zh-Hant': {
    yes: '是',
    no: '否',
    choose: '請選擇',
    required: '必填',
    several: '可複選',
    dateHint: '例如 2026-05-12',
    numberHint: '請填數字',
    complete: '完成並送出',
    save: '先儲存，稍後再填',
    saveHint: '之後可用同一個連結繼續。',
    saved: '已儲存。您可以在看診前用同一個連結繼續填寫。',
    done: '謝謝您，問卷已送出，醫師會在看診前閱讀。',
    doneBefore: '這份問卷已填寫完成，謝謝您。如需更改，請與診所聯絡。',
    closed: '這份問卷已無法填寫。如需協助，請與診所聯絡。',
    wrong: '還有幾個地方需要您確認：',
    changed: '剛才已有人填寫這份問卷，請重新開啟連結。',
    faults: {
      REQUIRED: '請回答這一題。',
      NOT_YES_OR_NO: '請選擇是或否。',
      NOT_INTEGER: '請填整數。',
      NOT_NUMBER: '請填數字，例如 36.5。',
      NOT_DATE: '請填日期，例如 2026-05-12。',
      TOO_LONG: '內容太長，請縮短。',
      NOT_AN_OPTION: '請從選項中選擇。',
      TOO_MANY: '請只選一項。',
    },
    onlyIf: (question, answer) => `僅在「${question}」回答「${answer}」時填寫`,
    call: phone => `如需協助，請來電 ${phone}。`,
  },
  'zh-Hans': {
    yes: '是',
    no: '否',
    choose: '请选择',
    required: '必填',
    several: '可多选',
    dateHint: '例如 2026-05-12',
    numberHint: '请填数字',
    complete: '完成并提交',
    save: '先保存，稍后再填',
    saveHint: '之后可用同一个链接继续。',
    saved: '已保存。您可以在就诊前用同一个链接继续填写。',
    done: '谢谢您，问卷已提交，医生会在就诊前阅读。',
    doneBefore: '这份问卷已填写完成，谢谢您。如需更改，请与诊所联系。',
    closed: '这份问卷已无法填写。如需帮助，请与诊所联系。',
    wrong: '还有几个地方需要您确认：',
    changed: '刚才已有人填写这份问卷，请重新打开链接。',
    faults: {
      REQUIRED: '请回答这一题。',
      NOT_YES_OR_NO: '请选择是或否。',
      NOT_INTEGER: '请填整数。',
      NOT_NUMBER: '请填数字，例如 36.5。',
      NOT_DATE: '请填日期，例如 2026-05-12。',
      TOO_LONG: '内容太长，请缩短。',
      NOT_AN_OPTION: '请从选项中选择。',
      TOO_MANY: '请只选一项。',
    },
    onlyIf: (question, answer) => `仅在“${question}”回答“${answer}”时填写`,
    call: phone => `如需帮助，请致电 ${phone}。`,
  },
  en: {
    yes: 'Yes',
    no: 'No',
    choose: 'Please choose',
    required: 'required',
    several: 'choose all that apply',
    dateHint: 'Year, month, day: 2026-05-12',
    numberHint: 'A number',
    complete: 'Send the answers',
    save: 'Save, and go on later',
    saveHint: 'The same link leads back here.',
    saved: 'Saved. You can go on by the same link until your visit.',
    done: 'Thank you. Your answers are sent, and will be read before your visit.',
    doneBefore: 'This was answered already, thank you. To change something, please contact the clinic.',
    closed: 'These questions cannot be answered any more. If you need help, please contact the clinic.',
    wrong: 'Please look at these once more:',
    changed: 'Someone has just answered. Please open the link again.',
    faults: {
      REQUIRED: 'Please answer this.',
      NOT_YES_OR_NO: 'Please choose yes or no.',
      NOT_INTEGER: 'Please give a whole number.',
      NOT_NUMBER: 'Please give a number, as 36.5.',
      NOT_DATE: 'Please give a date, as 2026-05-12.',
      TOO_LONG: 'This is too long.',
      NOT_AN_OPTION: 'Please choose one of the options.',
      TOO_MANY: 'Please choose one only.',
    },
    onlyIf: (question, answer) => `Only if “${question}” is “${answer}”`,
    call: phone => `If you need help, call us at ${phone}.`,
  },
};
