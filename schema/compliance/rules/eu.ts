import type { ContentRule } from '../pack.ts';

const medicines = 'Directive 2001/83/EC art. 90';
const practices = 'Directive 2005/29/EC (unfair commercial practices)';

/** Sentences of the European Union’s law on advertising health to the public. */
export const euContentRules: readonly ContentRule[] = [
  {
    id: 'eu.guarantee',
    severity: 'BLOCK',
    citation: `${medicines}(b); ${practices} annex I no. 17`,
    words: {
      'zh-Hant': '不得保證療效或宣稱無副作用。',
      'zh-Hans': '不得保证疗效或宣称无副作用。',
      en: 'No promise of an effect or a cure, and none that there are no side effects.',
    },
    pattern:
      /guarantee|100% effective|no side effects|permanent cure|risk-free|ohne nebenwirkungen|garantierter erfolg/u,
    except: /(?:cannot|can't|not|no) guarantee/gu,
  },
  {
    id: 'eu.prescription',
    severity: 'BLOCK',
    citation: 'Directive 2001/83/EC art. 88(1)(a)',
    words: {
      'zh-Hant': '處方藥不得向公眾廣告。',
      'zh-Hans': '处方药不得向公众广告。',
      en: 'Medicines on prescription must not be advertised to the public.',
    },
    pattern: /\bbotox\b|\bbotulinum\b|\bozempic\b|\bwegovy\b|\bsemaglutide\b|\bmounjaro\b|\btirzepatide\b/u,
  },
  {
    id: 'eu.fear',
    severity: 'BLOCK',
    citation: `${medicines}(d)`,
    words: {
      'zh-Hant': '不得暗示不接受治療會損害健康。',
      'zh-Hans': '不得暗示不接受治疗会损害健康。',
      en: 'Nothing that suggests harm for who does not come.',
    },
    pattern: /you could die|until it is too late|before it is too late|you will regret|cost you your (?:life|health)/u,
  },
  {
    id: 'eu.comparison',
    severity: 'BLOCK',
    citation: `${medicines}(b); Directive 2006/114/EC art. 4`,
    words: {
      'zh-Hant': '不得與其他機構比較。',
      'zh-Hans': '不得与其他机构比较。',
      en: 'No comparison with others.',
    },
    pattern:
      /better than (?:any|other|the other)|unlike other|other (?:clinics?|doctors?|hospitals?) (?:could|can|do|did|fail)/u,
  },
  {
    id: 'eu.superlative',
    severity: 'APPROVE',
    citation: `${practices} art. 6, 12`,
    words: {
      'zh-Hant': '最高級用語須能證明，並經核可。',
      'zh-Hans': '最高级用语须能证明，并经核可。',
      en: 'A superlative must be proved, and approved.',
    },
    pattern: /\bthe best\b|\bnumber one\b|#1|\bleading\b|\bmost (?:advanced|experienced|modern|trusted)\b/u,
  },
  {
    id: 'eu.urgency',
    severity: 'APPROVE',
    citation: `${practices} annex I no. 7`,
    words: {
      'zh-Hant': '時限與名額必須屬實，並經核可。',
      'zh-Hans': '时限与名额必须属实，并经核可。',
      en: 'Short times and few places must be true, and approved.',
    },
    pattern: /only today|last chance|only \w+ (?:places?|spots?) left|offer ends/u,
  },
  {
    id: 'eu.free',
    severity: 'APPROVE',
    citation: `${practices} annex I no. 20`,
    words: {
      'zh-Hant': '免費醫療服務須經核可。',
      'zh-Hans': '免费医疗服务须经核可。',
      en: 'Care that is offered free needs an approval.',
    },
    pattern: /free (?:check-up|consultation|treatment|screening|exam)|free of charge/u,
  },
  {
    id: 'eu.discount',
    severity: 'WARN',
    citation: 'Directive 98/6/EC art. 6a; the law of many member states on discounts for care',
    words: {
      'zh-Hant': '請確認當地法律允許醫療折扣。',
      'zh-Hans': '请确认当地法律允许医疗折扣。',
      en: 'Make sure that the national law allows discounts for care.',
    },
    pattern: /\d+ ?% off|special offer|half price|half off/u,
  },
  {
    id: 'eu.celebrity',
    severity: 'BLOCK',
    citation: `${medicines}(f)`,
    words: {
      'zh-Hant': '不得以名人推薦。',
      'zh-Hans': '不得以名人推荐。',
      en: 'No recommendation by people who are known.',
    },
    pattern: /celebrit|the stars (?:trust|love|choose)/u,
  },
  {
    id: 'eu.testimonial',
    severity: 'APPROVE',
    citation: `${medicines}(k); GDPR art. 9(2)(a)`,
    words: {
      'zh-Hant': '病人經驗與前後照片須經同意與核可。',
      'zh-Hans': '病人经验与前后照片须经同意与核可。',
      en: 'Patients’ stories, and pictures of before and after, need a consent and an approval.',
    },
    pattern: /our patients say|patient's story|before and after|testimonial/u,
  },
  {
    id: 'eu.subject-condition',
    severity: 'BLOCK',
    citation: 'GDPR art. 5(1)(f), 9',
    since: '2018-05-25',
    words: {
      'zh-Hant': '郵件主旨不得透露病情。',
      'zh-Hans': '邮件主题不得透露病情。',
      en: 'The subject of a mail must not disclose a condition.',
    },
    pattern:
      /diabet|\bhiv\b|\baids\b|cancer|tumou?r|pregnan|depress|hepatitis|syphilis|dementia|epilep|infertil|psychiatr/u,
    kinds: ['SUBJECT'],
  },
];
