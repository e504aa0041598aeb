import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { asOwner } from './asking.ts';
import { addPatient, tuesdayAtTen } from './fixture.ts';
import { bookAsked, firstVisit, open, publish, send, type Asked } from './questionnaire-fixture.ts';

let app: TestApp;
let asked: Asked;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
});
beforeEach(async () => {
  asked = await bookAsked(app);
});

const state = `query ($id: ID!) { appointment(id: $id) {
  questionnaire { status name askedAt completedAt responseId }
} }`;
const stateOf = async (who: 'frontDesk' | 'practitioner' = 'frontDesk') =>
  (await app.as(who).data(state, { id: asked.appointmentId })).appointment.questionnaire;
const whole = [
  ['a.smokes', 'true'],
  ['a.cigarettes', '１２'],
  ['a.allergies', 'penicillin'],
  ['a.allergies', 'peanuts'],
  ['a.since', '民國 99/5/12'],
  ['a.weight', '61.5'],
  ['a.reason', 'A cough, <b>at night</b>'],
  ['act', 'complete'],
] as const;
const answersOf = `query ($id: ID!) { questionnaireResponse(id: $id) { status version questionnaire { name number }
  answers { linkId type boolean number date text options { code } question { en } } } }`;
const submit = `mutation ($input: SubmitQuestionnaireResponseInput!) {
  submitQuestionnaireResponse(input: $input) { id status version answers { linkId text } } }`;
const asPatient = () => app.as('patient', { patientIds: [asked.patientId] });

describe('a questionnaire', () => {
  test('is published in versions, which nobody can change', async () => {
    const { publishQuestionnaire: next } = await app.as('practitioner').data(publish, { input: firstVisit });
    expect(next.number).toBeGreaterThan(1);
    expect(next.items[2]).toMatchObject({
      linkId: 'history',
      type: 'GROUP',
      items: [{ linkId: 'allergies' }, {}, {}, {}],
    });
    await expect(
      app.staff.run(({ em }) => em.execute(`update questionnaire set name = 'other' where id = ?`, [next.id])),
    ).rejects.toThrow(/permission denied/);
  });

  const item = (more: object) => ({ linkId: 'a', type: 'BOOLEAN', text: firstVisit.title, ...more });
  test.each([
    ['no question', []],
    ['one linkId twice', [item({}), item({})]],
    ['a linkId that is no name', [item({ linkId: '"><script>' })]],
    ['a choice of one', [item({ type: 'CHOICE', options: [{ code: 'x', display: firstVisit.title }] })]],
    ['options of a text', [item({ type: 'TEXT', options: [{ code: 'x', display: firstVisit.title }] })]],
    ['a group without items', [item({ type: 'GROUP' })]],
    [
      'a condition of a later question',
      [item({ enableWhen: { question: 'b', answer: 'true' } }), item({ linkId: 'b' })],
    ],
    [
      'a condition that nothing answers',
      [item({}), item({ linkId: 'b', enableWhen: { question: 'a', answer: 'maybe' } })],
    ],
    ['101 items', Array.from({ length: 101 }, (_, index) => item({ linkId: `q${index}` }))],
  ])('is refused with %s', async (_, items) => {
    const { errors } = await app.as('owner').query(publish, { input: { ...firstVisit, items } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: expect.stringContaining('input.items'),
    });
  });

  test('may have questions that are called as what every object has', async () => {
    const items = [item({ linkId: 'constructor', required: true }), item({ linkId: 'toString', type: 'TEXT' })];
    await app.as('owner').data(publish, { input: { ...firstVisit, items } });
    const { status, text } = await send(app, (await asked.url())!, [['act', 'complete']]);
    expect(status).toBe(422);
    expect(text).toContain('a.constructor-fault');
  });
});

describe('the mailed link', () => {
  test('shows the questions in the patient’s language, and opening it changes nothing', async () => {
    const url = (await asked.url())!;
    const { status, text } = await open(app, url);
    expect(status).toBe(200);
    expect(text).toContain('初診問卷');
    expect(text).toContain('<legend>您抽菸嗎？');
    expect(text).toContain('僅在「您抽菸嗎？」回答「是」時填寫');
    expect(text).not.toContain('<script');
    expect(await stateOf()).toMatchObject({ status: 'SENT', name: 'first-visit', responseId: null });
    const { headers } = await app.fetch(url);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('takes the answers, and tells the staff at once', async () => {
    const seen = '{ change response { status appointment { id questionnaire { status } } answers { linkId } } }';
    const desk = await app.as('frontDesk').subscribe(`subscription { questionnaireResponseChanged ${seen} }`);
    const doctor = await app.as('practitioner').subscribe(`subscription { questionnaireResponseChanged ${seen} }`);
    expect(await send(app, (await asked.url())!, whole)).toMatchObject({
      status: 200,
      text: expect.stringContaining('謝謝您'),
    });
    const appointment = { id: asked.appointmentId, questionnaire: { status: 'COMPLETED' } };
    const change = { change: 'COMPLETED', response: { status: 'COMPLETED', appointment } };
    expect((await doctor.next()).questionnaireResponseChanged).toMatchObject(change);
    // The front desk sees that it is answered, and not what.
    expect(await desk.next().catch((error: Error) => error.message)).not.toContain('penicillin');
    const { responseId } = await stateOf('practitioner');
    const { questionnaireResponse } = await app.as('practitioner').data(answersOf, { id: responseId });
    expect(questionnaireResponse.answers).toMatchObject([
      { linkId: 'smokes', type: 'BOOLEAN', boolean: true, question: { en: 'Do you smoke?' } },
      { linkId: 'cigarettes', number: 12 },
      { linkId: 'allergies', options: [{ code: 'penicillin' }, { code: 'peanuts' }] },
      { linkId: 'since', date: '2010-05-12' },
      { linkId: 'weight', number: 61.5 },
      { linkId: 'reason', text: 'A cough, <b>at night</b>' },
    ]);
    expect((await app.as('frontDesk').query(answersOf, { id: responseId })).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('says when it is done, and shows no answer', async () => {
    const url = (await asked.url())!;
    await send(app, url, whole);
    for (const { text, status } of [await open(app, url), await send(app, url, whole)]) {
      expect(status).toBe(200);
      expect(text).toContain('已填寫完成');
      expect(text).not.toContain('at night');
    }
    expect(await asked.url()).toBeUndefined();
  });

  test('shows again what was typed, with what is wrong, and stores nothing', async () => {
    const { status, text } = await send(app, (await asked.url())!, [
      ['a.smokes', 'true'],
      ['a.cigarettes', 'many'],
      ['a.weight', '"><script>alert(1)</script>'],
      ['a.allergies', 'gold'],
      ['a.reason', 'x'.repeat(2_001)],
      ['act', 'complete'],
    ]);
    expect(status).toBe(422);
    expect(text).toContain('role="alert"');
    expect(text).toContain('value="many"');
    expect(text).toContain('&quot;&gt;&lt;script&gt;');
    expect(text).not.toContain('<script');
    for (const linkId of ['cigarettes', 'weight', 'allergies', 'reason']) expect(text).toContain(`href="#a.${linkId}"`);
    expect(await stateOf()).toMatchObject({ status: 'SENT' });
  });

  test('forgets what a condition does not ask for', async () => {
    const fields = whole.filter(([name]) => name !== 'a.smokes');
    await send(app, (await asked.url())!, [['a.smokes', 'false'], ...fields]);
    const { responseId } = await stateOf('practitioner');
    const { questionnaireResponse } = await app.as('practitioner').data(answersOf, { id: responseId });
    expect(questionnaireResponse.answers.map(({ linkId }: { linkId: string }) => linkId)).not.toContain('cigarettes');
  });

  test('lets nobody go on with what was saved but the patient', async () => {
    const url = (await asked.url())!;
    expect(
      (
        await send(app, url, [
          ['a.reason', 'A secret'],
          ['act', 'save'],
        ])
      ).text,
    ).toContain('已儲存');
    expect(await stateOf()).toMatchObject({ status: 'STARTED', completedAt: null });
    const again = await open(app, url);
    expect(again.text).toContain('請確認是您本人');
    expect(again.text).not.toContain('A secret');
    expect((await send(app, url, [...whole])).status).toBe(422);
    const { text } = await send(app, url, [['birthDate', '1985/3/9']]);
    expect(text).toContain('A secret');
    const passed = /name="passed" value="([^"]+)"/.exec(text)![1]!;
    expect((await send(app, url, [['passed', passed], ...whole])).text).toContain('謝謝您');
    expect(await stateOf()).toMatchObject({ status: 'COMPLETED' });
  });

  test('takes answers once, however many send them at once', async () => {
    const url = (await asked.url())!;
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(app, url, whole)));
    expect(answers.every(({ status }) => [200, 409, 422].includes(status))).toBe(true);
    expect(answers.some(({ text }) => text.includes('謝謝您，問卷已送出'))).toBe(true);
    const count = 'select count(*)::int from questionnaire_response where appointment_id = $1';
    const { rows } = await asOwner(app, client => client.query(count, [asked.appointmentId]));
    expect(rows).toEqual([{ count: 1 }]);
  });

  test('ends when the appointment begins, and when it is called off', async () => {
    const url = (await asked.url())!;
    app.clock.set(tuesdayAtTen);
    expect((await open(app, url)).status).toBe(410);
    app.clock.set('2026-06-01T09:00:00+08:00');
    await app
      .as('frontDesk')
      .data('mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) { id } }', {
        input: { id: asked.appointmentId },
      });
    expect((await open(app, url)).status).toBe(410);
    expect((await send(app, url, whole)).status).toBe(410);
    expect(await asked.url()).toBeUndefined();
  });

  test('answers what was shown, where a new version is published meanwhile', async () => {
    const url = (await asked.url())!;
    const shown = /name="questionnaire" value="([^"]+)"/.exec((await open(app, url)).text)![1]!;
    await app.as('owner').data(publish, { input: { ...firstVisit, items: firstVisit.items.slice(0, 1) } });
    await send(app, url, [['questionnaire', shown], ...whole]);
    const { responseId } = await stateOf();
    const { questionnaireResponse } = await app.as('practitioner').data(answersOf, { id: responseId });
    expect(questionnaireResponse.answers).toHaveLength(6);
  });
});

describe('a patient who is signed in', () => {
  const answers = [
    { linkId: 'smokes', boolean: false },
    { linkId: 'reason', text: '咳嗽' },
  ];

  test('answers, goes on and amends', async () => {
    const { appointmentId } = asked;
    const begin = { appointmentId, answers: [answers[1]], complete: false };
    const { submitQuestionnaireResponse: begun } = await asPatient().data(submit, { input: begin });
    expect(begun).toMatchObject({ status: 'IN_PROGRESS', answers: [{ linkId: 'reason', text: '咳嗽' }] });
    const { submitQuestionnaireResponse: done } = await asPatient().data(submit, { input: { appointmentId, answers } });
    expect(done).toMatchObject({ id: begun.id, status: 'COMPLETED' });
    const amended = { appointmentId, answers, expectedVersion: done.version };
    expect((await asPatient().data(submit, { input: amended })).submitQuestionnaireResponse.status).toBe('AMENDED');
    expect((await asPatient().query(submit, { input: amended })).errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
    });
    const mine = 'query ($id: ID!) { patient(id: $id) { questionnaireResponses { nodes { id status } } } }';
    const { patient } = await asPatient().data(mine, { id: asked.patientId });
    expect(patient.questionnaireResponses.nodes).toEqual([{ id: begun.id, status: 'AMENDED' }]);
  });

  test('is told which answer does not do', async () => {
    const wrong = { appointmentId: asked.appointmentId, answers: [{ linkId: 'smokes', text: 'perhaps' }] };
    expect((await asPatient().query(submit, { input: wrong })).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input.answers.smokes',
    });
  });

  test('answers for nobody else, and the front desk for nobody', async () => {
    const other = app.as('patient', { patientIds: [await addPatient(app)] });
    const input = { appointmentId: asked.appointmentId, answers };
    expect((await other.query(submit, { input })).errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND' });
    expect((await app.as('frontDesk').query(submit, { input })).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
