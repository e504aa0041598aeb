import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { ContactPoint, core } from 'clinic-rapport/schema';
import { bookAsked, open, send, type Asked } from './questionnaire-fixture.ts';

let app: TestApp;
let asked: Asked;
let url: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
});
beforeEach(async () => {
  asked = await bookAsked(app);
  url = (await asked.url())!;
  await send(app, url, [
    ['a.reason', 'A secret'],
    ['act', 'save'],
  ]);
});

const tryWith = (field: 'birthDate' | 'phone', value: string) => send(app, url, [[field, value]]);

test.each(['1985-03-09', '1985/3/9', '19850309', '１９８５－０３－０９', '74/3/9', '民國74年3月9日'])(
  'a patient passes by the date of birth as %s',
  async value => expect((await tryWith('birthDate', value)).text).toContain('A secret'),
);

test('a patient passes by the last digits of a phone number', async () => {
  expect((await tryWith('phone', '5678')).text).not.toContain('A secret');
  await app.staff.run(async ({ em }) => {
    em.create(ContactPoint, { patient: asked.patientId as never, system: 'PHONE', value: '+886912345678' });
    await em.flush();
  });
  expect((await tryWith('phone', '0912 345 678')).text).toContain('A secret');
  expect((await tryWith('phone', '678')).text).not.toContain('A secret');
});

test('five wrong answers in a row end the link for good, and the right one comes too late', async () => {
  for (let count = 0; count < 4; count++) expect((await tryWith('birthDate', '1985-03-08')).status).toBe(422);
  expect((await tryWith('birthDate', '1985-03-08')).status).toBe(410);
  expect((await tryWith('birthDate', '1985-03-09')).status).toBe(410);
  expect((await open(app, url)).status).toBe(410);
});

test('a right answer starts the count anew', async () => {
  for (let count = 0; count < 4; count++) await tryWith('birthDate', '1985-03-08');
  expect((await tryWith('birthDate', '1985-03-09')).text).toContain('A secret');
  for (let count = 0; count < 4; count++) expect((await tryWith('birthDate', '1985-03-08')).status).toBe(422);
  expect((await tryWith('birthDate', '1985-03-09')).text).toContain('A secret');
});

test('an incident report names the links that were tried in vain, how often, and when they ended', async () => {
  const at = app.clock.now().getTime();
  const read = async (from: number, to: number) => {
    const range = { from: new Date(at + from).toISOString(), to: new Date(at + to).toISOString() };
    const report = `query ($input: IncidentReportInput!) { incidentReport(input: $input) {
      triedLinks { target patientId failures lastAt lockedAt } } }`;
    const { data } = await app.as('owner').query(report, { input: { actorId: 'nobody', ...range } });
    const links = data.incidentReport.triedLinks as { patientId: string }[];
    return links.filter(({ patientId }) => patientId === asked.patientId);
  };
  expect(await read(-1, 1)).toEqual([]);
  for (let count = 0; count < 2; count++) await tryWith('birthDate', '1985-03-08');
  const tried = { target: expect.stringContaining(' '), failures: 2, lastAt: expect.any(String), lockedAt: null };
  expect(await read(-1, 1)).toEqual([{ patientId: asked.patientId, ...tried }]);
  for (let count = 0; count < 4; count++) await tryWith('birthDate', '1985-03-08');
  const lockedAt = expect.stringContaining(app.clock.now().toISOString().slice(0, 19));
  expect(await read(-1, 1)).toEqual([{ patientId: asked.patientId, ...tried, failures: 5, lockedAt }]);
  expect(await read(-2_000, -1_000)).toEqual([]);
});

test('of fifty guesses at once five are judged', async () => {
  const day = (index: number) => `1985-03-${String(1 + (index % 28)).padStart(2, '0')}`;
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      tryWith('birthDate', index === 49 ? '1985-03-09' : `1986${day(index).slice(4)}`),
    ),
  );
  expect(answers.filter(({ text }) => text.includes('A secret')).length).toBeLessThanOrEqual(1);
  expect(answers.filter(({ status }) => status === 422).length).toBeLessThanOrEqual(9);
});

test('the page says nothing of what lies behind it, nor of what the clinic knows', async () => {
  const { text } = await open(app, url);
  expect(text).not.toContain('初診問卷');
  const nothing = (await tryWith('birthDate', 'x')).text;
  expect((await tryWith('phone', '0000')).text).toBe(nothing);
});

test('who has passed need not answer again for a quarter of an hour, at this link alone', async () => {
  const passed = /name="passed" value="([^"]+)"/.exec((await tryWith('birthDate', '1985-03-09')).text)![1]!;
  const again = (token: string) => send(app, url, [['passed', token]]);
  expect((await again(passed)).text).toContain('A secret');
  expect((await again(`${passed}x`)).text).not.toContain('A secret');
  const { url: otherUrl } = await bookAsked(app);
  const other = (await otherUrl())!;
  await send(app, other, [
    ['a.reason', 'Another secret'],
    ['act', 'save'],
  ]);
  expect((await send(app, other, [['passed', passed]])).text).not.toContain('Another secret');
  app.clock.advance(16 * 60_000);
  expect((await again(passed)).text).not.toContain('A secret');
  expect((await app.fetch(`/plugins/core/step-up-passed/${passed}`)).status).toBe(410);
});
