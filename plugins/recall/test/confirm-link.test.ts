import { cancelAppointment, rescheduleAppointment } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { confirmLink } from '../confirm.ts';
import { booked, read, startsAt, statusOf, submit } from './browser.ts';
import { openApp, openClinic, phone } from './clinic.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

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
