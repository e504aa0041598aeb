import { defineLink, defineMail, withheld } from 'clinic-rapport';
import { clinicOf } from '../clinic.ts';
import { whenText } from '../online/times.ts';
import { WaitlistOffer } from './entry.ts';

/** Lets its bearer take the time, pass, or leave the waitlist. */
export const waitlistOfferLink = defineLink<{ offerId: string }>('waitlist.offer', '/waitlist');

/** Says when, and not what for. The patient has asked for it, so it is care and comes at once. */
export const waitlistOfferMail = defineMail<{ offerId: string }>('waitlist.offer', {
  purpose: 'care',
  stream: 'transactional',
  template: new URL('../mails/waitlist-offer.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '有一個時間空出來了',
      lead: '您在等候名單上。這個時間剛空出來：',
      button: '我要這個時間',
      until: '請在此時間前回覆，之後會提供給下一位：',
      ignore: '時間不會保留，先預約的人優先。您也可以在同一頁略過或退出等候名單。',
    },
    'zh-Hans': {
      subject: '有一个时间空出来了',
      lead: '您在等候名单上。这个时间刚空出来：',
      button: '我要这个时间',
      until: '请在此时间前回复，之后会提供给下一位：',
      ignore: '时间不会保留，先预约的人优先。您也可以在同一页略过或退出等候名单。',
    },
    en: {
      subject: 'A time has become free',
      lead: 'You are on our waitlist. This time has just become free:',
      button: 'I take it',
      until: 'Please answer by then; after that it goes to the next:',
      ignore: 'It is not held: whoever books it first has it. On the same page you can pass, or leave the waitlist.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    when: '2026年6月10日 星期三 上午10:30',
    until: '2026年6月9日 星期二 下午4:00',
    link: 'https://clinic.example/plugins/core/waitlist/sample',
  },
  fields: async ({ offerId }, context, locale) => {
    const offer = await context.em.findOne(WaitlistOffer, offerId);
    if (offer?.state !== 'OPEN' || offer.expiresAt <= context.now) return withheld('OFFER_ENDED');
    const { name, timeZone } = await clinicOf(context);
    const { startsAt, expiresAt, patient } = offer;
    return {
      clinic: { name },
      when: whenText(startsAt, locale, timeZone),
      until: whenText(expiresAt, locale, timeZone),
      link: context.link(waitlistOfferLink, { offerId }, { patientId: patient.id, expiresAt: startsAt }),
    };
  },
});
