import type { Locale } from 'clinic-rapport';

export interface PageTexts {
  readonly title: string;
  readonly lead: string;
  readonly promise: string;
  readonly unnamed: string;
  readonly notice: string;
  readonly book: string;
  readonly register: string;
  readonly expired: string;
  readonly unknown: string;
  readonly card: string;
  readonly cardLead: string;
  readonly phone: string;
}

export const pageTexts: Readonly<Record<Locale, PageTexts>> = {
  'zh-Hant': {
    title: '朋友邀請您認識我們',
    lead: '我們的一位病人認為，您也許會需要我們。您可以線上預約，或先登記資料，不必現在決定。',
    promise: '第一次看診後，為您準備：',
    unnamed: '邀請您的人不會知道您是誰，除非您在下一頁勾選同意。',
    notice: '我們如何使用您的資料',
    book: '預約看診',
    register: '先登記資料',
    expired: '這個邀請代碼已過期。您仍然可以預約，或向朋友要新的代碼。',
    unknown: '我們不認得這個邀請代碼，請檢查是否有誤。您仍然可以預約。',
    card: '邀請卡',
    cardLead: '把這張卡片交給朋友：掃描，或在電話中唸出代碼。',
    phone: '電話',
  },
  'zh-Hans': {
    title: '朋友邀请您认识我们',
    lead: '我们的一位患者认为，您也许会需要我们。您可以在线预约，或先登记资料，不必现在决定。',
    promise: '第一次就诊后，为您准备：',
    unnamed: '邀请您的人不会知道您是谁，除非您在下一页勾选同意。',
    notice: '我们如何使用您的数据',
    book: '预约就诊',
    register: '先登记资料',
    expired: '这个邀请代码已过期。您仍然可以预约，或向朋友要新的代码。',
    unknown: '我们不认得这个邀请代码，请检查是否有误。您仍然可以预约。',
    card: '邀请卡',
    cardLead: '把这张卡片交给朋友：扫描，或在电话中念出代码。',
    phone: '电话',
  },
  en: {
    title: 'A friend invites you to get to know us',
    lead: 'A patient of ours thinks that you may need us one day. You can book online, or register first; there is no need to decide now.',
    promise: 'After your first visit there is for you:',
    unnamed: 'Who invited you does not learn who you are, unless you tick on the next page that they may.',
    notice: 'How we use your data',
    book: 'Book a visit',
    register: 'Register first',
    expired: 'This invitation has expired. You can still book, or ask your friend for the new code.',
    unknown: 'We do not know this invitation; please check whether it is right. You can still book.',
    card: 'Invitation card',
    cardLead: 'Hand this card to a friend: it can be scanned, or the code said on the phone.',
    phone: 'Phone',
  },
};
