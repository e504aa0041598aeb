import { DateTime } from 'luxon';
import { defineMail, withheld, type Context, type Fields, type Locale } from 'clinic-rapport';
import { clinicOf, textIn } from 'clinic-rapport/schema';
import { MembershipLecture } from './lecture.ts';
import { MembershipSeat } from './seat.ts';

const template = new URL('./mails/lecture.mjml', import.meta.url);

const sample: Fields = {
  clinic: { name: '晨光診所' },
  name: '春季健康講座',
  when: '2026年6月10日 14:00',
  place: '二樓會議室',
};

/** The patient has asked for the seat; who wants no reminders gets none. */
export const lectureReminderMail = defineMail<{ seatId: string }>('membership.lecture-reminder', {
  ...{ purpose: 'reminder', stream: 'transactional', template, sample },
  texts: {
    'zh-Hant': {
      subject: '提醒：您報名的講座',
      lead: '提醒您，您已報名以下講座：',
      why: '若您無法出席，請告知診所或自行取消，讓其他人可以參加。',
    },
    'zh-Hans': {
      subject: '提醒：您报名的讲座',
      lead: '提醒您，您已报名以下讲座：',
      why: '若您无法出席，请告知诊所或自行取消，让其他人可以参加。',
    },
    en: {
      subject: 'A reminder of your seat in a lecture',
      lead: 'This is a reminder that you have a seat in this lecture:',
      why: 'If you cannot come, please tell the clinic or give the seat back, so that somebody else can have it.',
    },
  },
  async fields({ seatId }, context, locale) {
    const seat = await context.em.findOne(MembershipSeat, seatId, { populate: ['lecture'], refresh: true });
    if (seat?.state !== 'TAKEN') return withheld('SEAT_CANCELLED');
    if (seat.lecture.startsAt <= context.now) return withheld('LECTURE_BEGUN');
    return fieldsOf(seat.lecture, context, locale);
  },
});

/** Whoever has a seat must know that nobody is there. */
export const lectureCancelledMail = defineMail<{ lectureId: string }>('membership.lecture-cancelled', {
  ...{ purpose: 'account', stream: 'transactional', template, sample },
  texts: {
    'zh-Hant': {
      subject: '您報名的講座已取消',
      lead: '很抱歉，以下講座已取消：',
      why: '您收到這封信，是因為您報名了這場講座。',
    },
    'zh-Hans': {
      subject: '您报名的讲座已取消',
      lead: '很抱歉，以下讲座已取消：',
      why: '您收到这封邮件，是因为您报名了这场讲座。',
    },
    en: {
      subject: 'The lecture is called off',
      lead: 'We are sorry: this lecture, in which you had a seat, is called off:',
      why: 'You get this mail as you had a seat in it.',
    },
  },
  async fields({ lectureId }, context, locale) {
    const lecture = await context.em.findOne(MembershipLecture, lectureId);
    return lecture ? fieldsOf(lecture, context, locale) : withheld('NO_LECTURE');
  },
});

async function fieldsOf(
  { name, place, startsAt }: MembershipLecture,
  context: Context,
  locale: Locale,
): Promise<Fields> {
  const clinic = await clinicOf(context);
  const start = DateTime.fromJSDate(startsAt, { zone: clinic.timeZone }).setLocale(locale);
  return {
    clinic: { name: clinic.name },
    name: textIn(name, locale),
    place: textIn(place, locale),
    when: `${start.toLocaleString(DateTime.DATE_FULL)} ${start.toFormat('HH:mm')}`,
  };
}
