import type { ContentRule } from '../pack.ts';

const notice2016 = 'Medical Care Act art. 86(7), 103; notice 衛部醫字第1051666009號 (2016-09-27)';
const notice2005 = 'Medical Care Act art. 61; notice 衛署醫字第0940203047號 (2005-03-17), item 1(1)';

/** Sentences of Taiwan's law on medical advertising and on soliciting patients, as patterns of the words that were fined. */
export const twContentRules: readonly ContentRule[] = [
  {
    id: 'tw.offer',
    severity: 'BLOCK',
    citation: notice2016,
    since: '2016-09-27',
    words: {
      'zh-Hant': '醫療廣告不得以優惠、折扣、團購招攬病人。',
      'zh-Hans': '医疗广告不得以优惠、折扣、团购招揽病人。',
      en: 'Treatment must not be advertised with discounts, offers or group purchases.',
    },
    pattern: /優惠|折扣|打折|[一二三四五六七八九\d]折|團購|消費券|折價券|買一送一|特價|半價|(?:首次|新客).{0,4}體驗價/u,
  },
  {
    id: 'tw.gift',
    severity: 'BLOCK',
    citation: notice2005,
    since: '2005-03-17',
    words: {
      'zh-Hant': '不得公開宣稱就醫即贈送禮品、抽獎、禮券或醫療服務。',
      'zh-Hans': '不得公开宣称就医即赠送礼品、抽奖、礼券或医疗服务。',
      en: 'It must not be announced that attending brings gifts, draws, vouchers or medical services.',
    },
    pattern: /好禮|贈送|贈品|滿額贈|抽獎|摸彩|禮券|免費(?:體驗|健檢|療程|治療|檢查)|就送|送(?:面膜|健檢|療程)/u,
  },
  {
    id: 'tw.prepay',
    severity: 'BLOCK',
    citation: `Medical Care Act art. 22; ${notice2016}`,
    since: '2016-09-27',
    words: {
      'zh-Hant': '不得以預付、儲值或包套方式收取療程費用。',
      'zh-Hans': '不得以预付、储值或包套方式收取疗程费用。',
      en: 'Treatments must not be sold in advance, as stored value or in packages.',
    },
    pattern: /預付|儲值|包套/u,
  },
  {
    id: 'tw.superlative',
    severity: 'BLOCK',
    citation: notice2016,
    since: '2016-09-27',
    words: {
      'zh-Hant': '不得使用最高級或排名用語。',
      'zh-Hans': '不得使用最高级或排名用语。',
      en: 'No superlatives and no rankings.',
    },
    pattern:
      /最(?:好|佳|強|優|大|先進|專業|有效|頂尖|權威|安全|高品質)|(?:全國|全台|全臺|業界|亞洲|世界|國內)第一|第一(?:品牌|名醫|把交椅)|唯一|首屈一指|獨家|首創|頂級/u,
  },
  {
    id: 'tw.guarantee',
    severity: 'BLOCK',
    citation: notice2016,
    since: '2016-09-27',
    words: {
      'zh-Hant': '不得保證療效或宣稱無副作用。',
      'zh-Hans': '不得保证疗效或宣称无副作用。',
      en: 'No promise of an effect, and none that there are no side effects.',
    },
    pattern: /保證|根治|無副作用|零副作用|零風險|百分之百|100%|永久除|藥到病除|不再復發/u,
    except: /保證金|(?:無法|不能|不|難以)保證/gu,
  },
  {
    id: 'tw.celebrity',
    severity: 'BLOCK',
    citation: notice2016,
    since: '2016-09-27',
    words: {
      'zh-Hant': '不得以名人、藝人或網紅代言或推薦。',
      'zh-Hans': '不得以名人、艺人或网红代言或推荐。',
      en: 'No endorsement by celebrities.',
    },
    pattern: /藝人|網紅|明星|名人|代言/u,
  },
  {
    id: 'tw.testimonial',
    severity: 'APPROVE',
    citation: 'Medical Care Act art. 86(1), (5), (7)',
    words: {
      'zh-Hant': '以病人姓名或經驗宣傳有違法之虞，須經核可。',
      'zh-Hans': '以病人姓名或经验宣传有违法之虞，须经核可。',
      en: 'Advertising with a patient’s name or experience is risky, and needs an approval.',
    },
    pattern: /心得|見證|親身經歷|案例分享/u,
  },
  {
    id: 'tw.before-after',
    severity: 'APPROVE',
    citation: notice2016,
    since: '2016-09-27',
    words: {
      'zh-Hant': '術前術後照片僅限說明或衛教用途，須經核可。',
      'zh-Hans': '术前术后照片仅限说明或卫教用途，须经核可。',
      en: 'Pictures of before and after only explain or educate, and need an approval.',
    },
    pattern: /術前.{0,3}術後|前後對比|對比照/u,
  },
  {
    id: 'tw.broker',
    severity: 'BLOCK',
    citation: 'Medical Care Act art. 61; notice 衛署醫字第0940203047號 (2005-03-17)',
    since: '2005-03-17',
    words: {
      'zh-Hant': '不得以仲介、佣金或多層次傳銷方式招攬病人。',
      'zh-Hans': '不得以中介、佣金或多层次传销方式招揽病人。',
      en: 'Patients must not be solicited by brokers, commissions or multi-level schemes.',
    },
    pattern: /(?:介紹|推薦).{0,8}(?:獎金|佣金|現金)|拉人|直銷|傳銷/u,
  },
  {
    id: 'tw.press',
    severity: 'APPROVE',
    citation: 'Medical Care Act art. 86(3), (5), (6)',
    words: {
      'zh-Hant': '不得以採訪、報導為宣傳，須經核可。',
      'zh-Hans': '不得以采访、报道为宣传，须经核可。',
      en: 'Interviews and press reports are no means of advertising; they need an approval.',
    },
    pattern: /專訪|媒體報導|電視報導|雜誌報導/u,
  },
  {
    id: 'tw.subject-condition',
    severity: 'BLOCK',
    citation: 'Medical Care Act art. 72; Personal Data Protection Act art. 6',
    words: {
      'zh-Hant': '郵件主旨不得透露病情。',
      'zh-Hans': '邮件主题不得透露病情。',
      en: 'The subject of a mail must not disclose a condition.',
    },
    pattern: /糖尿病|高血壓|愛滋|hiv|癌|腫瘤|肝炎|憂鬱|精神|懷孕|產檢|性病|梅毒|失智|癲癇|不孕/u,
    kinds: ['SUBJECT'],
  },
];
