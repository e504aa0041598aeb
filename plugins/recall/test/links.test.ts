import { cancelAppointment, rescheduleAppointment, type Appointment } from 'clinic-rapport/schema';
import { confirmLink } from '../confirm.ts';
import type { TestApp } from 'clinic-rapport/testing';
import { openApp, openClinic, phone, type Clinic } from './clinic.ts';

const startsAt = '2026-06-10T10:30+08:00';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

/** A booked appointment and the links of its confirmation mail. */
async function booked(clinic: Clinic): Promise<{ id: string; confirm: string; change: string }> {
  const id = await clinic.book(startsAt);
  await app.settle();
  const { links } = clinic.mails().at(-1)!;
  const to = (path: string): string =>
    links.find(link => new URL(link).pathname.startsWith(`/plugins/recall/${path}/`))!;
  return { id, confirm: to('confirm'), change: to('change') };
}

const statusOf = async (_clinic: Clinic, id: string): Promise<Pick<Appointment, 'status' | 'version' | 'startsAt'>> => {
  const { appointment } = await app
    .as('frontDesk')
    .data('query ($id: ID!) { appointment(id: $id) { status version startsAt } }', { id });
  return appointment;
};

const read = async ({ app }: Clinic, url: string): Promise<{ status: number; text: string }> => {
  const response = await app.fetch(url);
  return { status: response.status, text: await response.text() };
};

const submit = async (
  { app }: Clinic,
  url: string,
  fields: Record<string, string> = {},
): Promise<{ status: number; text: string }> => {
  const response = await app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, text: await response.text() };
};

const timesIn = (text: string): string[] =>
  [...text.matchAll(/name="startsAt" value="([^"]+)"/g)].map(([, value]) => value!);

const altered = (url: string): string => url.replace(/.(?=.$)/, sign => (sign === 'A' ? 'B' : 'A'));

describe('the link to confirm', () => {
  it('asks on GET, however often a scanner opens it, and confirms on POST', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm } = await booked(clinic);
    for (let opened = 0; opened < 5; opened++) {
      const { status, text } = await read(clinic, confirm);
      expect(status).toBe(200);
      expect(text).toContain('<form method="post">');
    }
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'BOOKED', version: 1 });
    const answer = await submit(clinic, confirm);
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('我們已記下您會到') });
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'CONFIRMED' });
  });

  it('shows the appointment in the patient’s language, with all one needs to come', async () => {
    const clinic = await openClinic({ app, language: 'en' });
    const { confirm } = await booked(clinic);
    const { text } = await read(clinic, confirm);
    for (const part of [
      'lang="en"',
      'Wednesday, June 10, 2026',
      '10:30',
      '林怡君醫師',
      '203',
      'Da’an branch',
      'Metro Guting',
      'Basement',
      phone,
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('HIV');
    expect(text).not.toContain('<script');
  });

  it('shows up live for who follows the appointments', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm } = await booked(clinic);
    const follower = await clinic.app
      .as('frontDesk')
      .subscribe(
        'subscription { appointmentChanged(filter: { change: [CONFIRMED] }) { change appointment { id status } } }',
      );
    await submit(clinic, confirm);
    const { appointmentChanged } = await follower.next();
    expect(appointmentChanged).toEqual({ change: 'CONFIRMED', appointment: { id, status: 'CONFIRMED' } });
  });

  it('can be opened again after it was used, and changes nothing then', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm } = await booked(clinic);
    await submit(clinic, confirm);
    const { version } = await statusOf(clinic, id);
    expect((await read(clinic, confirm)).text).not.toContain('<form');
    await submit(clinic, confirm);
    expect((await statusOf(clinic, id)).version).toBe(version);
  });

  it('says so when the appointment has moved', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm } = await booked(clinic);
    await app.staff.run(context =>
      rescheduleAppointment({ id, startsAt: new Date('2026-06-12T11:00+08:00') }, context),
    );
    expect(await read(clinic, confirm)).toMatchObject({ status: 410, text: expect.stringContaining('最近一封信') });
    expect(await submit(clinic, confirm)).toMatchObject({ status: 410 });
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'BOOKED' });
  });

  it('says so when the appointment is cancelled', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm } = await booked(clinic);
    await app.staff.run(context => cancelAppointment({ id }, context));
    expect(await read(clinic, confirm)).toMatchObject({ status: 410, text: expect.stringContaining('已經取消') });
    expect(await submit(clinic, confirm)).toMatchObject({ status: 410 });
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'CANCELLED' });
  });

  it('ends when the appointment begins', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm } = await booked(clinic);
    app.clock.set(startsAt);
    expect((await read(clinic, confirm)).status).toBe(410);
    expect((await submit(clinic, confirm)).status).toBe(410);
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'BOOKED' });
  });

  it('is refused when it is forged, cut off, or made for something else', async () => {
    const clinic = await openClinic({ app });
    const { id, confirm, change } = await booked(clinic);
    for (const url of [
      altered(confirm),
      confirm.slice(0, -8),
      change.replace('/change/', '/confirm/'),
      confirm.replace(/[^/]+$/, 'x'),
    ]) {
      expect((await read(clinic, url)).status).toBeGreaterThanOrEqual(400);
      expect((await submit(clinic, url)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'BOOKED' });
  });
});

describe('the link to change', () => {
  it('offers the free times by day, and moves the appointment to one of them', async () => {
    const clinic = await openClinic({ app });
    const { id, change } = await booked(clinic);
    const { text } = await read(clinic, change);
    const times = timesIn(text);
    expect(times[0]).toBe('2026-06-01T01:30:00.000Z');
    expect(text).toContain('<legend>2026年6月1日 星期一</legend>');
    expect(text).toContain(phone);
    const answer = await submit(clinic, change, { startsAt: times[5]! });
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('預約已更改') });
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'BOOKED', startsAt: times[5] });
    expect((await submit(clinic, change, { startsAt: times[6]! })).status).toBe(410);
    expect((await read(clinic, change)).text).not.toContain('<form');
    expect(await statusOf(clinic, id)).toMatchObject({ startsAt: times[5] });
    await app.settle();
    expect(clinic.mails().at(-1)!.subject).toContain('預約已更改');
  });

  it('leads on to later times and back', async () => {
    const clinic = await openClinic({ app });
    const { change } = await booked(clinic);
    const first = await read(clinic, change);
    const [, later] = /href="(\?from=[^"]+)"/.exec(first.text)!;
    const second = await read(clinic, new URL(later!, change).href);
    expect(timesIn(second.text)[0]! > timesIn(first.text).at(-1)!).toBe(true);
    expect(second.text).toContain('href="?"');
  });

  it('is kind when someone else took the time, and offers others', async () => {
    const clinic = await openClinic({ app });
    const { id, change } = await booked(clinic);
    const taken = timesIn((await read(clinic, change)).text)[3]!;
    await clinic.bookForOther(taken);
    const answer = await submit(clinic, change, { startsAt: taken });
    expect(answer).toMatchObject({ status: 409, text: expect.stringContaining('剛被別人預約') });
    const others = timesIn(answer.text);
    expect(others).not.toContain(taken);
    expect((await submit(clinic, change, { startsAt: others[0]! })).status).toBe(200);
    expect(await statusOf(clinic, id)).toMatchObject({ startsAt: others[0] });
  });

  it('gives one time to one of two patients who ask for it at once', async () => {
    const clinic = await openClinic({ app });
    const mine = await booked(clinic);
    const other = await clinic.bookForOther('2026-06-11T10:30+08:00');
    await app.settle();
    const change = other.mails()[0]!.links.find(link => link.includes('/change/'))!;
    const time = timesIn((await read(clinic, change)).text)[3]!;
    const answers = await Promise.all([mine.change, change].map(url => submit(clinic, url, { startsAt: time })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const starts = await Promise.all([mine.id, other.id].map(async id => (await statusOf(clinic, id)).startsAt));
    expect(starts.filter(start => String(start) === time)).toHaveLength(1);
  });

  it('cancels, once', async () => {
    const clinic = await openClinic({ app });
    const { id, change } = await booked(clinic);
    expect(await submit(clinic, change, { cancel: 'yes' })).toMatchObject({
      status: 200,
      text: expect.stringContaining('預約已取消'),
    });
    expect(await statusOf(clinic, id)).toMatchObject({ status: 'CANCELLED' });
    expect((await submit(clinic, change, { cancel: 'yes' })).status).toBe(410);
    await app.settle();
    expect(clinic.mails().at(-1)!.subject).toContain('預約已取消');
  });

  it.each([
    ['nothing', {}],
    ['nonsense', { startsAt: 'tomorrow' }],
    ['a time in the past', { startsAt: '2020-01-01T00:00:00Z' }],
    ['a time outside the hours', { startsAt: '2026-06-03T19:00:00Z' }],
    ['a time of no slot', { startsAt: '2026-06-03T02:07:00Z' }],
    ['a time beyond all calendars', { startsAt: '+275760-09-13T00:00:00.000Z' }],
  ])('changes nothing for %s', async (_what, fields: Record<string, string>) => {
    const clinic = await openClinic({ app });
    const { id, change } = await booked(clinic);
    const { status, text } = await submit(clinic, change, fields);
    expect([409, 422]).toContain(status);
    expect(timesIn(text).length).toBeGreaterThan(0);
    expect(await statusOf(clinic, id)).toMatchObject({ version: 1 });
    expect((await submit(clinic, change, { startsAt: timesIn(text)[0]! })).status).toBe(200);
  });

  it('takes no notice of a page that does not exist', async () => {
    const clinic = await openClinic({ app });
    const { change } = await booked(clinic);
    for (const from of ['x', '', '9999-99-99', '+275760-09-13T00:00:00.000Z']) {
      expect((await read(clinic, `${change}?from=${encodeURIComponent(from)}`)).status).toBe(200);
    }
  });
});

describe('what a link opens', () => {
  it('shows one patient’s appointment only, also to who knows another one’s id', async () => {
    const clinic = await openClinic({ app });
    const { id: other } = await clinic.bookForOther('2026-06-11T10:30+08:00');
    const forged = await app.staff.run(async context =>
      context.link(
        confirmLink,
        { appointmentId: other, startsAt: new Date('2026-06-11T10:30+08:00').toISOString() },
        { patientId: clinic.patientId, expiresAt: new Date('2026-06-11T10:30+08:00') },
      ),
    );
    expect((await read(clinic, forged)).status).toBe(404);
    expect((await submit(clinic, forged)).status).toBe(404);
    expect(await statusOf(clinic, other)).toMatchObject({ status: 'BOOKED' });
  });

  it('is not cached, indexed, or told to other sites', async () => {
    const clinic = await openClinic({ app });
    const { confirm } = await booked(clinic);
    const { headers } = await app.fetch(confirm);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toContain('noindex');
  });
});
