import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { definePlugin, type Context } from 'clinic-rapport';
import { approvedOrThrow, checkContent, core, identifiersIn, strictest } from 'clinic-rapport/schema';
import { normalText } from '../compliance/normal-text.ts';
import { packOf, packs } from '../compliance/packs.ts';
import { asOwner } from './asking.ts';
import { addPatient } from './fixture.ts';

let app: TestApp;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, definePlugin({ name: 'offers', version: '1.0.0' })] });
});
beforeEach(() => use('TW'));

const use = async (pack: string): Promise<void> => {
  const update = `mutation ($pack: CompliancePackId!) { updateSettings(input: { core: { compliancePack: $pack } }) { core { compliancePack } } }`;
  const { updateSettings } = await app.as('owner').data(update, { pack });
  expect(updateSettings.core.compliancePack).toBe(pack);
};
const check = `query ($input: ComplianceCheckInput!) { complianceCheck(input: $input) {
  verdict packs findings { excerpt rule { id severity citation words } } approval { reason approvedBy }
} }`;
const checked = async (input: object): Promise<any> =>
  (await app.as('marketer').data(check, { input })).complianceCheck;
const approve = `mutation ($input: ApproveContentInput!) { approveContent(input: $input) { id rules packs approvedBy } }`;
const codeOf = ({ errors }: { errors?: readonly any[] }): unknown => errors?.[0]?.extensions?.code;

describe('a check', () => {
  test('tells the rule, the words in question and where the rule comes from, in the language asked for', async () => {
    expect(await checked({ text: '本月雷射療程買一送一，歡迎預約。', language: 'ZH_HANT' })).toEqual({
      verdict: 'BLOCK',
      packs: ['TW'],
      findings: [
        {
          excerpt: '本月雷射療程買一送一,歡迎預約。',
          rule: {
            id: 'tw.offer',
            severity: 'BLOCK',
            citation: expect.stringContaining('1051666009'),
            words: '醫療廣告不得以優惠、折扣、團購招攬病人。',
          },
        },
      ],
      approval: null,
    });
  });

  test('asks the law of the patient’s residence too, and the strictest counts', async () => {
    const text = 'Botox now available: book today.';
    expect((await checked({ text })).verdict).toBe('PASS');
    const patientId = await addPatient(app);
    const move = `mutation ($id: ID!, $to: String) { updatePatient(input: { id: $id, residence: $to }) { residence } }`;
    await app.as('frontDesk').data(move, { id: patientId, to: 'FR' });
    expect(await checked({ text, patientId })).toMatchObject({ verdict: 'BLOCK', packs: ['TW', 'EU'] });
    await app.as('frontDesk').data(move, { id: patientId, to: null });
    expect((await checked({ text, patientId })).packs).toEqual(['TW']);
    for (const to of ['tw', 'QQQ', 'ZZ ']) {
      expect(codeOf(await app.as('frontDesk').query(move, { id: patientId, to }))).toBe('BAD_USER_INPUT');
    }
  });

  test('without a choice of the clinic all packs count', async () => {
    const clinicId = await app.addClinic('undecided');
    const { complianceCheck } = await app
      .as('owner', { clinicId })
      .data(check, { input: { text: 'We waive your co-pay.' } });
    expect(complianceCheck).toMatchObject({ verdict: 'BLOCK', packs: ['STRICT'] });
  });

  test.each([
    ['DISCOUNT', true, 'BLOCK'],
    ['DISCOUNT', false, 'APPROVE'],
    ['POINTS', true, 'WARN'],
    ['CASH', false, 'BLOCK'],
    ['PREPAID', false, 'BLOCK'],
    ['NON_MEDICAL_SERVICE', true, 'PASS'],
  ])('of a reward: %s, announced %s, is %s in Taiwan', async (reward, announced, verdict) => {
    expect((await checked({ reward, announced })).verdict).toBe(verdict);
  });

  test.each([
    ['nothing', {}],
    ['a text and a reward', { text: 'a', reward: 'CASH' }],
  ])('of %s is refused', async (_, input) => {
    expect(codeOf(await app.as('marketer').query(check, { input }))).toBe('BAD_USER_INPUT');
  });

  test('is for staff', async () => {
    expect(codeOf(await app.as('patient', { patientIds: [] }).query(check, { input: { text: 'a' } }))).toBe(
      'FORBIDDEN',
    );
  });

  test.each(['買一送一', '買 一 送 一', '買一\u200b送一', '買　一　送　一', '買·一·送·一'])(
    'is not deceived by %s',
    text => {
      expect(checkContent({ text, kind: 'TEXT' }, [packs.tw]).verdict).toBe('BLOCK');
    },
  );

  test('of a long text that nearly matches everywhere ends', () => {
    for (const piece of ['waive ', '介紹', '最 ', 'free ', 'a ', '買 ', 'only x ', '術前'])
      expect(checkContent({ text: piece.repeat(70_000), kind: 'TEXT' }, [packs.strict]).verdict).toMatch(/[A-Z]+/);
  });
});

describe('an approval', () => {
  const text = '王小姐的治療心得分享。';
  const approver = async () => {
    const { rows } = await asOwner(app, client => client.query(`select id from user_account where name = 'owner'`));
    return app.as('owner', { userId: rows[0].id });
  };
  beforeAll(() => app.signIn('owner'));

  test('is of exactly one text, by a named user, and lets plugins go on', async () => {
    const content = { kind: 'TEXT', text } as const;
    const attempt = (of: { kind: 'TEXT'; text: string }) =>
      app.staff
        .run((context: Context) => approvedOrThrow(of, context))
        .then(
          ({ verdict }) => verdict,
          (error: any) => `${error.code} ${error.message}`,
        );
    expect(await attempt(content)).toMatch(/^COMPLIANCE_BLOCKED .*needs an approval.*tw\.testimonial/);
    const owner = await approver();
    const { approveContent } = await owner.data(approve, { input: { text, reason: 'She agreed in writing.' } });
    expect(approveContent).toMatchObject({ rules: ['tw.testimonial'], packs: ['tw 2026.1'] });
    expect(await attempt(content)).toBe('APPROVE');
    expect((await checked({ text })).approval).toEqual({
      reason: 'She agreed in writing.',
      approvedBy: approveContent.approvedBy,
    });
    expect(await attempt({ ...content, text: `${text} ` })).toMatch(/^COMPLIANCE_BLOCKED/);
    expect(await attempt({ ...content, text: '保證有效。' })).toMatch(/^COMPLIANCE_BLOCKED .*must not be said/);
    const list = '{ complianceApprovals { nodes { content reason approvedBy } } }';
    expect((await owner.data(list)).complianceApprovals.nodes[0]).toMatchObject({ content: text });
    await use('STRICT');
    // Of other rules nobody has thought yet.
    expect(await attempt(content)).toMatch(/^COMPLIANCE_BLOCKED/);
  });

  test('of what the law of a residence alone wants approved holds for the patients who live there, of an approval of the clinic’s law too', async () => {
    await use('US');
    const [here, there] = [await addPatient(app), await addPatient(app)];
    const move = `mutation ($id: ID!, $to: String) { updatePatient(input: { id: $id, residence: $to }) { residence } }`;
    await app.as('frontDesk').data(move, { id: there, to: 'TW' });
    const told = '陳小姐的治療心得分享。';
    const attempt = (words: string, patientId: string) =>
      app.staff
        .run((context: Context) => approvedOrThrow({ kind: 'TEXT', text: words }, context, patientId))
        .then(
          ({ verdict }) => verdict,
          (error: any) => error.code,
        );
    expect(await attempt(told, there)).toBe('COMPLIANCE_BLOCKED');
    const owner = await approver();
    const input = { text: told, reason: 'She agreed in writing.' };
    expect(codeOf(await owner.query(approve, { input }))).toBe('CONFLICT');
    const { approveContent } = await owner.data(approve, { input: { ...input, patientId: there } });
    expect(approveContent).toMatchObject({ rules: ['tw.testimonial'] });
    expect(await attempt(told, there)).toBe('APPROVE');
    expect(await attempt(told, here)).toBe('PASS');
    await use('TW');
    expect(await attempt(told, here)).toBe('APPROVE');
  });

  test('of what must not be said, of what needs none, and by who may not, is refused', async () => {
    const owner = await approver();
    const answer = async (input: object, as = owner) => codeOf(await as.query(approve, { input }));
    expect(await answer({ text: '保證有效。', reason: 'r' })).toBe('COMPLIANCE_BLOCKED');
    expect(await answer({ text: '祝您健康。', reason: 'r' })).toBe('CONFLICT');
    expect(await answer({ text, reason: ' ' })).toBe('BAD_USER_INPUT');
    expect(await answer({ text, reason: 'r' }, app.as('marketer'))).toBe('FORBIDDEN');
  });
});

test('packs are listed with their rules and citations', async () => {
  const { compliancePacks } = await app
    .as('marketer')
    .data(
      '{ compliancePacks(language: ZH_HANS) { id version countries quietFrom quietTo mailsPerWeek rules { id citation words } } }',
    );
  expect(compliancePacks.map(({ id }: { id: string }) => id)).toEqual(['TW', 'CN', 'EU', 'US', 'STRICT']);
  for (const { rules } of compliancePacks) {
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of rules) expect(rule.citation && rule.words).toMatch(/./);
  }
});

test('of several packs the value that protects most counts', () => {
  const { quietHours, frequencyCap, messageClasses, trackingDefault, idPatterns } = strictest([packs.us, packs.cn]);
  expect(quietHours).toMatchObject({ from: '21:00', to: '09:00' });
  expect(frequencyCap).toMatchObject({ mails: 1, days: 7 });
  expect(messageClasses.MARKETING.consent).toBe('GIVEN');
  expect({ trackingDefault, idPatterns }).toEqual({ trackingDefault: 'OFF', idPatterns: ['CN_ID'] });
  expect(packOf('DE')).toBe(packs.eu);
  expect(packOf('BR')).toBeUndefined();
});

describe('identifiers', () => {
  const kinds = ['TW_ID', 'TW_NHI_CARD', 'CN_ID'] as const;

  test.each([
    ['a Taiwan ID', 'ID A123456789 here', 'TW_ID', '789'],
    ['one in small letters', 'a123456789', 'TW_ID', '789'],
    ['one in full width', 'Ａ１２３４５６７８９', 'TW_ID', '789'],
    ['one with gaps', 'A 123-456-789', 'TW_ID', '789'],
    ['one with invisible characters', 'A12345\u200b6789', 'TW_ID', '789'],
    ['a resident’s', 'A800000014', 'TW_ID', '014'],
    ['a PRC ID', '身份证11010519491231002X。', 'CN_ID', '02X'],
    ['one with gaps', '110105 19491231 002X', 'CN_ID', '02X'],
    ['the number of an insurance card', '0000 1234 5678', 'TW_NHI_CARD', '678'],
  ])('%s is found', (_, text, kind, ending) => {
    expect(identifiersIn(text, kinds)).toEqual([{ kind, ending }]);
  });

  test.each([
    ['a wrong check digit', 'A123456788'],
    ['another length', 'A1234567890'],
    ['a sex that is none', 'A323456789'],
    ['a PRC number with a wrong check', '110105194912310021'],
    ['a day that is none', '11010519491331002X'],
    ['a phone number', '0912 345 678'],
    ['a part of a longer word', 'XXA123456789'],
  ])('%s is none', (_, text) => {
    expect(identifiersIn(text, kinds)).toEqual([]);
  });

  test('a long text that nearly matches everywhere ends', () => {
    expect(identifiersIn('A1 2 3 4 5 6 7 8 '.repeat(20_000), kinds)).toEqual([]);
  });
});

test('the normal form leaves words of other scripts apart', () => {
  expect(normalText('Ｇｏｏｄ  ＤＡＹ 小 明')).toBe('good day 小明');
});
