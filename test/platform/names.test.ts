import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';

const topics = createTopics();
let app: TestApp;
let people = 0;

beforeAll(async () => (app = await createTestApp({ plugins: [core, topics.plugin] })));

const register = async (name: string): Promise<{ id: string; name: string }> => {
  const document = 'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id name } }';
  return (await app.as('frontDesk').data(document, { input: { name } })).registerPatient;
};

/** Names as people have them, each with a part by which a desk looks for it. */
const names: readonly (readonly [what: string, name: string, part: string])[] = [
  ['three characters', '王小明', '小明'],
  ['a family name of two', '歐陽菲菲', '歐陽'],
  ['beyond the basic plane', '𠮷田𪚥', '𠮷田'],
  ['in extension B alone', '𡘙𠀋', '𡘙'],
  ['marks that stand apart', 'Jose\u0301 Nguye\u0302\u0303n', 'josé'],
  ['syllables in parts', '\u1100\u1161\u11a8\u1112\u1161\u1102\u1173\u11af', '각하'],
  ['of indigenous people, with a dot', '瓦歷斯·諾幹·谷辣斯·尤達卡·亞威·伊斯坦大·霍松安·那布·都魯茲', '諾幹'],
  ['in Latin letters with a letter of its own', 'Syaman Rapongan ʉ Kacaw', 'rapongan'],
  ['from right to left', 'محمد علي', 'محمد'],
  ['with emoji that are joined', '小明👩‍⚕️', '小明'],
  ['between ideographic spaces', '　王大文　', '王大文'],
];

test.each(names)('a name is kept, found, and told to mail programs as it is: %s', async (_, given, part) => {
  const { id, name } = await register(given);
  expect(name).toBe(given.normalize('NFC'));
  const { patient } = await app.as('frontDesk').data('query ($id: ID!) { patient(id: $id) { name } }', { id });
  expect(patient.name).toBe(name);
  const { patients } = await app
    .as('frontDesk')
    .data('query ($text: String!) { patients(first: 10, search: $text) { nodes { id } } }', { text: part });
  expect(patients.nodes).toContainEqual({ id });
  const email = `name-${++people}@mail.test`;
  const patientId = await addPatient(app, { email, name });
  await app.staff.run(({ send }) => send(topics.mails.care, { patientId }, {}));
  await app.settle();
  const to = app.mails.find(mail => mail.to === email)!.headers.get('to') as { value: { name: string }[] };
  // What is around a name in a list of mails is nobody's name.
  expect(to.value[0]!.name).toBe(name.trim());
});

test('names are sorted by the strokes of their characters, as people in Taiwan look for them', async () => {
  const own = await createTestApp({ plugins: [core] });
  const document = 'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }';
  for (const name of ['歐陽', '林怡君', '丁一', '陳美', '王小明', 'Adams'])
    await own.as('frontDesk').data(document, { input: { name } });
  const { patients } = await own
    .as('frontDesk')
    .data('{ patients(first: 10, orderBy: { field: NAME, direction: ASC }) { nodes { name } } }');
  expect(patients.nodes.map(({ name }: { name: string }) => name)).toEqual([
    ...['丁一', '王小明', '林怡君', '陳美', '歐陽', 'Adams'],
  ]);
});
