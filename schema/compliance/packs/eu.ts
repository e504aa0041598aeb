import type { CompliancePack } from '../pack.ts';
import { euContentRules } from '../rules/eu.ts';

/** European Union. */
export const eu: CompliancePack = {
  id: 'eu',
  version: '2026.1',
  countries: [
    'AT',
    'BE',
    'BG',
    'CY',
    'CZ',
    'DE',
    'DK',
    'EE',
    'ES',
    'FI',
    'FR',
    'GR',
    'HR',
    'HU',
    'IE',
    'IS',
    'IT',
    'LI',
    'LT',
    'LU',
    'LV',
    'MT',
    'NL',
    'NO',
    'PL',
    'PT',
    'RO',
    'SE',
    'SI',
    'SK',
  ],
  noticeFields: ['collector', 'purposes', 'categories', 'use', 'rights', 'refusal'],
  messageClasses: {
    ACCOUNT: { consent: 'NONE', citation: 'GDPR art. 6(1)(b)' },
    CARE: { consent: 'NONE', citation: 'GDPR art. 6(1)(b), 9(2)(h)' },
    REMINDER: { consent: 'IMPLIED', citation: 'GDPR art. 6(1)(b), 9(2)(h)' },
    MARKETING: { consent: 'GIVEN', citation: 'Directive 2002/58/EC art. 13; GDPR art. 6(1)(a)' },
    HEALTH_DATA_MARKETING: { consent: 'GIVEN', citation: 'GDPR art. 9(2)(a) (explicit consent)' },
  },
  quietHours: { from: '21:00', to: '08:00', citation: 'The default of this platform' },
  frequencyCap: { mails: 2, days: 7, citation: 'The default of this platform' },
  contentRules: euContentRules,
  rewardRules: [
    {
      id: 'eu.reward-cash',
      severity: 'BLOCK',
      kinds: ['CASH'],

      citation: 'professional law of the member states (paid referral of patients)',
      words: {
        'zh-Hant': '不得以現金酬謝介紹病人。',
        'zh-Hans': '不得以现金酬谢介绍病人。',
        en: 'No money for sending patients.',
      },
    },
    {
      id: 'eu.reward-care',
      severity: 'APPROVE',
      kinds: ['FREE_TREATMENT', 'DISCOUNT', 'GIFT', 'PREPAID'],

      citation: 'Directive 2005/29/EC annex I no. 20; the law of the member states on advertising care',
      words: {
        'zh-Hant': '此類獎勵須經核可。',
        'zh-Hans': '此类奖励须经核可。',
        en: 'Rewards of this kind need an approval.',
      },
    },
  ],
  reviewRules: [
    {
      id: 'eu.review-reply',
      severity: 'APPROVE',
      citation: 'GDPR art. 9',
      words: {
        'zh-Hant': '公開回覆不得透露病人資訊。',
        'zh-Hans': '公开回复不得透露患者信息。',
        en: 'A public answer must not disclose a patient.',
      },
    },
  ],
  retention: [{ what: 'medical record', kind: 'MEDICAL_RECORD', years: 10, citation: 'e.g. § 630f(3) BGB (Germany)' }],
  breach: { hours: 72, threshold: 'unless unlikely to result in a risk', citation: 'GDPR art. 33' },
  trackingDefault: 'OFF',
  requiredFooters: ['clinic name and address', 'way to withdraw'],
  idPatterns: [],
};
