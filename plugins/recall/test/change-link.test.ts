import type { TestApp } from 'clinic-rapport/testing';
import { booked, read, statusOf, submit, timesIn } from './browser.ts';
import { openApp, openClinic, phone } from './clinic.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
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
