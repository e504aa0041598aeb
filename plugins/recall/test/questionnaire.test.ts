import { askBefore, publishQuestionnaire, Service } from 'clinic-rapport/schema';
import { openClinic } from './clinic.ts';
import { startsAt, submit } from './browser.ts';

const say = (text: string) => ({ zhHant: text, zhHans: text, en: text });
const linkIn = (links: readonly string[]): string | undefined => links.find(link => link.includes('/questionnaire/'));

test('mails of an appointment ask what its service asks, until it is answered', async () => {
  const clinic = await openClinic();
  const { app, serviceId } = clinic;
  await app.staff.run(async context => {
    const items = [{ linkId: 'q', type: 'BOOLEAN', required: true, text: say('?') }] as const;
    const input = items.map(item => ({ ...item, multiple: false, options: [] }));
    await publishQuestionnaire({ name: 'before', title: say('Before'), items: input }, context);
    await askBefore(await context.em.findOneOrFail(Service, serviceId), 'before', context);
  });
  await clinic.book(startsAt);
  await app.settle();
  const [booked] = clinic.mails();
  expect(booked!.html).toContain('填寫看診前問卷');
  expect((await submit(clinic, linkIn(booked!.links)!, { 'a.q': 'true', act: 'complete' })).text).toContain('謝謝您');
  app.clock.set('2026-06-09T11:00+08:00');
  await app.settle();
  const later = clinic.mails().slice(1);
  expect(later.length).toBeGreaterThan(0);
  for (const { links, html } of later) {
    expect(linkIn(links)).toBeUndefined();
    expect(html).not.toContain('填寫看診前問卷');
  }
});

test('mails of an appointment whose service asks nothing have no such link', async () => {
  const clinic = await openClinic();
  await clinic.book(startsAt);
  await clinic.app.settle();
  expect(linkIn(clinic.mails()[0]!.links)).toBeUndefined();
});
