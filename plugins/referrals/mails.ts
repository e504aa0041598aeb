import { defineMail, withheld } from 'clinic-rapport';
import { clinicOf } from 'clinic-rapport/schema';
import { isTold, ReferralOffer } from './offer.ts';
import { Referral } from './referral.ts';
import { ReferralReward } from './reward.ts';

const template = new URL('./mails/referral.mjml', import.meta.url);

/** To who invited, when somebody came. Not who, and not what for: the advocate is not to know. */
export const thanksMail = defineMail<{ referralId: string }>('referrals.thanks', {
  purpose: 'marketing',
  stream: 'marketing',
  template,
  texts: {
    'zh-Hant': {
      subject: '謝謝您把我們介紹給朋友',
      lead: '您介紹的一位朋友已成為我們的病人。謝謝您的信任，也謝謝您關心身邊的人。',
      why: '為了保護朋友的隱私，我們不會告訴您是誰，除非對方同意。',
    },
    'zh-Hans': {
      subject: '谢谢您把我们介绍给朋友',
      lead: '您介绍的一位朋友已成为我们的患者。谢谢您的信任，也谢谢您关心身边的人。',
      why: '为了保护朋友的隐私，我们不会告诉您是谁，除非对方同意。',
    },
    en: {
      subject: 'Thank you for telling a friend about us',
      lead: 'A friend whom you invited is a patient of ours now. Thank you for your trust, and for caring about people around you.',
      why: 'To keep your friend’s privacy we do not tell you who it is, unless your friend agrees.',
    },
  },
  sample: { clinic: { name: '晨光診所' }, what: undefined },
  async fields({ referralId }, context) {
    const referral = await context.em.findOne(Referral, referralId);
    if (!referral || referral.state === 'VOID') return withheld('REFERRAL_VOID');
    return { clinic: { name: (await clinicOf(context)).name }, what: undefined };
  },
});

/** To each side. What it is called is said only where it is announced anyway: a name can tell of a treatment. */
export const rewardMail = defineMail<{ rewardId: string }>('referrals.reward-ready', {
  purpose: 'account',
  stream: 'transactional',
  template,
  texts: {
    'zh-Hant': {
      subject: '有一份謝禮給您',
      lead: '因為一次朋友介紹，有一份謝禮給您。點數已記入您的帳戶，其他項目請在下次到訪時向櫃檯領取。',
      why: '您收到這封信，是因為您介紹了朋友，或是受朋友介紹而來。',
    },
    'zh-Hans': {
      subject: '有一份谢礼给您',
      lead: '因为一次朋友介绍，有一份谢礼给您。积分已记入您的账户，其他项目请在下次到访时向前台领取。',
      why: '您收到这封邮件，是因为您介绍了朋友，或是受朋友介绍而来。',
    },
    en: {
      subject: 'Something is ready for you',
      lead: 'There is something for you because of a referral. Points are in your account already; for anything else please ask at the desk when you come next.',
      why: 'You get this mail as you brought a friend, or were brought by one.',
    },
  },
  sample: { clinic: { name: '晨光診所' }, what: '100' },
  async fields({ rewardId }, context, locale) {
    const reward = await context.em.findOne(ReferralReward, rewardId);
    if (reward?.state !== 'GRANTED') return withheld('REWARD_GONE');
    const offer = await context.em.findOneOrFail(ReferralOffer, reward.offer.id);
    const what = (await isTold(offer, context, reward.patient.id)) ? offer.name[locale] : undefined;
    return { clinic: { name: (await clinicOf(context)).name }, what };
  },
});
