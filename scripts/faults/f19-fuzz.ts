import { sample, type Case } from './fuzz/documents.ts';
import { faultOf } from './fuzz/verdict.ts';
import { Bookings } from './bookings.ts';
import type { Clinic } from './clinic.ts';
import type { Answer, Client } from './load.ts';
import { atLeast, atMost, none, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const asWhom = ['owner', 'owner', 'frontDesk', 'practitioner', 'marketer', 'patient', 'anonymous'] as const;

/** Every operation of the schema with any variables: nothing breaks inside, and nothing of the inside is told. */
export const fuzz: Scenario = {
  id: 'F19',
  fault: '10,000 random valid documents over every operation, with strange variables, as six roles',
  async run(stage) {
    const count = stage.quick ? 1_000 : 10_000;
    const clinic = await stage.plant({ slug: 'f19' });
    const { client, process } = await stage.serve();
    const bookings = new Bookings(clinic);
    for (let number = 0; number < 20; number++) await bookings.book(client);
    const { schema } = await stage.app();
    const ids = await idsOf(stage, clinic);
    const seed = 20_261_123;
    const all = sample(schema, ids, { count, seed });
    const faults: string[] = [];
    const codes = new Map<string, number>();
    const half = Math.floor(all.length / 2);
    await ask(client, clinic, all.slice(0, half), faults, codes);
    const warm = process.memory();
    await ask(client, clinic, all.slice(half), faults, codes);
    stage.tell([...codes].map(([code, times]) => `${code} ${times}`).join(', '));
    const long = await longText(client, clinic);
    return [
      atLeast('documents answered with data', codes.get('ok') ?? 0, count / 50),
      none('answers with an internal error, SQL or a stack', [...new Set(faults)]),
      none(
        'a string of 1 MB is refused',
        long.codes.join() === 'QUERY_TOO_COMPLEX' ? [] : [`${long.status} ${long.codes.join()}`],
      ),
      atMost('growth of memory in the second half', (process.memory() - warm) / 2 ** 20, 100, 'MB'),
    ];
  },
};

async function idsOf({ cluster }: Stage, { id }: Clinic): Promise<string[]> {
  const ids: string[] = [id];
  for (const table of [
    'patient',
    'appointment',
    'practitioner',
    'service',
    'room',
    'location',
    'user_account',
    'contact_point',
    'consent',
  ]) {
    const rows = await cluster.query<{ id: string }>(`select id from ${table} limit 4`);
    ids.push(...rows.map(row => row.id));
  }
  return ids;
}

async function ask(
  client: Client,
  { tokens }: Clinic,
  list: readonly Case[],
  faults: string[],
  codes: Map<string, number>,
): Promise<void> {
  const waiting = list.entries();
  const hand = async (): Promise<void> => {
    for (const [number, { name, document, variables }] of waiting) {
      const role = asWhom[number % asWhom.length]!;
      const answer = await client.ask({
        query: document,
        variables,
        token: role === 'anonymous' ? undefined : tokens[role],
      });
      const code = answer.codes[0] ?? 'ok';
      codes.set(code, (codes.get(code) ?? 0) + 1);
      const fault = faultIn(answer);
      if (fault) {
        faults.push(`${name}: ${fault}`);
        if (globalThis.process.env['DEBUG'])
          console.error(JSON.stringify({ role, document, variables, text: answer.text.slice(0, 500) }));
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, hand));
}

function faultIn({ status, text, codes }: Answer): string | undefined {
  if (status === 0 || codes.includes('NO_JSON')) return `no answer: ${status} ${codes.join()} ${text.slice(0, 100)}`;
  return faultOf((JSON.parse(text) as { errors?: { message: string }[] }).errors);
}

const longText = (client: Client, { tokens }: Clinic): Promise<Answer> =>
  client.ask({
    query: 'mutation Long($name: String!) { registerPatient(input: { name: $name }) { id } }',
    variables: { name: '王'.repeat(350_000) },
    token: tokens.owner,
  });
