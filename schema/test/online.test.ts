import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { bookingUrl, core } from 'clinic-rapport/schema';
import { addPatient, furnish, publishSomeNotice, type ClinicFixture } from './fixture.ts';

let app: TestApp;
let clinic: ClinicFixture;
let slug: string;
let notice: string;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  clinic = await furnish(app);
  slug = (await app.staff.data('{ clinic { slug } }')).clinic.slug;
  notice = await publishSomeNotice(app);
  await app.as('owner').data('mutation { updateSettings(input: { core: { notice: "sample" } }) { __typename } }');
});

const tuesday = '2026-06-02T02:00:00.000Z';
const at = (instant = tuesday) => `${clinic.practitioner}@${instant}`;
const person = { name: '陳美玲', birthDate: '1985-03-09', phone: '0912 345 678', email: 'mei@mail.test' };
const form = (fields: Record<string, string | string[]> = {}): URLSearchParams => {
  const all: Record<string, string | string[]> = { ...person, time: at(), notice, ...fields };
  return new URLSearchParams(
    Object.entries(all).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  );
};
const path = (more = '') => `/book/${slug}?service=${clinic.service}${more}`;
const post = (url: string, body: URLSearchParams) => app.fetch(url, { method: 'POST', body });
const text = async (answer: Response | Promise<Response>) => (await answer).text();
const linkOf = async (to = person.email): Promise<string> => {
  await app.settle();
  return app.mails.findLast(mail => mail.to === to && mail.links.some(link => link.includes('/confirm-booking/')))!
    .links[0]!;
};
const confirm = (link: string, fields: Record<string, string> = {}) => post(link, new URLSearchParams(fields));
const patients = async () => {
  const query = `{ patients(first: 20) { nodes { id name birthDate language possibleDuplicate
    contactPoints { system value verifiedAt }
    consents { nodes { purpose decision source recordedBy touchpoint evidence noticeVersion { id } } }
    appointments { nodes { status startsAt origin } } } } }`;
  return (await app.staff.data(query)).patients.nodes;
};

describe('the public page to book', () => {
  it('shows what can be booked, with prices, free times and the notice, in three languages and without a script', async () => {
    await app.staff.run(({ em }) =>
      em.execute(`update service set price = 120000, currency = 'TWD' where id = ?`, [clinic.service]),
    );
    const list = await text(app.fetch(`/book/${slug}`, { headers: { 'accept-language': 'zh-TW' } }));
    for (const part of ['lang="zh-Hant"', '健康檢查', '$1,200', '30 分鐘', `service=${clinic.service}`])
      expect(list).toContain(part);
    const page = await text(app.fetch(path('&lang=en')));
    for (const part of [
      'lang="en"',
      'Check-up',
      'Tuesday, June 2, 2026',
      at(),
      '<dl class="notice">',
      'Told',
      'value="MARKETING"',
    ])
      expect(page).toContain(part);
    expect(page).not.toMatch(/<script|checked/);
    expect(await text(app.fetch(path('&lang=zh-Hans')))).toContain('请选择时间');
    expect((await app.fetch('/book/nowhere')).status).toBe(404);
  });

  it('books once the address is confirmed, with exactly the purposes that were ticked, and nothing before', async () => {
    const sent = await post(path(), form({ purpose: ['MARKETING'] }));
    expect(sent.status).toBe(200);
    expect(await patients()).toEqual([]);
    const link = await linkOf();
    const mail = app.mails.at(-1)!;
    for (const secret of [person.name, '1985', '912', '健康檢查'])
      expect(`${mail.subject}${mail.html}`).not.toContain(secret);
    const asked = await text(app.fetch(link));
    for (const part of ['診所消息', 'Told', '2026年6月2日']) expect(asked.replace('說明', 'Told')).toContain(part);
    expect(asked).not.toContain('依您的就診紀錄');
    expect(await patients()).toEqual([]);

    const done = await text(confirm(link));
    expect(done).toContain('預約完成');
    expect(await patients()).toEqual([
      {
        id: expect.any(String),
        ...{ name: person.name, birthDate: person.birthDate, language: 'ZH_HANT', possibleDuplicate: false },
        contactPoints: [
          { system: 'EMAIL', value: person.email, verifiedAt: app.clock.now().toISOString() },
          { system: 'PHONE', value: '+886912345678', verifiedAt: null },
        ],
        consents: {
          nodes: [
            {
              ...{
                purpose: 'MARKETING',
                decision: 'GIVEN',
                source: 'ONLINE',
                recordedBy: 'PATIENT',
                touchpoint: 'BOOKING',
              },
              evidence: expect.stringContaining(`Page /book/${slug}`),
              noticeVersion: { id: notice },
            },
          ],
        },
        appointments: { nodes: [{ status: 'BOOKED', startsAt: tuesday, origin: null }] },
      },
    ]);
    const calendar = await app.fetch(/href="([^"]*\/calendar\/[^"]*)"/.exec(done)![1]!);
    expect(calendar.headers.get('content-type')).toContain('text/calendar');
    expect(await calendar.text()).toContain('DTSTART:20260602T020000Z');
    expect(await app.staff.run(({ em }) => em.execute('select name, email, phone from booking_request'))).toEqual([
      { name: '—', email: '—', phone: null },
    ]);
  });

  it('does it once, however often and at how many times the link is followed', async () => {
    await post(path(), form());
    const link = await linkOf();
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(link)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(410)]);
    expect((await patients())[0].appointments.nodes).toHaveLength(1);
    expect(await patients()).toHaveLength(1);
  });

  it('failed for an instant that is none, and booked a time that was never offered', async () => {
    await post(path(), form());
    const link = await linkOf();
    for (const from of ['abc', '%2B275760-09-13T00:00:00.000Z', '0001-01-01', ''])
      expect([from, (await app.fetch(`${link}?from=${from}`)).status]).toEqual([from, 200]);
    expect((await confirm(link, { time: at('2026-06-02T02:07:00.000Z') })).status).toBe(409);
    expect(await patients()).toEqual([]);
    expect((await confirm(link, { time: at() })).status).toBe(200);
  });

  it('offers other times where someone was faster, keeps nothing of it, and books the one that is chosen then', async () => {
    await post(path(), form());
    const link = await linkOf();
    await post(path(), form({ email: 'fast@mail.test', name: '快', phone: '' }));
    expect((await confirm(await linkOf('fast@mail.test'))).status).toBe(200);
    const late = await confirm(link);
    expect(late.status).toBe(409);
    const offered = await late.text();
    expect(offered).toContain('剛被別人預約了');
    expect(offered).not.toContain(at());
    expect((await patients()).map(({ name }: { name: string }) => name)).toEqual(['快']);
    expect((await confirm(link, { time: at('2026-06-02T02:30:00.000Z') })).status).toBe(200);
    expect(await patients()).toHaveLength(2);
  });

  it('gives one time to one of twenty who confirm it at once', async () => {
    const links: string[] = [];
    for (let index = 0; index < 20; index++) {
      await post(path(), form({ email: `p${index}@mail.test`, name: `人${index}`, phone: '' }));
      links.push(await linkOf(`p${index}@mail.test`));
    }
    const answers = await Promise.all(links.map(link => confirm(link)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await patients()).toHaveLength(1);
  });

  it('shows what is wrong beside what was typed, and sends nothing', async () => {
    const wrong = await post(
      path(),
      form({ name: ' ', birthDate: '1985-13-40', email: '"><b>', phone: '12', time: at('2026-06-02T02:10:00.000Z') }),
    );
    expect(wrong.status).toBe(422);
    const page = await wrong.text();
    expect(page.match(/aria-errormessage/g)).toHaveLength(4);
    expect(page).toContain('value="1985-13-40"');
    expect(page).toContain('&quot;&gt;&lt;b&gt;');
    expect(page).not.toContain('"><b>');
    await app.settle();
    expect(app.mails).toEqual([]);
    const stale = await post(path(), form({ purpose: ['TRACKING'], notice: 'another' }));
    expect(stale.status).toBe(422);
  });

  it('answers the same for who is a patient and who is not, and who is one becomes no second', async () => {
    const known = await addPatient(app, { name: ' 陳美玲 ', birthDate: person.birthDate, email: person.email });
    const strange = await post(path(), form({ email: 'nobody@mail.test' }));
    const familiar = await post(path(), form());
    expect(await familiar.text()).toBe(await strange.text());
    await confirm(await linkOf());
    const all = await patients();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ id: known, appointments: { nodes: [{ status: 'BOOKED' }] } });
  });

  it('never takes one of a family for another, though they share the mailbox', async () => {
    await addPatient(app, { name: '陳小寶', birthDate: '2015-01-01', email: person.email });
    await post(path(), form());
    await confirm(await linkOf());
    expect((await patients()).map(({ name }: { name: string }) => name).toSorted()).toEqual(
      ['陳小寶', '陳美玲'].toSorted(),
    );
  });

  it('marks for staff who may be someone they know by another address', async () => {
    await addPatient(app, { name: '陳美玲', birthDate: person.birthDate, email: 'old@mail.test' });
    await post(path(), form());
    await confirm(await linkOf());
    expect((await patients()).map((one: { possibleDuplicate: boolean }) => one.possibleDuplicate).toSorted()).toEqual([
      false,
      true,
    ]);
  });

  it('told who registered with the name of somebody whether that is a patient here', async () => {
    await addPatient(app, { name: person.name, birthDate: person.birthDate, email: 'old@mail.test' });
    await post(path(), form());
    await confirm(await linkOf());
    const [{ id }] = (await patients()).filter((one: { possibleDuplicate: boolean }) => one.possibleDuplicate);
    const asPatient = app.as('patient', { patientIds: [id] });
    const { data, errors } = await asPatient.query('{ patients { nodes { id possibleDuplicate } } }');
    expect(data.patients.nodes).toEqual([{ id, possibleDuplicate: null }]);
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    const filtered = '{ patients(filter: { possibleDuplicate: true }) { totalCount } }';
    expect((await asPatient.query(filtered)).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  it.each([
    ['the same name', person.name],
    ['another spelling', '陳美鈴'],
  ])('knows who has two records that were merged, both with this address, the merged one with %s', async (_, name) => {
    const { birthDate, email } = person;
    const kept = await addPatient(app, { name: person.name, birthDate, email });
    const other = await addPatient(app, { name, birthDate, email });
    const merge = 'mutation ($input: MergePatientsInput!) { mergePatients(input: $input) { id } }';
    const input = { keptId: kept, mergedId: other, reason: 'Same passport' };
    await app.as('frontDesk').data(merge, { input });
    await post(path(), form({ name }));
    expect((await confirm(await linkOf())).status).toBe(200);
    const { appointments } = await app.staff.data('{ appointments { nodes { patient { id possibleDuplicate } } } }');
    expect(appointments.nodes).toEqual([{ patient: { id: kept, possibleDuplicate: false } }]);
  });

  it('is not open before there is a notice to tell people of', async () => {
    await app.as('owner').data('mutation { updateSettings(input: { core: { notice: "misspelt" } }) { __typename } }');
    for (const url of [path(), `/book/${slug}`, `/register/${slug}`]) {
      const closed = await app.fetch(url, { headers: { 'accept-language': 'en' } });
      expect([closed.status, await closed.text()]).toEqual([404, expect.stringContaining('Not open yet')]);
      expect((await post(url, form())).status).toBe(404);
    }
    await app.settle();
    expect(app.mails).toEqual([]);
  });

  it('remembers which notice someone was told of, who agreed to nothing beyond', async () => {
    await post(path(), form());
    await confirm(await linkOf());
    const told = '{ patients { nodes { toldNoticeVersion { id } consents { nodes { id } } } } }';
    expect((await app.staff.data(told)).patients.nodes).toEqual([
      { toldNoticeVersion: { id: notice }, consents: { nodes: [] } },
    ]);
  });

  it('records no choice of someone under age, nor one whose notice has changed since', async () => {
    await post(path(), form({ birthDate: '2015-05-05', purpose: ['MARKETING'] }));
    const page = await text(app.fetch(await linkOf()));
    expect(page).toContain('須由監護人到診所辦理');
    expect(page).not.toContain('您同意：');
    await confirm(await linkOf());
    await post(path(), form({ email: 'b@mail.test', time: at('2026-06-02T03:00:00.000Z'), purpose: ['MARKETING'] }));
    await publishSomeNotice(app);
    const link = await linkOf('b@mail.test');
    expect(await text(app.fetch(link))).not.toContain('診所消息');
    await confirm(link);
    expect((await patients()).flatMap((one: any) => one.consents.nodes)).toEqual([]);
    expect(await patients()).toHaveLength(2);
  });

  it('sends one address five mails in an hour, and no more', async () => {
    for (let index = 0; index < 5; index++) expect((await post(path(), form())).status).toBe(200);
    expect((await post(path(), form({ email: 'MEI@mail.test' }))).status).toBe(429);
    expect((await post(path(), form({ email: 'other@mail.test' }))).status).toBe(200);
  });

  it('is done for after a day, and forgets after two whatever was typed', async () => {
    await post(path(), form());
    const link = await linkOf();
    app.clock.advance({ hours: 25 });
    expect((await confirm(link)).status).toBe(410);
    app.clock.advance({ hours: 25 });
    const { forgetBookingRequests } = await import('../online/request.ts');
    await app.staff.run(({ enqueue }) => enqueue(forgetBookingRequests, undefined));
    await app.settle();
    expect(await app.staff.run(({ em }) => em.execute('select 1 from booking_request'))).toEqual([]);
  });
});

it('the page to register does the same without a time', async () => {
  expect(await text(app.fetch(`/register/${slug}?lang=en`))).toContain('Register');
  await post(`/register/${slug}`, form({ time: '', purpose: ['MARKETING', 'TRACKING'] }));
  expect(await text(confirm(await linkOf()))).toContain('登記完成');
  const [patient] = await patients();
  expect(patient.appointments.nodes).toEqual([]);
  expect(patient.consents.nodes.map(({ touchpoint }: { touchpoint: string }) => touchpoint)).toEqual([
    'REGISTRATION',
    'REGISTRATION',
  ]);
});

describe('a link to book in a mail', () => {
  const urlFor = (patientId: string, offer: Parameters<typeof bookingUrl>[1] = {}) =>
    app.staff.run(async context => bookingUrl(patientId, offer, context));

  it('books for its patient without asking who that is, and says what led to it', async () => {
    const patientId = await addPatient(app, { name: '王小明', email: 'ming@mail.test' });
    const url = await urlFor(patientId, { serviceId: clinic.service, origin: 'recall.flu' });
    const page = await text(app.fetch(url));
    expect(page).toContain(at());
    for (const hidden of ['王小明', 'ming@mail.test', 'name="email"']) expect(page).not.toContain(hidden);
    expect((await confirm(url, { time: 'nonsense' })).status).toBe(422);
    expect(await text(confirm(url, { time: at() }))).toContain('預約完成');
    expect((await patients())[0].appointments.nodes).toEqual([
      { status: 'BOOKED', startsAt: tuesday, origin: 'recall.flu' },
    ]);
    expect((await confirm(url, { time: at() })).status).toBe(409);
    app.clock.advance({ days: 31 });
    expect((await app.fetch(url)).status).toBe(410);
  });

  it('lets the patient choose the service where it names none', async () => {
    const url = await urlFor(await addPatient(app, { email: 'ming@mail.test' }));
    expect(await text(app.fetch(url))).toContain('健康檢查');
    expect(await text(app.fetch(`${url}?service=${clinic.service}`))).toContain(at());
  });
});
