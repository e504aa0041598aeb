import { html, type Context, type Html, type Locale } from 'clinic-rapport';
import { CoreSettings } from './core-settings.ts';
import { textIn } from './localized-text.ts';
import { noticeInForce, type NoticeVersion } from './notice.ts';

/** The six fields of Taiwan’s PDPA art. 8, in their order there. */
const fields = ['collector', 'purpose', 'categories', 'dataUse', 'rights', 'refusalEffect'] as const;

const headings: Readonly<Record<Locale, Readonly<Record<(typeof fields)[number], string>>>> = {
  'zh-Hant': {
    collector: '蒐集者',
    purpose: '蒐集目的',
    categories: '資料類別',
    dataUse: '利用的期間、地區、對象及方式',
    rights: '您的權利與行使方式',
    refusalEffect: '不提供資料的影響',
  },
  'zh-Hans': {
    collector: '收集者',
    purpose: '收集目的',
    categories: '数据类别',
    dataUse: '使用的期间、地区、对象及方式',
    rights: '您的权利与行使方式',
    refusalEffect: '不提供数据的影响',
  },
  en: {
    collector: 'Who collects the data',
    purpose: 'What for',
    categories: 'Which data',
    dataUse: 'For how long, where, by whom and how it is used',
    rights: 'Your rights, and how to use them',
    refusalEffect: 'What follows if you do not give it',
  },
};

/** The notice that the clinic's pages show before someone agrees to anything; null where none was published. */
export const noticeOfPages = async (context: Context): Promise<NoticeVersion | null> =>
  noticeInForce((await context.settings(CoreSettings)).notice, context);

/** The whole notice, as it is shown before someone agrees. */
export const noticeAsHtml = (notice: NoticeVersion, locale: Locale): Html =>
  html`<dl class="notice">
    ${fields.map(
      name =>
        html`<dt>${headings[locale][name]}</dt>
          <dd>${textIn(notice[name], locale)}</dd>`,
    )}
  </dl>`;
