import { DateTime } from 'luxon';
import { defineJob, defineMail, withheld } from 'clinic-rapport';
import { bookingUrl, checkContent, clinicOf, packsFor, textIn } from 'clinic-rapport/schema';
import { dayIn } from '../points/day-in-words.ts';
import { MembershipOpening } from './opening.ts';

/** Members who are told in one run. */
const batch = 500;

const beforeAll = '00000000-0000-0000-0000-000000000000';

interface Opened {
  readonly patientId: string;
  readonly openingId: string;
}

/** It advertises: only who has agreed to news of the clinic gets it. All of a tier do, so it tells nothing of the reader. */
export const timesOpenMail = defineMail<Opened>('membership.times-open', {
  ...{ purpose: 'marketing', stream: 'marketing' },
  template: new URL('./mails/opening.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '新的預約時間，會員優先',
      lead: '以下新的時間，您現在就可以預約：',
      until: '開放所有人預約的時間：',
      button: '預約',
      care: '若您現在就需要照護，請直接聯絡診所，無須等候。',
    },
    'zh-Hans': {
      subject: '新的预约时间，会员优先',
      lead: '以下新的时间，您现在就可以预约：',
      until: '开放所有人预约的时间：',
      button: '预约',
      care: '若您现在就需要照护，请直接联系诊所，无须等候。',
    },
    en: {
      subject: 'New times, for members first',
      lead: 'You can book these new times already:',
      until: 'They open to everybody on',
      button: 'Book',
      care: 'If you need care now, please call the clinic: you need not wait for any of these.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    ...{ service: '健康檢查', days: '2026年7月1日 – 2026年7月31日', when: '2026年6月8日 09:00' },
    url: 'https://clinic.example/book',
  },
  async fields({ patientId, openingId }, context, locale) {
    const opening = await context.em.findOne(MembershipOpening, openingId, { populate: ['service'], refresh: true });
    if (!opening || opening.everybodyFrom <= context.now) return withheld('OPENING_OVER');
    const { service, firstDay, lastDay, everybodyFrom } = opening;
    const text = textIn(service.name, locale);
    // What was allowed when the clinic wrote it may be forbidden where this patient lives.
    const { verdict } = checkContent({ kind: 'TEXT', text }, await packsFor(patientId, context));
    if (verdict === 'BLOCK') return withheld('COMPLIANCE_BLOCKED');
    const { name, timeZone: zone } = await clinicOf(context);
    const open = DateTime.fromJSDate(everybodyFrom, { zone }).setLocale(locale);
    return {
      clinic: { name },
      service: text,
      days: `${dayIn(firstDay, locale)} – ${dayIn(lastDay, locale)}`,
      when: `${open.toLocaleString(DateTime.DATE_FULL)} ${open.toFormat('HH:mm')}`,
      url: bookingUrl(patientId, { serviceId: service.id, origin: 'membership.opening' }, context),
    };
  },
});

/** When members may book; in the order of their ids, so many in each run. */
export const tellOfOpening = defineJob<{ openingId: string; after?: string }>('membership.tell-of-opening', {
  async run({ openingId, after = beforeAll }, context) {
    const { clinicId, em } = context;
    const members = await em.execute<{ patientId: string }[]>(
      `select m.patient_id as "patientId" from membership_opening o
       join membership_tier t on t.clinic_id = o.clinic_id and t.id = o.tier_id
       join membership_tier of on of.clinic_id = t.clinic_id and of.rank >= t.rank
       join membership_member m on m.clinic_id = of.clinic_id and m.tier_id = of.id
       where o.clinic_id = ? and o.id = ? and m.patient_id > ? order by m.patient_id limit ${batch}`,
      [clinicId, openingId, after],
    );
    for (const { patientId } of members) {
      const key = `membership.opening:${openingId}:${patientId}`;
      await context.send(timesOpenMail, { patientId }, { patientId, openingId }, { key });
    }
    const last = members[batch - 1];
    if (last) await context.enqueue(tellOfOpening, { openingId, after: last.patientId }, { key: openingId });
  },
});
