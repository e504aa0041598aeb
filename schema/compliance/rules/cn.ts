import type { ContentRule } from '../pack.ts';

const guide = 'guide to medical advertising in the PRC, xrlawyer.com id=2470, items 12-18';
const article16 = `Advertising Law art. 16; ${guide}`;

/** Sentences of the PRC's law on medical advertising. */
export const cnContentRules: readonly ContentRule[] = [
  {
    id: 'cn.cure-rate',
    severity: 'BLOCK',
    citation: article16,
    words: {
      'zh-Hant': '不得說明治癒率或有效率。',
      'zh-Hans': '不得说明治愈率或有效率。',
      en: 'No rates of cure or effect.',
    },
    pattern: /治愈率|有效率|成功率/u,
  },
  {
    id: 'cn.guarantee',
    severity: 'BLOCK',
    citation: article16,
    words: {
      'zh-Hant': '不得斷言或保證功效、安全性。',
      'zh-Hans': '不得断言或保证功效、安全性。',
      en: 'No assertion or promise of effect or safety.',
    },
    pattern: /保证|根治|包治|永不复发|不再复发|彻底治愈|药到病除|无(?:任何)?副作用/u,
    except: /保证金|(?:无法|不能|不|难以)保证/gu,
  },
  {
    id: 'cn.free-inducement',
    severity: 'BLOCK',
    citation: guide,
    words: {
      'zh-Hant': '不得以免費治療或贈送誘導就醫。',
      'zh-Hans': '不得以免费治疗或赠送诱导就医。',
      en: 'No inducement by free treatment or gifts.',
    },
    pattern: /免费(?:治疗|体验|赠送|手术|检查)|赠送|抽奖|礼品|就送/u,
  },
  {
    id: 'cn.discount',
    severity: 'APPROVE',
    citation: guide,
    words: {
      'zh-Hant': '折扣與團購須經核可。',
      'zh-Hans': '折扣与团购须经核可。',
      en: 'Discounts and group purchases need an approval.',
    },
    pattern: /折扣|打折|[一二三四五六七八九\d]折|特价|团购|限时抢购|优惠|秒杀/u,
  },
  {
    id: 'cn.testimonial',
    severity: 'BLOCK',
    citation: article16,
    words: {
      'zh-Hant': '不得以患者作推薦、證明或前後對比。',
      'zh-Hans': '不得以患者作推荐、证明或前后对比。',
      en: 'No patients as endorsement or proof, and no before and after.',
    },
    pattern: /真实案例|康复(?:案例|故事)|现身说法|术前.{0,3}术后|前后对比|患者(?:见证|怎么说)|感谢信/u,
  },
  {
    id: 'cn.comparison',
    severity: 'BLOCK',
    citation: article16,
    words: {
      'zh-Hant': '不得與其他醫療機構比較。',
      'zh-Hans': '不得与其他医疗机构比较。',
      en: 'No comparison with other institutions.',
    },
    pattern: /比(?:其他|别的)(?:医院|诊所|机构)|优于同行|(?:其他|别的)(?:医院|诊所)/u,
  },
  {
    id: 'cn.anxiety',
    severity: 'BLOCK',
    citation: guide,
    words: {
      'zh-Hant': '不得製造健康焦慮。',
      'zh-Hans': '不得制造健康焦虑。',
      en: 'Nothing that makes people anxious about their health.',
    },
    pattern: /再不治|不堪设想|现在不治|后悔一辈子|就晚了|悄悄(?:癌变|恶化)/u,
  },
  {
    id: 'cn.superlative',
    severity: 'BLOCK',
    citation: 'Advertising Law art. 9(3)',
    words: {
      'zh-Hant': '不得使用國家級、最高級、最佳等用語。',
      'zh-Hans': '不得使用国家级、最高级、最佳等用语。',
      en: 'No words such as national level, highest level or best.',
    },
    pattern: /国家级|最高级|最(?:好|佳|先进|专业|权威|有效|安全)|(?:全国|全市|世界|行业)第一|顶级|唯一/u,
  },
  {
    id: 'cn.scarcity',
    severity: 'WARN',
    citation: 'Law on Protection of Consumer Rights art. 20',
    words: {
      'zh-Hant': '名額與時限必須屬實。',
      'zh-Hans': '名额与时限必须属实。',
      en: 'Numbers and times that are short must be true.',
    },
    pattern: /仅剩|名额有限|先到先得|最后.{1,2}天|欲报从速/u,
  },
  {
    id: 'cn.subject-condition',
    severity: 'BLOCK',
    citation: 'Personal Information Protection Law art. 28, 29, 51',
    since: '2021-11-01',
    words: {
      'zh-Hant': '郵件主旨不得透露病情。',
      'zh-Hans': '邮件主题不得透露病情。',
      en: 'The subject of a mail must not disclose a condition.',
    },
    pattern: /糖尿病|高血压|艾滋|hiv|癌|肿瘤|肝炎|乙肝|抑郁|精神|怀孕|产检|性病|梅毒|癫痫|不孕/u,
    kinds: ['SUBJECT'],
  },
];
