import type { CompliancePack } from '../pack.ts';
import { cnContentRules } from '../rules/cn.ts';

/** People’s Republic of China. */
export const cn: CompliancePack = {
  id: 'cn',
  version: '2026.1',
  countries: ['CN'],
  noticeFields: ['collector', 'purposes', 'categories', 'use', 'rights', 'refusal'],
  messageClasses: {
    ACCOUNT: { consent: 'NONE', citation: 'Personal Information Protection Law art. 13(2)' },
    CARE: { consent: 'NONE', citation: 'Personal Information Protection Law art. 13(2), (3)' },
    REMINDER: { consent: 'IMPLIED', citation: 'Personal Information Protection Law art. 13(2)' },
    MARKETING: { consent: 'GIVEN', citation: 'Personal Information Protection Law art. 13(1), 24' },
    HEALTH_DATA_MARKETING: {
      consent: 'GIVEN',
      citation: 'Personal Information Protection Law art. 29 (separate consent)',
    },
  },
  quietHours: { from: '21:00', to: '09:00', citation: 'The default of this platform' },
  frequencyCap: { mails: 1, days: 7, citation: 'The default of this platform' },
  contentRules: cnContentRules,
  rewardRules: [
    {
      id: 'cn.reward-care',
      severity: 'BLOCK',
      kinds: ['FREE_TREATMENT', 'CASH', 'PREPAID'],

      citation: 'guide to medical advertising in the PRC, xrlawyer.com id=2470, items 12-18',
      words: {
        'zh-Hant': '不得以免費治療或現金誘導就醫。',
        'zh-Hans': '不得以免费治疗或现金诱导就医。',
        en: 'No inducement by free treatment or money.',
      },
    },
    {
      id: 'cn.reward-gift',
      severity: 'BLOCK',
      kinds: ['GIFT'],
      announced: true,
      citation: 'guide to medical advertising in the PRC, xrlawyer.com id=2470, items 12-18',
      words: {
        'zh-Hant': '不得公開以贈品誘導就醫。',
        'zh-Hans': '不得公开以赠品诱导就医。',
        en: 'Gifts must not be announced.',
      },
    },
    {
      id: 'cn.reward-quiet',
      severity: 'APPROVE',
      kinds: ['GIFT', 'DISCOUNT'],

      citation: 'Advertising Law art. 16',
      words: {
        'zh-Hant': '贈品與折扣須經核可。',
        'zh-Hans': '赠品与折扣须经核可。',
        en: 'Gifts and discounts need an approval.',
      },
    },
  ],
  reviewRules: [
    {
      id: 'cn.review-reply',
      severity: 'APPROVE',
      citation: 'Personal Information Protection Law art. 28, 29',
      words: {
        'zh-Hant': '公開回覆不得透露病人資訊。',
        'zh-Hans': '公开回复不得透露患者信息。',
        en: 'A public answer must not disclose a patient.',
      },
    },
  ],
  retention: [
    {
      what: 'outpatient record',
      kind: 'MEDICAL_RECORD',
      years: 15,
      citation: 'Rules on the Administration of Medical Records of Medical Institutions art. 29',
    },
  ],
  breach: {
    hours: 72,
    threshold: 'any, at once to the authority and to who is concerned',
    citation: 'Personal Information Protection Law art. 57',
  },
  trackingDefault: 'OFF',
  requiredFooters: ['clinic name and address', 'number of the examined medical advertisement', 'easy way to refuse'],
  idPatterns: ['CN_ID'],
};
