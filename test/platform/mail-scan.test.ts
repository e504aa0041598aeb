import { defineMail, definePlugin, type Fields } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from '../../schema/test/fixture.ts';
import { holdsIdentifier, type KnownIdentifier } from '../../schema/own-identifiers.ts';
import { maskedIdentifier, normalIdentifier } from '../../schema/identifier.ts';

const empty = { title: 'x', words: 'x', first: '', second: '', third: '', fourth: '', alt: '', query: '' };
const subject = 'Note: {{ title }}';
const note = defineMail<Partial<typeof empty>>('scraps.note', {
  purpose: 'care',
  stream: 'transactional',
  template: new URL('../fixtures/notes/markup.mjml', import.meta.url),
  texts: { 'zh-Hant': { subject }, 'zh-Hans': { subject }, en: { subject } },
  sample: empty,
  fields: async (fields): Promise<Fields> => ({ ...empty, ...fields }),
});
const scraps = definePlugin({ name: 'scraps', version: '1.0.0', mails: [note] });

let app: TestApp;
let patientId: string;

const set = 'mutation ($input: SetPatientIdentifierInput!) { setPatientIdentifier(input: $input) { id } }';
const record = (kind: string, value: string, country?: string, of = patientId) =>
  app.as('frontDesk').data(set, { input: { patientId: of, kind, value, country } });

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, scraps] });
  patientId = await addPatient(app, { email: 'ming@mail.test' });
  await record('CHART_NUMBER', 'A-00123');
  await record('NATIONAL_ID', 'K 77.41-9', 'DE');
  await record('INSURANCE_NUMBER', '80112233', 'DE');
});

/** What became of a mail with these fields. */
const outcome = async (fields: Partial<typeof empty>, to = patientId): Promise<string> => {
  await app.staff.run(({ send }) => send(note, { patientId: to }, fields));
  await app.settle();
  const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { state reason } } }');
  const [{ state, reason }] = deliveries.nodes;
  return reason ?? state;
};

describe('a number of the patient is in no mail to them', () => {
  it.each([
    ['in the words', { words: 'Your chart is A-00123.' }],
    ['in the subject', { title: 'A-00123' }],
    ['in two fields, split by markup', { first: 'A-00', second: '123' }],
    ['in two cells of a table', { third: 'A-00', fourth: '123' }],
    ['in what a picture is called', { alt: 'A-00123' }],
    ['in a link', { query: 'A-00123' }],
    ['in a link, encoded', { query: 'A%2D00123' }],
    ['in small letters, full width and other groups', { words: '病歷號ａ００ 12.3，請帶來' }],
    ['with invisible signs within', { words: 'A\u200b00\u2060123' }],
    ['after other letters', { words: 'NoA00123' }],
    ['of another kind', { words: 'Card: k77419' }],
    ['of digits alone', { words: '8011 2233' }],
  ])('%s', async (_, fields) => expect(await outcome(fields)).toBe('PHI_IN_MESSAGE'));

  it.each([
    ['another number', { words: 'A-00124' }],
    ['a part of it', { words: 'A-0012' }],
    ['digits within a longer number', { words: '+886 980112233' }],
    ['digits before a longer number', { words: '801122334' }],
  ])('but %s may be', async (_, fields) => expect(await outcome(fields)).toBe('SENT'));

  it('and is in a mail to someone else, whose number it is not', async () => {
    const other = await addPatient(app, { email: 'li@mail.test' });
    expect(await outcome({ words: 'A-00123' }, other)).toBe('SENT');
    await record('CHART_NUMBER', '2026', undefined, other);
    expect(await outcome({ words: '2026' }, other)).toBe('SENT');
  });
});

test('of a long mail hardly any place is hashed', async () => {
  const hashed: string[] = [];
  const known = ['A-00123', 'A123456789', '80112233'].map((value): KnownIdentifier => {
    const normal = normalIdentifier(value);
    return { kind: 'CHART_NUMBER', lookup: `hash of ${normal}`, masked: maskedIdentifier(normal) };
  });
  const hashOf = async () => (value: string) => {
    hashed.push(value);
    return `hash of ${value}`;
  };
  const words =
    'Your appointment is on 2026-06-12 at 10:23, room 123; call +886 2 2345 6789 or visit 和平東路一段 123 號。 ';
  expect(await holdsIdentifier(words.repeat(40), known, hashOf)).toBe(false);
  // Of more than 3,000 signs.
  expect(hashed.length).toBeLessThan(300);
});
