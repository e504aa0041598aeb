import type { Locale } from 'clinic-rapport';

export interface ReportTexts {
  readonly results: string;
  readonly name: string;
  readonly value: string;
  readonly range: string;
  readonly standing: Readonly<Record<'low' | 'within' | 'high', string>>;
  readonly earlier: string;
  readonly file: string;
  readonly fileHint: string;
  readonly stop: string;
  readonly stopHint: string;
  readonly stopped: string;
  of(date: string): string;
  ask(phone: string): string;
}

/** All words of the page beside the report’s own. */
export const reportTexts: Readonly<Record<Locale, ReportTexts>> = {
  'zh-Hant': {
    results: '檢查結果',
    name: '項目',
    value: '結果',
    range: '參考範圍',
    standing: { low: '低於參考範圍', within: '在參考範圍內', high: '高於參考範圍' },
    earlier: '先前',
    file: '下載附件',
    fileHint: 'PDF 檔案。若使用共用裝置，看完後請刪除。',
    stop: '停用這個連結',
    stopHint: '停用後，這個連結不會再開啟任何內容。',
    stopped: '這個連結已停用。',
    of: date => `日期：${date}`,
    ask: phone => `有疑問請來電 ${phone}。`,
  },
  'zh-Hans': {
    results: '检查结果',
    name: '项目',
    value: '结果',
    range: '参考范围',
    standing: { low: '低于参考范围', within: '在参考范围内', high: '高于参考范围' },
    earlier: '先前',
    file: '下载附件',
    fileHint: 'PDF 文件。如使用共用设备，看完后请删除。',
    stop: '停用此链接',
    stopHint: '停用后，此链接不会再打开任何内容。',
    stopped: '此链接已停用。',
    of: date => `日期：${date}`,
    ask: phone => `有疑问请致电 ${phone}。`,
  },
  en: {
    results: 'Results',
    name: 'Test',
    value: 'Result',
    range: 'Reference range',
    standing: { low: 'below the range', within: 'within the range', high: 'above the range' },
    earlier: 'Earlier',
    file: 'Download the attachment',
    fileHint: 'A PDF file. On a shared device, delete it when you have read it.',
    stop: 'End this link',
    stopHint: 'After that it opens nothing any more.',
    stopped: 'This link does not open anything any more.',
    of: date => `Of ${date}`,
    ask: phone => `If you have a question, call us at ${phone}.`,
  },
};
