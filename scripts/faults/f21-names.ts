import { simpleParser } from 'mailparser';
import { Bookings } from './bookings.ts';
import type { Clinic } from './clinic.ts';
import type { Client } from './load.ts';
import { mailsSettled, workSettled } from './mails.ts';
import { exactly, none, type Scenario } from './scenario.ts';

/** What names are made of: the scripts of people, and what they are joined, marked and surrounded by. */
const parts = [
  ...[
    '王',
    '歐陽',
    '𠮷',
    '𡘙',
    '𪚥',
    '각',
    '\u1100\u1161\u11a8',
    'ʉ',
    'محمد',
    'שרה',
    'Ngô',
    'e\u0301',
    'n\u0303\u0302',
  ],
  ...[
    '瓦歷斯·諾幹',
    'Syaman Rapongan',
    '👩‍⚕️',
    '小明',
    'O’Hara',
    'Đặng',
    'ﬁ',
    'Ⅷ',
    '\u{2f81a}',
    '龍\u{e0100}',
    '"',
    ';',
    ',',
    '<b>',
  ],
];
const around = ['', '', ' ', '　', '\u00a0'];

const register = 'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id name } }';
const page = `query ($after: String) { patients(first: 50, after: $after, orderBy: { field: NAME, direction: ASC }) {
  nodes { id name } pageInfo { endCursor hasNextPage } } }`;

interface Named {
  readonly id: string;
  readonly given: string;
  readonly email: string;
}

/** Names of all scripts and forms go through the API into the database, its order, and the heads of mails. */
export const names: Scenario = {
  id: 'F21',
  fault:
    '300 names of many scripts, in parts, beyond the basic plane, joined, marked, quoted and surrounded by spaces of all kinds',
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f21', patients: 1, practitioners: 50 });
    const { client } = await stage.serve();
    await stage.work();
    const count = stage.quick ? 60 : 300;
    const people: Named[] = [];
    for (let at = 0; at < count; at++) people.push(await registerOne(client, clinic, at));
    const listed = await listAll(client, clinic);
    const wrong = people.filter(
      ({ id, given }) => listed.find(each => each.id === id)?.name !== given.normalize('NFC'),
    );
    const sorted = await stage.cluster.query<{ id: string }>(
      'select id from patient where clinic_id = $1 order by name, id',
      [clinic.id],
    );
    // Who has not confirmed an address is not named to it.
    await stage.cluster.query('update contact_point set verified_at = now() where clinic_id = $1', [clinic.id]);
    const bookings = new Bookings(clinic);
    for (const { id } of people) await bookings.book(client, { ...bookings.next(), patientId: id });
    await workSettled(stage);
    await mailsSettled(stage);
    const heads = new Map(stage.sink.arrivals.map(({ recipient, head }) => [recipient, head]));
    const misnamed: string[] = [];
    for (const { given, email } of people) {
      const { to } = await simpleParser(heads.get(email) ?? '');
      const name = [to].flat()[0]?.value[0]?.name;
      if (name !== given.normalize('NFC').trim()) misnamed.push(`${JSON.stringify(given)} as ${JSON.stringify(name)}`);
    }
    return [
      exactly('people registered', people.length, count),
      none(
        'names that are not kept as they were given, composed',
        wrong.map(({ given }) => JSON.stringify(given)),
      ),
      exactly('people whom the pages of the list showed', listed.length, sorted.length),
      exactly(
        'people out of the order of the database',
        listed.filter(({ id }, at) => sorted[at]?.id !== id).length,
        0,
      ),
      none('names that are others in the head of a mail', misnamed),
    ];
  },
};

async function registerOne(client: Client, { tokens }: Clinic, at: number): Promise<Named> {
  const part = (shift: number): string => parts[(at * 7 + shift * (1 + Math.floor(at / parts.length))) % parts.length]!;
  const given = `${around[at % around.length]}${part(0)}${part(1)} ${part(3)}${around[(at * 3) % around.length]}`;
  const email = `name-${at}@f21.example`;
  const input = { name: given, email, idempotencyKey: `f21-${at}` };
  const { data, text } = await client.ask({ query: register, variables: { input }, token: tokens.owner });
  if (!data?.registerPatient) throw new Error(`${JSON.stringify(given)} was refused: ${text.slice(0, 200)}`);
  return { id: data.registerPatient.id, given, email };
}

async function listAll(client: Client, { tokens }: Clinic): Promise<{ id: string; name: string }[]> {
  const listed: { id: string; name: string }[] = [];
  for (let after: string | null = null; ;) {
    const { data }: { data: any } = await client.ask({ query: page, variables: { after }, token: tokens.owner });
    listed.push(...data.patients.nodes);
    if (!data.patients.pageInfo.hasNextPage) return listed;
    after = data.patients.pageInfo.endCursor;
  }
}
