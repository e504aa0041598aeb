import type { PublishNoticeInput } from 'clinic-rapport/schema';

/** What the demo clinic tells its patients of their data; a real clinic has its own lawyer's words. */
export const demoNotice: PublishNoticeInput = {
  name: 'privacy',
  collector: { zhHant: '晴日診所', zhHans: '晴日诊所', en: 'Sunny Day Clinic' },
  purpose: { zhHant: '醫療照護與通知', zhHans: '医疗照护与通知', en: 'Care, and messages about it' },
  categories: { zhHant: '姓名、聯絡方式、就診紀錄', zhHans: '姓名、联系方式、就诊记录', en: 'Name, contacts, visits' },
  dataUse: {
    zhHant: '自最後就診日起七年，於臺灣，由本診所以電子方式利用',
    zhHans: '自最后就诊日起七年，于台湾，由本诊所以电子方式利用',
    en: 'For seven years after the last visit, in Taiwan, by the clinic, electronically',
  },
  rights: {
    zhHant: '您可向櫃檯查詢、更正、停止利用或刪除您的資料',
    zhHans: '您可向前台查询、更正、停止使用或删除您的资料',
    en: 'You may ask the front desk to see, correct, stop the use of, or delete your data',
  },
  refusalEffect: {
    zhHant: '若不提供，我們可能無法與您聯絡；同意行銷與否不影響照護',
    zhHans: '若不提供，我们可能无法与您联系；是否同意营销不影响照护',
    en: 'Without them we may not reach you; care does not depend on agreeing to offers',
  },
};
