import type { CompliancePack } from '../pack.ts';
import { usContentRules } from '../rules/us.ts';

/** United States. */
export const us: CompliancePack = {
  id: 'us',
  version: '2026.1',
  countries: ['US'],
  noticeFields: ['collector', 'purposes', 'categories', 'use', 'rights', 'refusal'],
  messageClasses: {
    ACCOUNT: { consent: 'NONE', citation: 'CAN-SPAM Act, 15 U.S.C. 7702(17) (transactional)' },
    CARE: { consent: 'NONE', citation: 'HIPAA, 45 CFR 164.501 (treatment is not marketing)' },
    REMINDER: { consent: 'IMPLIED', citation: 'HIPAA, 45 CFR 164.501 (reminders are not marketing)' },
    MARKETING: {
      consent: 'GIVEN',
      citation:
        'Asked for by this platform everywhere; CAN-SPAM Act, 15 U.S.C. 7704(a)(3), (4), asks for a way out only',
    },
    HEALTH_DATA_MARKETING: { consent: 'GIVEN', citation: 'HIPAA, 45 CFR 164.508(a)(3) (written authorization)' },
  },
  quietHours: {
    from: '21:00',
    to: '08:00',
    citation: '47 CFR 64.1200(c)(1), which is of calls and texts, taken over for mail',
  },
  frequencyCap: { mails: 3, days: 7, citation: 'The default of this platform' },
  contentRules: usContentRules,
  rewardRules: [
    {
      id: 'us.reward-cash',
      severity: 'BLOCK',
      kinds: ['CASH', 'FREE_TREATMENT'],

      citation: 'Anti-Kickback Statute, 42 U.S.C. 1320a-7b(b)',
      words: {
        'zh-Hant': '不得以現金或免費醫療換取轉介。',
        'zh-Hans': '不得以现金或免费医疗换取转介。',
        en: 'No money and no free care for referrals.',
      },
    },
    {
      id: 'us.reward-gift',
      severity: 'APPROVE',
      kinds: ['GIFT', 'DISCOUNT', 'PREPAID'],

      citation: '42 U.S.C. 1320a-7a(a)(5) (nominal value only)',
      words: {
        'zh-Hant': '贈品與折扣須經核可。',
        'zh-Hans': '赠品与折扣须经核可。',
        en: 'Gifts and discounts need an approval.',
      },
    },
    {
      id: 'us.reward-points',
      severity: 'WARN',
      kinds: ['POINTS'],

      citation: '42 U.S.C. 1320a-7a(a)(5)',
      words: { 'zh-Hant': '點數價值須微小。', 'zh-Hans': '点数价值须微小。', en: 'Points must be of nominal value.' },
    },
  ],
  reviewRules: [
    {
      id: 'us.review-reply',
      severity: 'BLOCK',
      citation: 'HIPAA, 45 CFR 164.502(a); OCR settlements Elite Dental (2019), New Vision Dental (2022)',
      words: {
        'zh-Hant': '公開回覆不得承認對方為病人。',
        'zh-Hans': '公开回复不得承认对方为患者。',
        en: 'A public answer must neither confirm nor deny that someone is a patient.',
      },
    },
  ],
  retention: [{ what: 'HIPAA documentation', kind: 'DOCUMENTATION', years: 6, citation: '45 CFR 164.530(j)' }],
  breach: {
    hours: 1440,
    threshold: 'unsecured protected health information',
    citation: '45 CFR 164.404, 164.408 (60 days)',
  },
  trackingDefault: 'OFF',
  requiredFooters: ['postal address', 'working way to opt out for 30 days'],
  idPatterns: [],
};
