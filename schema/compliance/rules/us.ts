import type { ContentRule } from '../pack.ts';

const deception = 'FTC Act s. 5, 12 (15 U.S.C. 45, 52)';

/** Sentences of the law of the United States on advertising care. */
export const usContentRules: readonly ContentRule[] = [
  {
    id: 'us.guarantee',
    severity: 'BLOCK',
    citation: deception,
    words: {
      'zh-Hant': '不得有未經證實的療效宣稱。',
      'zh-Hans': '不得有未经证实的疗效宣称。',
      en: 'No claim of an effect that competent evidence does not bear.',
    },
    pattern: /guarantee|100% effective|miracle|no side effects|clinically proven|risk-free|\bcures\b/u,
    except: /(?:cannot|can't|not|no) guarantee/gu,
  },
  {
    id: 'us.copay',
    severity: 'BLOCK',
    citation: 'Beneficiary Inducements CMP, 42 U.S.C. 1320a-7a(a)(5); Anti-Kickback Statute, 42 U.S.C. 1320a-7b(b)',
    words: {
      'zh-Hant': '不得宣傳免除自付額。',
      'zh-Hans': '不得宣传免除自付额。',
      en: 'Waivers of co-pays and deductibles must not be advertised.',
    },
    pattern: /waive.{0,12}(?:co-?pay|deductible)|no co-?pay|co-?pays? waived|deductible is on us/u,
  },
  {
    id: 'us.inducement',
    severity: 'APPROVE',
    citation: 'Anti-Kickback Statute, 42 U.S.C. 1320a-7b(b); 42 U.S.C. 1320a-7a(a)(5)',
    words: {
      'zh-Hant': '贈品與獎勵須經核可。',
      'zh-Hans': '赠品与奖励须经核可。',
      en: 'Gifts and rewards for coming or sending others need an approval.',
    },
    pattern: /gift card|free gift|free .{0,14}(?:kit|screening|exam)|earn cash|\bwin an?\b/u,
  },
  {
    id: 'us.review-incentive',
    severity: 'BLOCK',
    citation: '16 CFR 465.4 (2024-10-21)',
    since: '2024-10-21',
    words: {
      'zh-Hant': '不得以報酬換取特定評價。',
      'zh-Hans': '不得以报酬换取特定评价。',
      en: 'No incentive for a review that depends on what it says.',
    },
    pattern:
      /(?:five-star|5-star|positive|good) review.{0,24}(?:\$|gift|off|prize|card)|(?:off|gift|prize).{0,16}(?:positive|good|five-star) review|review us and (?:win|get)/u,
  },
  {
    id: 'us.testimonial',
    severity: 'APPROVE',
    citation: '16 CFR 255; HIPAA, 45 CFR 164.508(a)(3)',
    words: {
      'zh-Hant': '病人見證須經授權與核可。',
      'zh-Hans': '病人见证须经授权与核可。',
      en: 'Testimonials need an authorization and an approval.',
    },
    pattern: /our patients say|patient's story|before and after|endorsed by|testimonial/u,
  },
  {
    id: 'us.superlative',
    severity: 'APPROVE',
    citation: `${deception}; the rules of state medical boards`,
    words: {
      'zh-Hant': '最高級用語須能證明，並經核可。',
      'zh-Hans': '最高级用语须能证明，并经核可。',
      en: 'A superlative must be proved, and approved.',
    },
    pattern: /\bthe best\b|#1|\bnumber one\b|\bleading\b|\bmost (?:advanced|experienced|trusted)\b/u,
  },
  {
    id: 'us.urgency',
    severity: 'WARN',
    citation: deception,
    words: {
      'zh-Hant': '時限與名額必須屬實。',
      'zh-Hans': '时限与名额必须属实。',
      en: 'Short times and few places must be true.',
    },
    pattern: /only today|last chance|only \w+ (?:places?|spots?) left|act now/u,
  },
  {
    id: 'us.subject-condition',
    severity: 'BLOCK',
    citation: 'HIPAA, 45 CFR 164.502(b), 164.530(c)',
    words: {
      'zh-Hant': '郵件主旨不得透露病情。',
      'zh-Hans': '邮件主题不得透露病情。',
      en: 'The subject of a mail must not disclose a condition.',
    },
    pattern:
      /diabet|\bhiv\b|\baids\b|cancer|tumou?r|pregnan|depress|hepatitis|syphilis|dementia|epilep|infertil|psychiatr/u,
    kinds: ['SUBJECT'],
  },
  {
    id: 'us.deceptive-subject',
    severity: 'BLOCK',
    citation: 'CAN-SPAM Act, 15 U.S.C. 7704(a)(2)',
    since: '2004-01-01',
    words: {
      'zh-Hant': '郵件主旨不得誤導。',
      'zh-Hans': '邮件主题不得误导。',
      en: 'The subject of a mail must not mislead.',
    },
    pattern: /^(?:re|fwd?):|final notice|action required|account suspended/u,
    kinds: ['SUBJECT'],
  },
];
