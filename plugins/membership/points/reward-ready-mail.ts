import { defineMail, withheld } from 'clinic-rapport';
import { clinicOf } from 'clinic-rapport/schema';
import { dayIn } from './day-in-words.ts';
import { MembershipRedemption } from './redemption.ts';

/** What the reward is called it does not say: that can tell of a treatment, and a mail is read over shoulders. */
export const rewardReadyMail = defineMail<{ redemptionId: string }>('membership.reward-ready', {
  purpose: 'account',
  stream: 'transactional',
  template: new URL('../mails/points.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '您兌換的項目已備妥',
      lead: '請在櫃檯出示這個代碼：',
      until: '請於此日前領取：',
      why: '您收到這封信，是因為您的點數兌換了一個項目。若不是您本人兌換，請告知診所。',
    },
    'zh-Hans': {
      subject: '您兑换的项目已备好',
      lead: '请在前台出示此代码：',
      until: '请在此日之前领取：',
      why: '您收到这封邮件，是因为您的积分兑换了一个项目。如非您本人兑换，请告知诊所。',
    },
    en: {
      subject: 'What you redeemed is ready for you',
      lead: 'Please show this code at the desk:',
      until: 'You can fetch it until',
      why: 'You get this mail as your points were redeemed. If it was not you, please tell the clinic.',
    },
  },
  sample: { clinic: { name: '晨光診所' }, what: 'K7M2 9QXA', until: '2026年8月30日' },
  async fields({ redemptionId }, context, locale) {
    const redemption = await context.em.findOne(MembershipRedemption, redemptionId);
    if (redemption?.state !== 'OPEN') return withheld('REDEMPTION_ENDED');
    const { code, validUntil } = redemption;
    return {
      clinic: { name: (await clinicOf(context)).name },
      what: `${code.slice(0, 4)} ${code.slice(4)}`,
      until: validUntil == null ? undefined : dayIn(validUntil, locale),
    };
  },
});
