import type { CompliancePack } from '../pack.ts';
import { twContentRules } from '../rules/tw.ts';

/** Taiwan. */
export const tw: CompliancePack = {
  id: 'tw',
  version: '2026.1',
  countries: ['TW'],
  noticeFields: ['collector', 'purposes', 'categories', 'use', 'rights', 'refusal'],
  messageClasses: {
    ACCOUNT: { consent: 'NONE', citation: 'Personal Data Protection Act art. 19(1)2 (contract)' },
    CARE: {
      consent: 'NONE',
      citation: 'Personal Data Protection Act art. 6(1)1, Medical Care Act art. 81 (duty to inform)',
    },
    REMINDER: { consent: 'IMPLIED', citation: 'Personal Data Protection Act art. 19(1)2 (contract)' },
    MARKETING: { consent: 'GIVEN', citation: 'Personal Data Protection Act art. 19(1)5, 20(2), (3)' },
    HEALTH_DATA_MARKETING: { consent: 'GIVEN', citation: 'Personal Data Protection Act art. 6(1)6 (written consent)' },
  },
  quietHours: {
    from: '21:00',
    to: '08:00',
    citation: 'What disturbs is left to the clinic; the default of this platform',
  },
  frequencyCap: { mails: 2, days: 7, citation: 'The default of this platform' },
  contentRules: twContentRules,
  rewardRules: [
    {
      id: 'tw.reward-announced',
      severity: 'BLOCK',
      kinds: ['DISCOUNT', 'GIFT', 'FREE_TREATMENT', 'CASH'],
      announced: true,
      citation: 'Medical Care Act art. 61; notice 衛署醫字第0940203047號 (2005-03-17), item 1(1)',
      words: {
        'zh-Hant': '不得公開宣傳以贈品、折扣、醫療服務或現金招攬病人。',
        'zh-Hans': '不得公开宣传以赠品、折扣、医疗服务或现金招揽病人。',
        en: 'Rewards of gifts, discounts, care or money must not be announced.',
      },
    },
    {
      id: 'tw.reward-quiet',
      severity: 'APPROVE',
      kinds: ['DISCOUNT', 'GIFT', 'FREE_TREATMENT'],
      announced: false,
      citation: 'Medical Care Act art. 61; Taipei decision 94.11.23 (member card with a check-up voucher)',
      words: {
        'zh-Hant': '即使不公開，此類獎勵亦有違法之虞，須經核可。',
        'zh-Hans': '即使不公开，此类奖励亦有违法之虞，须经核可。',
        en: 'Rewards of this kind are risky also where they are not announced, and need an approval.',
      },
    },
    {
      id: 'tw.reward-cash',
      severity: 'BLOCK',
      kinds: ['CASH'],

      citation: 'Medical Care Act art. 61 (brokers)',
      words: {
        'zh-Hant': '不得以現金酬謝介紹病人。',
        'zh-Hans': '不得以现金酬谢介绍病人。',
        en: 'No money for sending patients.',
      },
    },
    {
      id: 'tw.reward-points',
      severity: 'WARN',
      kinds: ['POINTS'],

      citation: 'Medical Care Act art. 61',
      words: {
        'zh-Hant': '點數不得兌換醫療服務或折扣。',
        'zh-Hans': '点数不得兑换医疗服务或折扣。',
        en: 'Points must not buy care or discounts.',
      },
    },
    {
      id: 'tw.reward-prepaid',
      severity: 'BLOCK',
      kinds: ['PREPAID'],

      citation: 'Medical Care Act art. 22',
      words: {
        'zh-Hant': '不得以儲值或預付方式收取療程費用。',
        'zh-Hans': '不得以储值或预付方式收取疗程费用。',
        en: 'Treatments must not be sold in advance.',
      },
    },
  ],
  reviewRules: [
    {
      id: 'tw.review-reply',
      severity: 'APPROVE',
      citation: 'Medical Care Act art. 72; Physicians Act art. 23',
      words: {
        'zh-Hant': '公開回覆不得透露病人身分或病情。',
        'zh-Hans': '公开回复不得透露病人身份或病情。',
        en: 'A public answer must not disclose who is a patient, or of what.',
      },
    },
  ],
  retention: [
    {
      what: 'medical record',
      kind: 'MEDICAL_RECORD',
      years: 7,
      fromMajority: true,
      citation: 'Medical Care Act art. 70 (of minors, 7 years after coming of age)',
    },
    {
      what: 'incident record',
      kind: 'INCIDENT_RECORD',
      years: 5,
      citation: 'draft rules of the Personal Data Protection Commission, 2026-01',
    },
  ],
  breach: {
    hours: 72,
    threshold: 'special categories, more than 100 records, or systems with more than 10,000',
    citation: 'Personal Data Protection Act, amended 2025-10-17, and draft rules of 2026-01',
  },
  trackingDefault: 'OFF',
  requiredFooters: ['clinic name and address', 'free way to refuse'],
  idPatterns: ['TW_ID', 'TW_NHI_CARD'],
};
