import { defineJob, defineMail, withheld, type Context } from 'clinic-rapport';
import { clinicOf } from 'clinic-rapport/schema';
import { MembershipSettings } from '../settings.ts';
import { dayIn } from './day-in-words.ts';
import { today } from './open-lots.ts';

/** Patients who are told in one run. */
const batch = 200;

/** Of points that expire on or before a day, `2026-08-30`. */
interface Expiring {
  readonly patientId: string;
  readonly until: string;
}

/**
 * How many points go, and when: an account of what is the patient's, without a word of what to spend them on, which would be
 * marketing. Nobody waits for it, so it keeps to the hours and the number of what disturbs.
 */
export const pointsExpiringMail = defineMail<Expiring>('membership.points-expiring', {
  purpose: 'account',
  stream: 'transactional',
  disturbs: true,
  template: new URL('../mails/points.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '您的部分點數即將到期',
      lead: '以下點數即將到期：',
      until: '最早到期日：',
      why: '這是您在本診所點數帳戶的通知。',
    },
    'zh-Hans': {
      subject: '您的部分积分即将到期',
      lead: '以下积分即将到期：',
      until: '最早到期日：',
      why: '这是您在本诊所积分账户的通知。',
    },
    en: {
      subject: 'Some of your points are about to expire',
      lead: 'So many of your points are about to expire:',
      until: 'The first of them can be spent until',
      why: 'This is a notice about your points account at the clinic.',
    },
  },
  sample: { clinic: { name: '晨光診所' }, what: '120', until: '2026年8月30日' },
  async fields({ patientId, until }, context, locale) {
    const [left] = await context.em.execute<{ points: number | null; on: string | null }[]>(
      `select sum(available)::integer as points, min(expires_on)::text as on from membership_lot
       where clinic_id = ? and patient_id = ? and available > 0 and expires_on between ?::date and ?::date`,
      [context.clinicId, patientId, await today(context), until],
    );
    const { points, on } = left!;
    if (!points || !on) return withheld('POINTS_SPENT');
    const { name } = await clinicOf(context);
    return { clinic: { name }, what: points.toLocaleString(locale), until: dayIn(on, locale) };
  },
});

/** Once for a lot and a notice, also where a morning was missed: a patient gets one mail for all that is due. */
export const tellOfExpiry = defineJob('membership.tell-of-expiry', {
  every: '30 9 * * *',
  async run(_, context) {
    const { pointsExpiryNotices } = await context.settings(MembershipSettings);
    const day = await today(context);
    const due = await takeDue(day, pointsExpiryNotices, context);
    for (const { patientId, until } of due) {
      const key = `${patientId}:${until}:${day}`;
      await context.send(pointsExpiringMail, { patientId }, { patientId, until }, { key });
    }
    if (due.length === batch) await context.enqueue(tellOfExpiry, undefined, { key: 'more' });
  },
});

/** Of each lot the notice is the shortest that has begun; who has been told of that one or a shorter one is not told again. */
async function takeDue(day: string, notices: readonly number[], { em, clinicId }: Context): Promise<Expiring[]> {
  return em.execute<Expiring[]>(
    `with due as (
       select l.id, l.patient_id, l.expires_on, n.days from membership_lot l
       cross join lateral (select min(days) as days from (select value::integer as days
         from jsonb_array_elements_text(?::jsonb)) d where days >= l.expires_on - ?::date) n
       where l.clinic_id = ? and l.available > 0 and l.expires_on >= ?::date and l.expires_on <= ?::date + ?::integer
         and n.days is not null and (l.told_days is null or l.told_days > n.days)),
     whose as (select distinct patient_id from due order by 1 limit ${batch}),
     told as (
       update membership_lot l set told_days = d.days from due d join whose w on w.patient_id = d.patient_id
       where l.clinic_id = ? and l.id = d.id returning l.patient_id, l.expires_on)
     select patient_id as "patientId", max(expires_on)::text as until from told group by patient_id order by 1`,
    [JSON.stringify(notices), day, clinicId, day, day, Math.max(0, ...notices), clinicId],
  );
}
