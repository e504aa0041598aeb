import { answer, definePlugin, type Locale } from 'clinic-rapport';
import {
  Appointment,
  appointmentBooked,
  cancelAppointment,
  core,
  mailAddition,
  Patient,
  rescheduleAppointment,
} from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import recall from '../index.ts';
import { openApp, openClinic, phone } from './clinic.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

const startsAt = '2026-06-10T10:30+08:00';

const expected: Record<Locale, { date: string; time: string; place: string[]; subjects: string[] }> = {
  'zh-Hant': {
    date: '2026年6月10日 星期三',
    time: '上午10:30',
    place: ['大安門診', '臺北市大安區和平東路一段 1 號', '捷運古亭站 5 號出口', '地下二樓'],
    subjects: ['預約成功', '預約提醒', '預約已更改為', '預約已取消'],
  },
  'zh-Hans': {
    date: '2026年6月10日星期三',
    time: '10:30',
    place: ['大安门诊', '臺北市大安區和平東路一段 1 號', '地铁古亭站 5 号出口', '地下二层'],
    subjects: ['预约成功', '预约提醒', '预约已更改为', '预约已取消'],
  },
  en: {
    date: 'Wednesday, June 10, 2026',
    time: '10:30',
    place: ['Da’an branch', '1 Heping East Road, Taipei', 'Metro Guting, exit 5', 'Basement, level 2'],
    subjects: ['Your appointment on', 'Reminder: your appointment', 'Your appointment has moved to', 'is cancelled'],
  },
};

describe.each(Object.entries(expected) as [Locale, (typeof expected)[Locale]][])(
  'in %s',
  (language, { date, time, place, subjects }) => {
    it('a booking, a reminder, a change and a cancellation reach the patient', async () => {
      const { book, mails } = await openClinic({ app, language });
      const id = await book(startsAt);
      await app.settle();
      app.clock.set('2026-06-09T10:30+08:00');
      await app.settle();
      await app.staff.run(context =>
        rescheduleAppointment({ id, startsAt: new Date('2026-06-20T11:00+08:00') }, context),
      );
      await app.settle();
      await app.staff.run(context => cancelAppointment({ id }, context));
      await app.settle();
      expect(mails().map(({ subject }) => subject)).toEqual(subjects.map(subject => expect.stringContaining(subject)));
    });

    it('they say all that one needs to come, in HTML and in plain text, and nothing of what for', async () => {
      const { book, mails } = await openClinic({ app, language });
      await book(startsAt);
      await app.settle();
      app.clock.set('2026-06-09T10:30+08:00');
      await app.settle();
      expect(mails()).toHaveLength(2);
      for (const mail of mails()) {
        for (const part of [date, time, '林怡君醫師', '203', phone, '王小明', ...place]) {
          expect(mail.html).toContain(part);
          expect(mail.text).toContain(part);
        }
        expect(mail.html).toContain(`lang="${language}"`);
        expect(mail.links.map(link => new URL(link).pathname.split('/')[3])).toEqual([
          'confirm',
          'change',
          'mail-preferences',
        ]);
        for (const link of mail.links) expect(mail.text).toContain(link);
        expect(`${mail.subject} ${mail.text} ${mail.html}`).not.toMatch(/HIV|愛滋/);
      }
    });
  },
);

it('booking, change and cancellation keep one entry in the patient’s own calendar', async () => {
  const { book, mails } = await openClinic({ app, language: 'zh-Hant' });
  app.clock.set('2026-06-01T09:00+08:00');
  const id = await book(startsAt);
  await app.settle();
  await app.staff.run(context => rescheduleAppointment({ id, startsAt: new Date('2026-06-20T11:00+08:00') }, context));
  await app.settle();
  await app.staff.run(context => cancelAppointment({ id }, context));
  await app.settle();
  const calendars = mails().flatMap(({ calendar }) => calendar ?? []);
  expect(calendars.map(({ contentType }) => contentType)).toEqual([
    'text/calendar; method=PUBLISH',
    'text/calendar; method=PUBLISH',
    'text/calendar; method=CANCEL',
  ]);
  const valuesOf = (name: string) =>
    calendars.map(
      ({ text }) => new RegExp(`^${name}[^:]*:(.*)$`, 'm').exec(text.replace(/\r\n /g, '').replace(/\r/g, ''))?.[1],
    );
  expect(new Set(valuesOf('UID'))).toEqual(new Set([`${id}@clinic.test`]));
  expect(valuesOf('DTSTART')).toEqual(['20260610T023000Z', '20260620T030000Z', '20260620T030000Z']);
  expect(valuesOf('STATUS')).toEqual(['CONFIRMED', 'CONFIRMED', 'CANCELLED']);
  const [first, second, third] = valuesOf('SEQUENCE').map(Number) as [number, number, number];
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(second);
  expect(new Set(valuesOf('SUMMARY')).size).toBe(1);
  // Calendars are shared with families and employers: nothing in it says what it is for.
  for (const { text } of calendars) expect(text).not.toMatch(/健康檢查|CHECKUP|心臟/);
});

it('each happening is told once, also when its event is handled again', async () => {
  const { book, mails, patientId } = await openClinic({ app });
  const id = await book(startsAt);
  await app.settle();
  await app.emit(appointmentBooked, { appointmentId: id, patientId, version: 1, change: 'BOOKED' });
  await app.settle();
  expect(mails()).toHaveLength(1);
});

it('a booking that was called off before its mail went out is not told as a booking', async () => {
  const { book, mails } = await openClinic({ app });
  const id = await book(startsAt);
  await app.staff.run(context => cancelAppointment({ id }, context));
  await app.settle();
  expect(mails().map(({ subject }) => subject)).toEqual([expect.stringContaining('預約已取消')]);
});

it('a name with markup is text in the mail', async () => {
  const { book, mails, patientId } = await openClinic({ app });
  const name = '<b>王</b> {{ clinic.name }} 𠮷';
  await app.staff.run(({ em }) => em.nativeUpdate(Patient, patientId, { name }));
  await book(startsAt);
  await app.settle();
  const [mail] = mails();
  expect(mail!.html).toContain('&lt;b&gt;王&lt;/b&gt; {{ clinic.name }} 𠮷');
  expect(mail!.text).toContain('<b>王</b> {{ clinic.name }} 𠮷');
});

it.each(['王小明 A123456789', 'Ａ１２３４５６７８９', 'Li 11010519491231002X', '0000-1234-5678'])(
  'a mail in which the identifier of %s would stand is not sent, and staff see why',
  async name => {
    const { book, mails } = await openClinic({ app });
    const id = await book(startsAt);
    await app.staff.run(async ({ em }) => {
      const { patient } = await em.findOneOrFail(Appointment, { id }, { populate: ['patient'] });
      patient.name = name;
    });
    await app.settle();
    expect(mails()).toEqual([]);
    const { deliveries } = await app
      .as('owner')
      .data('{ deliveries(filter: { state: [WITHHELD] }, first: 1) { nodes { state reason } } }');
    expect(deliveries.nodes).toEqual([{ state: 'WITHHELD', reason: 'PHI_IN_MESSAGE' }]);
  },
);

it('what a plugin adds stands below the thanks for a booking, and in no other mail', async () => {
  const promoter = definePlugin({
    name: 'promoter',
    version: '1.0.0',
    requires: { core: '^1.0.0' },
    answers: [
      answer(mailAddition, async ({ mail, locale }) => ({
        text: `Below ${mail} <${locale}>`,
        button: 'Look',
        url: 'https://clinic.test/look',
      })),
    ],
  });
  const own = await openApp({ plugins: [core, recall, promoter] });
  const { book, mails } = await openClinic({ app: own, language: 'en' });
  const id = await book(startsAt);
  await own.settle();
  await own.staff.run(context => rescheduleAppointment({ id, startsAt: new Date('2026-06-20T11:00+08:00') }, context));
  await own.settle();
  const [booked, changed] = mails();
  expect(booked!.text).toContain('Below recall.booked <en>');
  expect(booked!.html).toContain('Below recall.booked &lt;en&gt;');
  expect(booked!.html).toContain('href="https://clinic.test/look"');
  expect(changed!.html).not.toContain('Below');
});
