import type { Clinic } from './clinic.ts';
import { startLoad, summary, type Answer, type Client } from './load.ts';
import { atMost, none, ownPlugin, percentile, type Finding, type Scenario } from './scenario.ts';

const slow = {
  'the read lane': (id: string) => `{ slowRead(id: "${id}", seconds: 2) { name } }`,
  'the entity manager': () => `{ slowStatement(seconds: 2) }`,
  mutations: () => `mutation { slowWrite(seconds: 2) }`,
};

/** A plugin asks what takes its time, a hundred times at once; what others ask is answered as ever. */
export const poolExhausted: Scenario = {
  id: 'F25',
  fault: '100 queries of 2 s at once by the read lane, by the entity manager of queries, and in mutations',
  plugins: [ownPlugin('slow')],
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f25' });
    const { client, origin } = await stage.serve();
    const findings: Finding[] = [];
    // What is asked every day has been asked before.
    for (let turn = 0; turn < 30; turn++) await lightQuery(client, clinic, turn);
    for (const [way, query] of Object.entries(slow)) {
      const { light, alive, crowd } = await crowded(client, clinic, origin, query(clinic.patientIds[0]!));
      stage.tell(`${way}: crowd: ${summary(crowd)}; light: ${summary(light)}`);
      findings.push(
        none(
          `light queries that failed beside ${way}`,
          light.filter(({ codes }) => codes.length > 0).map(({ text }) => text.slice(0, 120)),
        ),
        atMost(
          `p99 of a light query beside ${way}`,
          percentile(
            light.map(({ took }) => took),
            0.99,
          ),
          1_000,
          'ms',
        ),
        atMost(`p99 of /livez beside ${way}`, percentile(alive, 0.99), 1_000, 'ms'),
      );
    }
    return findings;
  },
};

const roles = ['frontDesk', 'practitioner', 'owner'] as const;

const lightQuery = (client: Client, { tokens }: Clinic, turn: number): Promise<Answer> =>
  client.ask({
    query: `{ patients(first: ${1 + (turn % 3)}) { nodes { id name } } clinic { name } }`,
    token: tokens[roles[turn % 3]!],
  });

async function crowded(
  client: Client,
  clinic: Clinic,
  origin: string,
  query: string,
): Promise<{ light: readonly Answer[]; crowd: readonly Answer[]; alive: number[] }> {
  const token = clinic.tokens.owner;
  const crowd = Promise.all(Array.from({ length: 100 }, () => client.ask({ query, token })));
  const alive: number[] = [];
  let isOver = false;
  void crowd.then(() => (isOver = true));
  const load = startLoad(2, turn => lightQuery(client, clinic, turn), 30);
  while (!isOver) {
    const begun = performance.now();
    const { status } = await fetch(`${origin}/livez`);
    alive.push(status === 200 ? performance.now() - begun : Number.POSITIVE_INFINITY);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return { light: await load.stop(), crowd: await crowd, alive };
}
