import { openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await openClinic();
});

const get = (path: string, headers: Record<string, string> = {}) => clinic.app.fetch(path, { headers });

test('the page is there in three languages, without a script, and leads to booking and registering', async () => {
  for (const [lang, part] of [
    ['zh-Hant', '朋友邀請您'],
    ['zh-Hans', '朋友邀请您'],
    ['en', 'A friend invites you'],
  ] as const) {
    const text = await (await get(`${clinic.url}?lang=${lang}`)).text();
    expect(text).toContain(part);
    expect(text).toContain(`lang="${lang}"`);
    expect(text).not.toMatch(/<script|checked/);
  }
  const browser = await get(clinic.url, { 'accept-language': 'en-GB' });
  expect(await browser.text()).toContain('Book a visit');
});

test('to look at it changes nothing, as mail scanners do', async () => {
  for (const path of ['', '/card', '/qr.svg', '/qr.png']) await (await get(clinic.url + path)).arrayBuffer();
  const { referrals } = await clinic.app.as('owner').data('{ referrals { totalCount } }');
  expect(referrals.totalCount).toBe(0);
});

test('the QR code is a picture of the link, on a card that can be printed', async () => {
  const svg = await get(`${clinic.url}/qr.svg`);
  expect([svg.headers.get('content-type'), (await svg.text()).slice(0, 4)]).toEqual(['image/svg+xml', '<svg']);
  const png = await get(`${clinic.url}/qr.png`);
  const bytes = new Uint8Array(await png.arrayBuffer());
  expect([png.headers.get('content-type'), ...bytes.slice(1, 4)]).toEqual(['image/png', 80, 78, 71]);
  const card = await (await get(`${clinic.url}/card`)).text();
  expect(card).toContain(`${clinic.code.slice(0, 4)} ${clinic.code.slice(4)}`);
  expect(card).toContain('/card.svg');
  expect((await get(`${clinic.url}/card.svg`)).status).toBe(200);
});

test('an unknown code, a misspelt and an expired one say what they are, and lead on', async () => {
  const base = clinic.url.slice(0, clinic.url.lastIndexOf('/'));
  for (const code of ['33333333', 'nonsense', '%E0%A4%A', '..%2f..']) {
    const answer = await get(`${base}/${code}`);
    expect([code, answer.status]).toEqual([code, 404]);
    expect(await answer.text()).toContain(`/book/${clinic.slug}`);
  }
  expect((await get(`${clinic.url}/other`)).status).toBe(404);
  const other = await clinic.patient();
  const made = 'mutation ($id: ID!) { createReferralCode(input: { patientId: $id }) { url expiresAt } }';
  const { createReferralCode } = await clinic.app.as('frontDesk').data(made, { id: other });
  clinic.app.clock.advance({ days: 800 });
  const expired = await get(createReferralCode.url);
  expect(expired.status).toBe(410);
  clinic.app.clock.set('2026-06-01T09:00+08:00');
});

test('a booking by a patient who agreed to marketing thanks with a link to invite, and no other does', async () => {
  const booked = async (patientId: string, startsAt: string) => {
    const input = { patientId, serviceId: clinic.serviceId, practitionerId: clinic.practitionerId, startsAt };
    await clinic.app
      .as('frontDesk')
      .data('mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { id } }', { input });
    await clinic.app.settle();
    return clinic.app.mails.at(-1)!;
  };
  const newcomer = await clinic.patient();
  await clinic.app.staff.run(({ em }) => em.execute('update contact_point set verified_at = now()'));
  expect((await booked(clinic.advocateId, '2026-06-03T10:00:00+08:00')).html).not.toContain('/refer/');
  const { noticeVersions } = await clinic.app.as('owner').data('{ noticeVersions(first: 1) { nodes { id } } }');
  const give = 'mutation ($input: ConsentInput!) { giveConsent(input: $input) { id } }';
  const choice = {
    purpose: 'MARKETING',
    channel: 'EMAIL',
    source: 'DESK',
    noticeVersionId: noticeVersions.nodes[0].id,
  };
  for (const patientId of [clinic.advocateId, newcomer])
    await clinic.app.as('frontDesk').data(give, { input: { patientId, ...choice } });
  expect((await booked(clinic.advocateId, '2026-06-04T10:00:00+08:00')).html).toContain(clinic.url);

  // Who has no code yet is brought in by the mail.
  const { links } = await booked(newcomer, '2026-06-05T10:00:00+08:00');
  const own = links.find(link => link.includes('/refer/'))!;
  expect((await get(own)).status).toBe(200);
  const code = 'query ($id: ID!) { patient(id: $id) { referralCode { url } } }';
  expect((await clinic.app.as('frontDesk').data(code, { id: newcomer })).patient.referralCode.url).toBe(own);
});
